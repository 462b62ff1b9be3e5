//! Redirects of a back end to the same path with a slash at its end: what becomes of them behind TLS and across origins.

use super::arrive::Redirect;
use super::walk::Walk;
use crate::facts::{AddressRule, Framework, OriginLibrary};
use crate::model::proxy::{HeaderValue, Received};
use crate::model::{OriginPolicy, Rest, Route, Tls};

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
        match framework {
            Some(Framework::Flask | Framework::FlaskSocketIo) if !listens(AddressRule::TrustsProto) => {
                Redirect::Breaks(BLOCKED)
            }
            // Django's redirect names no host.
            Some(Framework::Django | Framework::Channels) => Redirect::Arrives,
            Some(Framework::FastApi | Framework::Starlette) if !told => Redirect::Breaks(BLOCKED),
            Some(Framework::FastApi | Framework::Starlette) => {
                let local = proxied
                    .targets
                    .iter()
                    .all(|target| target.host.as_deref().is_some_and(super::network::is_loopback));
                if local {
                    Redirect::Arrives
                } else {
                    Redirect::Unknown(
                        "whether the program believes the proxy about https, so that its redirect keeps it, is not known",
                    )
                }
            }
            _ if told => Redirect::Arrives,
            _ => Redirect::Unknown("where the redirect goes is not known"),
        }
    }
}
