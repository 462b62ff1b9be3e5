//! What proxies answered: many pages, connections and paths ask the same, and an answer may cost as much as a configuration is
//! long.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::model::proxy::{Answer, Request};
use crate::model::{ProxyId, Wiring};

/// Answers that are kept. Beyond it the next are worked out anew, so that memory has an end.
const MOST_KEPT: usize = 2_000;

/// The answers that were given. The proxies must not change once one was.
#[derive(Debug, Default)]
pub struct Answers(Mutex<HashMap<(ProxyId, Request), Answer>>);

impl Answers {
    /// What a proxy does with a request; `None` for a foreign id.
    pub fn of(&self, wiring: &Wiring, proxy: ProxyId, request: &Request) -> Option<Answer> {
        let key = (proxy, request.clone());
        if let Some(known) = self.0.lock().ok().and_then(|kept| kept.get(&key).cloned()) {
            return Some(known);
        }
        let answer = wiring.proxies.get(proxy)?.answer(request);
        if let Ok(mut kept) = self.0.lock()
            && kept.len() < MOST_KEPT
        {
            kept.insert(key, answer.clone());
        }
        Some(answer)
    }
}
