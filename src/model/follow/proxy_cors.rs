//! CORS that a proxy on the way speaks of by itself.

use super::admission::{Admission, Relation, admitted};
use super::header_cors::Written;
use super::origin;
use super::walk::{Candidate, Walk};
use crate::facts::{Order, OriginLibrary};
use crate::model::passage_causes::sends_without;
use crate::model::proxy::{OwnCors, Received};
use crate::model::{
    Adds, AppId, CauseKind, CorsLoss, Coverage, HopKind, OriginPolicy, PathText, Registration, RouteId,
};

impl Walk<'_> {
    /// Whether the policy of the proxy decides; says so. Pages that it does not let in are left to the back end, when that has
    /// a policy, too.
    pub(super) fn cors_of_proxy(&mut self, apps: &[AppId], routes: &[RouteId], path: &PathText) -> bool {
        let Some(passage) = self.passages.last() else { return false };
        let Some(origin) = self.page.and_then(origin::known) else { return false };
        let proxy = self.wiring.proxies.get(passage.proxy);
        let api = self.connection.api;
        let removed = matches!(passage.proxied.headers.get("Origin"), Received::Never(Some(_)));
        let of_back_end = |other: &OriginPolicy| {
            other.app.is_some_and(|app| apps.contains(&app))
                && origin::guards(other.library, false, api)
                && !(removed && sends_without(other) == Some(false))
        };
        let has_own = self.wiring.policies.iter().any(of_back_end);
        let Some(own) = proxy.and_then(|proxy| proxy.cors(passage.proxied.level, &origin)) else {
            return !has_own && self.headers_decide(apps, routes, path, &origin);
        };
        if let Some(idle) = own.idle {
            let is_open = |app: &AppId| {
                let app = self.wiring.apps.get(app.0 as usize);
                app.is_none_or(|app| app.opening(path).is_some_and(|opening| opening.adds == Adds::Anything))
            };
            if has_own || apps.is_empty() || apps.iter().any(is_open) {
                return false;
            }
            let location = passage.proxied.location.clone();
            let kind =
                CauseKind::DroppedCorsHeader { location, value: origin.as_str().into(), loss: CorsLoss::Idle(idle) };
            let candidate = Candidate::new(kind, own.place, "idle")
                .link(passage.proxied.location_place, "answers from here lack it")
                .link(self.connection.place, format!("asks for `{}`", self.url().display))
                .resting_on(&passage.assumptions);
            self.breaks(HopKind::Origin, candidate, format!("the proxy's policy does nothing: {}", idle.why));
            return true;
        }
        let policy = policy(own);
        let comparing = self.wiring.comparisons.at(policy.place);
        let lets_in = admitted(&origin, policy.library, &policy.admits, Relation::Other, comparing);
        if !matches!(lets_in, Admission::Yes) && has_own {
            return false;
        }
        self.cors(&origin, &[&policy], routes, path);
        true
    }
}

impl Walk<'_> {
    /// Whether the headers that the proxy writes on the answers of a back end without a policy decide; says so.
    fn headers_decide(&mut self, apps: &[AppId], routes: &[RouteId], path: &PathText, origin: &str) -> bool {
        let may_add = |app: &AppId| {
            let app = self.wiring.apps.get(app.0 as usize);
            app.is_none_or(|app| app.opening(path).is_some_and(|opening| opening.adds == Adds::Anything))
        };
        if apps.is_empty() || apps.iter().any(may_add) {
            return false;
        }
        let Some(passage) = self.passages.last() else { return false };
        match self.cors_in_headers(apps, path, origin) {
            None => false,
            Some(Written::Policy(own)) => {
                self.cors(origin, &[&policy(own)], routes, path);
                true
            }
            Some(Written::Unknown(why)) => {
                self.unknown(HopKind::Origin, &[], why);
                true
            }
            Some(Written::PreflightRefused(place, value)) => {
                let location = passage.proxied.location.clone();
                let kind = CauseKind::DroppedCorsHeader { location, value, loss: CorsLoss::RefusedAhead };
                let candidate = Candidate::new(kind, place, "ahead")
                    .link(passage.proxied.location_place, "hands the preflight to the back end")
                    .link(self.connection.place, format!("asks for `{}`", self.url().display))
                    .resting_on(&passage.assumptions);
                self.breaks(HopKind::Origin, candidate, "the back end answers the preflight with an error");
                true
            }
        }
    }
}

/// The proxy's policy as that of an application.
fn policy(own: OwnCors) -> OriginPolicy {
    let OwnCors { place, admits, credentials, preflight, .. } = own;
    OriginPolicy {
        place,
        app: None,
        library: OriginLibrary::Headers,
        admits,
        credentials: Some(credentials),
        credentials_places: Vec::new(),
        preflight,
        covers: Coverage::Everything,
        registered: Registration { place, function: None },
        order: Order::Anywhere,
        methods: Vec::new(),
        deployment: None,
        mode: None,
        assumptions: Vec::new(),
        development_only: false,
    }
}
