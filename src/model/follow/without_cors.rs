//! Requests across origins that nothing answers with CORS headers.

use std::sync::Arc;

use super::origin;
use super::walk::{Candidate, Outcome, Walk};
use crate::base::Place;
use crate::facts::{ClientApi, CorsWords, Framework};
use crate::model::{Adds, App, AppId, CauseKind, HopKind, OriginPolicy, PathText, RouteId};

const NOT_KNOWN: &str = "no CORS policy is known";

impl Walk<'_> {
    /// No policy hangs on the applications: their code must not speak of CORS anywhere, and nothing on the way may add it.
    pub(super) fn without_cors(&mut self, apps: &[AppId], routes: &[RouteId], path: &PathText) {
        let page = self.page.and_then(origin::known);
        let apps: Vec<&App> = apps.iter().filter_map(|app| self.wiring.apps.get(app.0 as usize)).collect();
        let is_silent = |app: &&App| {
            let opening = app.opening(path).filter(|opening| opening.adds == Adds::Anything);
            app.speaks_of_cors == CorsWords::None && opening.is_none()
        };
        let asked = apps.iter().find(|app| answers_requests(app.framework)).copied();
        let (Some(page), Some(app)) = (page, asked) else { return self.unknown(HopKind::Origin, &[], NOT_KNOWN) };
        if !apps.iter().all(is_silent) || !self.is_read_alone() {
            return self.unknown(HopKind::Origin, &[], NOT_KNOWN);
        }
        let kind = CauseKind::WithoutCors { origin: Arc::from(&*page), framework: app.framework, left_out: None };
        self.unanswered_origin(kind, app.place, &page, routes);
    }

    /// Every policy of the applications is for other requests.
    pub(super) fn left_out(&mut self, origin: &str, policies: &[&OriginPolicy], routes: &[RouteId], path: &str) {
        let known = policies.iter().filter_map(|policy| self.wiring.apps.get(policy.app?.0 as usize));
        let apps: Vec<&App> = known.collect();
        let is_read = apps.len() == policies.len()
            && apps.iter().all(|app| app.open.is_empty() && app.speaks_of_cors < CorsWords::Headers);
        let (Some(policy), Some(app)) = (policies.first(), apps.first().copied()) else {
            return self.unknown(HopKind::Origin, &[], NOT_KNOWN);
        };
        if !is_read || !self.is_read_alone() {
            return self.unknown(HopKind::Origin, &[], "the CORS registrations are for other paths");
        }
        let left_out = Some(Arc::from(path));
        let kind = CauseKind::WithoutCors { origin: Arc::from(origin), framework: app.framework, left_out };
        self.unanswered_origin(kind, policy.place, origin, routes);
    }

    /// Whether it is the code of a page that reads the answer, and no proxy on the way writes headers of CORS.
    fn is_read_alone(&self) -> bool {
        let reads = matches!(
            self.connection.api,
            ClientApi::Fetch | ClientApi::Axios | ClientApi::Xhr | ClientApi::EventSource
        );
        let writes = |id| self.wiring.proxies.get(id).is_none_or(|proxy| proxy.sets_cors());
        reads && self.passed as usize == self.passages.len() && !self.passages.iter().any(|it| writes(it.proxy))
    }

    /// Whether the address has to change for another reason: what is asked then may be of the page's own origin.
    fn has_to_ask_elsewhere(&self) -> bool {
        let of_address = [HopKind::Url, HopKind::MixedContent, HopKind::Reach, HopKind::Redirect];
        self.steps.iter().any(|step| of_address.contains(&step.kind) && matches!(step.outcome, Outcome::Breaks(_)))
    }

    fn unanswered_origin(&mut self, kind: CauseKind, place: Place, origin: &str, routes: &[RouteId]) {
        if self.has_to_ask_elsewhere() {
            return self.unknown(HopKind::Origin, &[place], "the address has to change first");
        }
        let url = self.url();
        let mut candidate = Candidate::new(kind, place, origin)
            .link(self.connection.place, format!("asks for `{}`", url.display))
            .resting_on(&url.assumptions);
        if let Some(route) = routes.first().and_then(|id| self.wiring.routes.get(id.0 as usize)) {
            candidate = candidate.link(route.place, "the route");
        }
        if let Some(page) = self.page {
            for known in [page.scheme_places(), page.port_places()] {
                candidate = candidate.links(known, "the page is served here");
            }
        }
        self.breaks(HopKind::Origin, candidate, format!("the answer has no CORS header for `{origin}`"));
    }
}

/// Whether the framework answers plain requests.
fn answers_requests(framework: Framework) -> bool {
    !matches!(
        framework,
        Framework::Next
            | Framework::Ws
            | Framework::SocketIo
            | Framework::NestGateway
            | Framework::ExpressWs
            | Framework::Channels
            | Framework::Websockets
            | Framework::PythonSocketIo
    )
}
