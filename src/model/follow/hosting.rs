//! A hosting service that serves the page and gets the page's requests.

use std::sync::Arc;

use super::route::named_route;
use super::walk::{Candidate, Walk};
use crate::base::{FileId, Place};
use crate::facts::{HostingAction, Protocol};
use crate::model::hosting::{Hosted, answer};
use crate::model::{AppId, CauseKind, HopKind, PathText, Route};

impl Walk<'_> {
    /// What the service does with a request to the page's own origin.
    pub(super) fn hosting(&mut self, name: &str, path: &PathText) {
        let Some(page) = self.page else { return };
        let files: Vec<FileId> = page.https.iter().map(|place| place.file).collect();
        let found = files.iter().find_map(|file| answer(self.wiring, self.functions, page.package, *file, path));
        let Some(found) = found else {
            self.unknown(HopKind::Reach, &[], format!("the forwarding rules of {name} are not read"));
            return;
        };
        self.holds(HopKind::Reach, &[], name.to_owned());
        let is_socket = self.wire_protocol() == Protocol::WebSocket;
        match found {
            Hosted::Rule(place, rule) => match &rule.action {
                HostingAction::File(_) => self.unhosted(name, place, Some(&rule.source), path),
                HostingAction::Function(_) if is_socket => self.no_socket_in_function(name, path),
                HostingAction::Function(_) => {
                    self.unknown(HopKind::Location, &[place], format!("a function of {name} answers"));
                }
                HostingAction::Forward(address) => {
                    let why = format!("`{}` forwards it to {address}, which is not followed", rule.source);
                    self.unknown(HopKind::Location, &[place], why);
                }
                HostingAction::Redirect(address) => {
                    self.unknown(HopKind::Redirect, &[place], format!("{name} redirects to {address}"));
                }
                HostingAction::Unknown => {
                    self.unknown(HopKind::Location, &[place], format!("what `{}` leads to is not read", rule.source));
                }
            },
            Hosted::NoRule(place) => self.unhosted(name, place, None, path),
            Hosted::Function if is_socket => self.no_socket_in_function(name, path),
            Hosted::Function => self.unknown(HopKind::Location, &[], format!("a function of {name} answers")),
            Hosted::Unknown(place, why) => self.unknown(HopKind::Location, &[place], why),
        }
    }

    /// The request ends in the files of the site.
    fn unhosted(&mut self, name: &str, place: Place, rule: Option<&Arc<str>>, path: &PathText) {
        let does = match rule {
            Some(rule) => format!("`{rule}` answers with a file"),
            None => format!("no rule of {name} takes it"),
        };
        let apps: Vec<AppId> = (0u32..).map(AppId).take(self.wiring.apps.len()).collect();
        let route = named_route(self.wiring, &apps, path, self.protocol());
        if route.is_none() && self.wire_protocol() != Protocol::WebSocket {
            self.unknown(HopKind::Location, &[place], does);
            return;
        }
        let named = |route: &Route| route.path.value().cloned().flatten().unwrap_or_else(|| Arc::from("/"));
        let kind = CauseKind::UnhostedPath {
            path: path.display(),
            service: Arc::from(name),
            rule: rule.cloned(),
            route: route.map(named),
        };
        let shown = path.display();
        let first = shown.trim_start_matches('/').split('/').next().unwrap_or_default().to_owned();
        let mut candidate = Candidate::new(kind, place, format!("/{first}"))
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .links(&self.url().evidence, "part of the URL")
            .resting_on(&self.url().assumptions);
        if let Some(route) = route {
            candidate = candidate.link(route.place, format!("the back end has `{}`", named(route)));
        }
        self.breaks(HopKind::Location, candidate, does);
    }

    /// Functions end with their answer: none of them keeps a socket.
    fn no_socket_in_function(&mut self, name: &str, path: &PathText) {
        let kind = CauseKind::MissingWebSocketSupport {
            path: path.display(),
            why: crate::model::NoSockets::Function(Arc::from(name)),
        };
        let candidate = Candidate::new(kind, self.connection.place, "function").resting_on(&self.url().assumptions);
        self.breaks(HopKind::Location, candidate, format!("a function of {name} answers, and keeps no socket"));
    }
}
