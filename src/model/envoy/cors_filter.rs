//! What the CORS filter does to a request and its answer.

use std::sync::Arc;

use super::cors::{CorsFilter, Effective, Policies};
use super::matcher::Truth;
use super::run::{Run, unknown};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{AddedHeader, AddedTo, BackEndHeader, BlockId, Outcome, Sent};

/// Whose answers get headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answers {
    /// The filter's own, to what browsers ask ahead.
    Preflight,
    /// All others.
    Others,
}

/// What stands for the page's own origin.
pub(super) const ORIGIN: &str = "%REQ(ORIGIN)%";

impl<'c> Run<'c> {
    /// The policies that hold for the request, the innermost first.
    fn policies(&self) -> Policies<'c> {
        Policies([
            self.trail.route.and_then(|route| route.cors.as_deref()),
            self.trail.host.and_then(|host| host.cors.as_deref()),
            self.table.cors.as_deref(),
        ])
    }

    /// Notes policies that nothing acts on.
    pub(super) fn without_cors_filter(&mut self) {
        self.trail.cors = Effective::of(&self.policies(), CorsFilter::Missing);
    }

    /// Its own answer, to what browsers ask ahead; the headers of other answers are noted.
    pub(super) fn cors(&mut self) -> Option<Outcome> {
        let policies = self.policies();
        let policy = policies.origins()?;
        let place = policy.place;
        if policies.is_partial() {
            return Some(unknown(HoleReason::Runtime, place));
        }
        self.trail.cors = Effective::of(&policies, CorsFilter::There);
        let origin = self.headers.get("origin");
        let preflight = &*self.request.method == "OPTIONS";
        let asked = match self.headers.get("access-control-request-method") {
            Sent::Text(method) => Truth::of(!method.is_empty()),
            Sent::Nothing => Truth::No,
            Sent::Unknown => Truth::Unknown,
        };
        let (admitted, value): (Truth, Arc<str>) = match origin {
            Sent::Nothing => return None,
            Sent::Text(origin) if origin.is_empty() => return None,
            Sent::Text(origin) => (policy.admits(&origin, &self.instance.patterns), origin),
            Sent::Unknown => (Truth::Unknown, ORIGIN.into()),
        };
        match (preflight, admitted, asked) {
            (false, Truth::No, _) | (true, Truth::No, Truth::No) => None,
            (false, _, _) | (true, _, Truth::No) => {
                self.allow(&policies, &value, place, Answers::Others);
                None
            }
            (true, Truth::No, Truth::Yes) if policies.forwards_others() => None,
            (true, Truth::No, Truth::Yes) => {
                self.trail.added.clear();
                self.allow(&policies, &value, place, Answers::Preflight);
                let told = ["access-control-allow-origin", "access-control-expose-headers"];
                self.trail.added.retain(|header| !told.contains(&&*header.name));
                Some(Outcome::Status { code: 200, place })
            }
            (true, Truth::Yes, Truth::Yes) => {
                self.trail.added.clear();
                self.allow(&policies, &value, place, Answers::Preflight);
                Some(Outcome::Status { code: 200, place })
            }
            (true, _, _) => Some(unknown(HoleReason::Runtime, place)),
        }
    }

    /// The headers that let a page in. They take the place of the back end's.
    fn allow(&mut self, policies: &Policies<'_>, origin: &Arc<str>, place: Place, answers: Answers) {
        let preflight = answers == Answers::Preflight;
        let credentials: Arc<str> = "true".into();
        let methods = policies.text(|policy| policy.methods.as_ref()).filter(|_| preflight);
        let headers = policies.text(|policy| policy.headers.as_ref()).filter(|_| preflight);
        let age = policies.text(|policy| policy.age.as_ref()).filter(|_| preflight);
        let exposed = policies.text(|policy| policy.exposed.as_ref());
        let all = [
            ("access-control-allow-origin", Some(origin)),
            ("access-control-allow-credentials", policies.credentials().then_some(&credentials)),
            ("access-control-allow-methods", methods),
            ("access-control-allow-headers", headers),
            ("access-control-max-age", age),
            ("access-control-expose-headers", exposed),
        ];
        for (name, value) in all {
            let Some(value) = value else { continue };
            self.trail.added.retain(|header| &*header.name != name);
            self.trail.added.push(AddedHeader {
                name: name.into(),
                value: Arc::clone(value),
                answers: AddedTo::All,
                back_end: BackEndHeader::Replaced,
                place,
                level: BlockId(0),
            });
        }
    }
}
