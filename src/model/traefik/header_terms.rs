//! What the middleware for headers does to a request and its answer.

use std::sync::Arc;

use super::cors::Allowed;
use super::gaps::unknown;
use super::middleware::{CorsTerms, HeaderTerms};
use super::run::{ORIGIN, Run};
use crate::base::Place;
use crate::model::proxy::{AddedHeader, AddedTo, BackEndHeader, BlockId, Outcome, Sent, Truth};

impl Run<'_> {
    /// Headers of the request, and later those of its answer. What browsers ask ahead is answered here where origins are let in.
    pub(super) fn header_terms(&mut self, terms: &Arc<HeaderTerms>, place: Place) -> Result<(), Outcome> {
        if let Some(cors) = &terms.cors {
            self.trail.cors = Some(cors.clone());
            let asked = |name: &str| match self.sent(name) {
                Sent::Text(text) => Truth::of(!text.is_empty()),
                Sent::Nothing => Truth::No,
                Sent::Unknown => Truth::Unknown,
            };
            if &*self.request.method == "OPTIONS" {
                match asked("Origin").and(asked("Access-Control-Request-Method")) {
                    Truth::Yes => {
                        self.answer_headers();
                        self.preflight(cors);
                        return Err(Outcome::Status { code: 200, place: cors.place });
                    }
                    Truth::Unknown => return Err(Outcome::Unknown(unknown(place))),
                    Truth::No => {}
                }
            }
        }
        for (name, value, place) in &terms.requests {
            self.headers.set(name, value, *place);
        }
        self.trail.later.push(Arc::clone(terms));
        match terms.ssl.as_ref().and_then(|ssl| self.to_https(ssl)) {
            Some(outcome) => Err(outcome),
            None => Ok(()),
        }
    }

    /// Headers of the answer, those of the first middleware first, which has the last word. By then the request is what the last
    /// middleware has made of it.
    pub(super) fn answer_headers(&mut self) {
        for terms in std::mem::take(&mut self.trail.later) {
            if let Some(cors) = &terms.cors {
                self.answer_cors(cors);
            }
            for (name, value, place) in &terms.answers {
                if value.is_empty() {
                    self.trail.hidden.push(Arc::clone(name));
                } else {
                    self.answer_with(name, value, *place);
                }
            }
        }
    }

    /// A header of the answer. An outer middleware has the last word.
    fn answer_with(&mut self, name: &str, value: &str, place: Place) {
        if self.trail.added.iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
            return;
        }
        self.trail.added.push(AddedHeader {
            name: Arc::from(name),
            value: Arc::from(value),
            answers: AddedTo::All,
            back_end: BackEndHeader::Replaced,
            place,
            level: BlockId(0),
        });
    }

    fn allowed_origin(&self, cors: &CorsTerms) -> Option<Arc<str>> {
        let origin = match self.sent("Origin") {
            Sent::Text(origin) => origin,
            Sent::Nothing => "".into(),
            Sent::Unknown => return (!cors.origins.is_empty() || !cors.patterns.is_empty()).then(|| ORIGIN.into()),
        };
        match cors.allowed(&origin, &self.instance.patterns) {
            Allowed::Value(value) => Some(value),
            // what browsers take
            Allowed::ByRelease => Some(origin),
            Allowed::Nothing | Allowed::Unknown => None,
        }
    }

    fn preflight(&mut self, cors: &CorsTerms) {
        let place = cors.place;
        if cors.credentials {
            self.answer_with("Access-Control-Allow-Credentials", "true", place);
        }
        for (name, list) in
            [("Access-Control-Allow-Headers", &cors.headers), ("Access-Control-Allow-Methods", &cors.methods)]
        {
            if !list.is_empty() {
                self.answer_with(name, &list.join(","), place);
            }
        }
        if let Some(origin) = self.allowed_origin(cors) {
            self.answer_with("Access-Control-Allow-Origin", &origin, place);
        }
        if let Some(age) = &cors.age {
            self.answer_with("Access-Control-Max-Age", age, place);
        }
        if !cors.exposed.is_empty() {
            self.answer_with("Access-Control-Expose-Headers", &cors.exposed.join(","), place);
        }
    }

    fn answer_cors(&mut self, cors: &CorsTerms) {
        let place = cors.place;
        if let Some(origin) = self.allowed_origin(cors) {
            self.answer_with("Access-Control-Allow-Origin", &origin, place);
        }
        if cors.credentials {
            self.answer_with("Access-Control-Allow-Credentials", "true", place);
        }
        if !cors.exposed.is_empty() {
            self.answer_with("Access-Control-Expose-Headers", &cors.exposed.join(","), place);
        }
    }
}
