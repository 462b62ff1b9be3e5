//! Redirects of a back end to the same path with a slash at its end: what becomes of them behind TLS and across origins.

use super::arrive::Redirect;
use super::trust::{self, Belief};
use super::walk::Walk;
use crate::facts::{AddressRule, Framework, OriginLibrary};
use crate::model::proxy::{HeaderValue, Received};
use crate::model::{OriginPolicy, Rest, Route, Tls};

const UNKNOWN_BELIEF: &str =
    "whether the program believes the proxy about https, so that its redirect keeps it, is not known";

impl Walk<'_> {
    /// What becomes of a request that is redirected to this route.
    pub(super) fn redirect_breaks(&self, route: &Route) -> Redirect {
        let framework = self.framework(route.app);
        let django = matches!(framework, Some(Framework::Django | Framework::Channels));
        let flask = matches!(framework, Some(Framework::Flask | Framework::FlaskSocketIo));
        if django && !matches!(self.method(), "GET" | "HEAD") {
            return Redirect::Breaks("the redirect turns it into a GET without a body");
        }
        let simple = matches!(self.method(), "GET" | "HEAD" | "POST") && self.connection.headers.asked.is_empty();
        // Like Starlette's, the middleware of django-cors-headers answers a preflight before anything is redirected.
        let answers_first = |policy: &OriginPolicy| {
            policy.library == OriginLibrary::DjangoCors && policy.app.is_none_or(|app| app == route.app)
        };
        let is_answered = django && self.wiring.policies.iter().any(answers_first);
        if !self.is_same_origin() && (flask || django) && !is_answered {
            if !simple {
                return Redirect::Breaks("browsers follow no redirect of a preflight");
            }
            if self.connection.headers.rest == Rest::Unknown {
                return Redirect::Unknown(
                    "whether the request needs a preflight, which may not be redirected, is not known",
                );
            }
        }
        let absolute = flask || matches!(framework, Some(Framework::FastApi | Framework::Starlette));
        if absolute && self.host_sent.is_some() {
            let may_be_read = |policy: &OriginPolicy| policy.app.is_none_or(|app| app == route.app);
            return if self.wiring.policies.iter().any(may_be_read) {
                Redirect::Unknown("whether the page may read what the redirect leads to is not known")
            } else {
                Redirect::Breaks("the redirect goes to the address that the development server told it, another origin")
            };
        }
        let behind_tls = self.passages.first().filter(|passage| passage.request.tls == Tls::Tls);
        let Some(proxied) = behind_tls.and(self.passages.last()).map(|passage| &passage.proxied) else {
            return Redirect::Arrives;
        };
        let told = match proxied.headers.get("X-Forwarded-Proto") {
            Received::Sent(sent) => matches!(&sent.value, HeaderValue::Known(value) if &**value == "https"),
            _ => false,
        };
        const BLOCKED: &str = "the redirect goes to `http:`, which browsers block on an https page";
        let package = self.wiring.apps.get(route.app.0 as usize).map(|app| app.package);
        let listens = |rule: AddressRule| {
            self.wiring.addresses.iter().any(|found| found.rule == rule && Some(found.package) == package)
        };
        let python = matches!(framework, Some(Framework::FastApi | Framework::Starlette)) || flask;
        match framework {
            _ if python && !told => Redirect::Breaks(BLOCKED),
            _ if python && listens(AddressRule::TrustsProto) => match flask {
                true => Redirect::Arrives,
                false => Redirect::Unknown(UNKNOWN_BELIEF),
            },
            _ if python => match self.belief() {
                Belief::Believes => Redirect::Arrives,
                Belief::Ignores => Redirect::Breaks(BLOCKED),
                Belief::Unknown => Redirect::Unknown(UNKNOWN_BELIEF),
            },
            // Django's redirect names no host.
            Some(Framework::Django | Framework::Channels) => Redirect::Arrives,
            _ if told => Redirect::Arrives,
            _ => Redirect::Unknown("where the redirect goes is not known"),
        }
    }

    /// What the program that answers makes of the scheme that the last proxy tells it.
    fn belief(&self) -> Belief {
        let listener = self.served.and_then(|id| self.wiring.listeners.get(id.0 as usize));
        let known = listener.zip(self.passages.last());
        known.map_or(Belief::Unknown, |(listener, passage)| trust::of(self.wiring, listener, passage))
    }
}
