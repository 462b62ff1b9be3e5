//! nginx behind the interface of every proxy.

use std::collections::BTreeSet;

use super::NginxInstance;
use super::tree::{LevelId, LevelKind, Statement};
use crate::base::{FileId, Limit, Place};
use crate::model::proxy::{
    AddedHeader, Answer, Buffering, Carries, Certificate, Dropped, IdleTimeout, Installed, ListenAddress, NGINX,
    PathFix, Program, Proxied, Proxy, Request, Shadowed, Target, Upstream,
};
use crate::model::{Assumption, PathText, Text, Unknown};

pub(super) const PROGRAM: Program =
    Program { images: &["nginx", "openresty"], commands: &["nginx", "openresty"], reads: placement_rank };

impl Proxy for NginxInstance {
    fn name(&self) -> &'static str {
        NGINX.name
    }

    fn program(&self) -> &'static Program {
        &PROGRAM
    }

    fn limits(&self) -> Vec<(Option<Place>, Limit)> {
        self.tree.effort.limits()
    }

    fn first_place(&self) -> Option<Place> {
        self.first_directive
    }

    fn root(&self) -> Option<FileId> {
        self.root
    }

    fn files(&self) -> &[FileId] {
        &self.files
    }

    fn holes(&self) -> &[Unknown] {
        &self.holes
    }

    fn accusable(&self) -> bool {
        self.accusable
    }

    fn placed_by(&self) -> &[Place] {
        &self.placed_by
    }

    fn listens(&self) -> &[ListenAddress] {
        self.tree.listen_addresses()
    }

    fn targets(&self) -> Vec<Target> {
        self.all_targets()
    }

    fn hosts(&self) -> BTreeSet<String> {
        self.named_hosts.clone()
    }

    fn answer(&self, request: &Request) -> Answer {
        self.answer_to(request)
    }

    fn finds_nothing(&self, code: u16, place: Place, location: &str) -> bool {
        self.status_finds_nothing(code, place, location)
    }

    fn assumptions_at(&self, place: Place) -> Vec<Assumption> {
        let conditional = self.tree.conditions.iter().any(|condition| condition.file == place.file);
        if conditional { vec![Assumption::OpaqueOperand("the settings of the template".into())] } else { Vec::new() }
    }

    fn shadowed(&self, request: &Request) -> Vec<Shadowed> {
        self.shadowed_for(request)
    }

    fn passes(&self) -> Vec<(&str, Option<&str>)> {
        self.all_passes()
    }

    fn plain_location(&self, path: &str) -> Option<Option<&str>> {
        self.location_of_text(path)
    }

    fn sets_cors(&self) -> bool {
        let mut statements = self.tree.levels.iter().flat_map(|level| &level.statements);
        let is_cors = |text: &str| text.get(..15).is_some_and(|start| start.eq_ignore_ascii_case("access-control-"));
        statements.any(|statement| statement.args.iter().any(|arg| is_cors(&arg.text)))
    }

    fn path_fixes(&self, proxied: &Proxied, asked: &PathText) -> Vec<PathFix> {
        self.path_fixes_of(proxied, asked)
    }

    fn idle_timeout(&self, block: LevelId, _carries: Carries) -> Option<IdleTimeout> {
        self.read_timeout(block)
    }

    fn buffering(&self, block: LevelId) -> Option<Buffering> {
        self.buffers(block)
    }

    fn uncounted_timeout(&self, block: LevelId) -> Option<Place> {
        self.send_timeout_place(block)
    }

    fn compresses(&self, block: LevelId, content_type: &str) -> Option<Place> {
        self.gzips(block, content_type)
    }

    fn binds_clients(&self, proxied: &Proxied) -> bool {
        proxied.upstream.as_deref().is_some_and(|name| self.has_sticky(name))
    }

    fn spread(&self, proxied: &Proxied) -> Upstream {
        proxied.upstream.as_deref().map_or(Upstream::OneServer, |name| self.upstream(name))
    }

    fn added_headers(&self, block: LevelId) -> Vec<AddedHeader> {
        self.headers_added_at(block)
    }

    fn dropped_headers(&self, block: LevelId, names: &[&str]) -> Option<Dropped> {
        self.tree.dropped(block, |outer| {
            let fixes = |name: &&str| outer.iter().find(|statement| statement.is_of_header(name) && tells(statement));
            names.iter().find_map(fixes).map(|statement| statement.place)
        })
    }

    fn set_around(&self, block: LevelId) -> Option<Place> {
        let (level, set) = self.tree.effective(block, "proxy_set_header")?;
        let kind = self.tree.level(level).map(|level| level.kind);
        let is_outer = matches!(kind, Some(LevelKind::Server | LevelKind::Http));
        set.first().filter(|_| is_outer).map(|statement| statement.place)
    }

    fn header_text(&self, request: &Request, header: &AddedHeader) -> Text {
        self.added_value(request, header)
    }

    fn hides_header(&self, block: LevelId, name: &str) -> bool {
        self.keeps_back(block, name)
    }

    fn certificates(&self) -> Vec<Certificate> {
        self.shown_certificates()
    }

    fn speaks_http2(&self, port: u16) -> Option<bool> {
        self.has_http2(port)
    }
}

/// How well a file is placed: a main file best, then what `conf.d` and `templates` hold.
fn placement_rank(path: &str, installed: Installed) -> Option<u8> {
    let runs_nginx = installed == Installed::ByImage;
    if !runs_nginx && !in_system_folder(path) {
        return None;
    }
    let in_nginx = path.contains("/nginx/");
    if path.ends_with("/nginx.conf") && in_nginx {
        Some(6)
    } else if (path.contains("/conf.d/") || path.contains("/sites-enabled/") || path.contains("/http.d/"))
        && (path.ends_with(".conf") || path.contains("/sites-enabled/"))
        || path.contains("/templates/") && in_nginx
    {
        Some(4)
    } else {
        (in_nginx && runs_nginx).then_some(2)
    }
}

/// Whether an installed nginx may read a path: what an application's image holds of the repository's own folders
/// (`COPY . /app`) is no configuration of its own.
fn in_system_folder(path: &str) -> bool {
    const FOLDERS: [&str; 9] = [
        "/etc/",
        "/usr/local/nginx/",
        "/usr/local/openresty/",
        "/usr/local/etc/",
        "/opt/bitnami/",
        "/opt/nginx/",
        "/opt/openresty/",
        "/config/",
        "/nginx/",
    ];
    FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// Whether a header is set to something of the browser's address.
fn tells(header: &Statement) -> bool {
    let value = header.arg(1).unwrap_or_default();
    let passed_on = value == "$proxy_host" || value.to_ascii_lowercase().starts_with("$http_x_");
    (value.contains('$') && !passed_on) || value.eq_ignore_ascii_case("https")
}
