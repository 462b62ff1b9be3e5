//! `short-proxy-timeout`: sockets and event streams that a proxy ends.

use std::sync::Arc;

use crate::model::proxy::ProxyWords;
use crate::model::{CauseKind, Cuts, TimeoutSource, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, About, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "short-proxy-timeout";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/short-proxy-timeout.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::ShortProxyTimeout { by, location, timeout, source, hasty, heartbeat, send_timeout, cuts } => {
            let cut = Cut { by, location, timeout, source: *source };
            let strength = if *hasty { Strength::Full } else { Strength::Note };
            Some(match cuts {
                Cuts::Sockets => cut.socket(heartbeat.as_ref(), *send_timeout, strength, at),
                Cuts::SilentStreams => cut.silent_stream(heartbeat.as_ref(), at),
                Cuts::EventStreams => cut.stream(strength, at),
            })
        }
        _ => None,
    })
}

/// A time-out as the messages name it.
struct Cut<'a> {
    by: &'static ProxyWords,
    location: &'a Arc<str>,
    timeout: &'a str,
    source: TimeoutSource,
}

impl Cut<'_> {
    fn why(&self, setting: &str) -> String {
        match self.source {
            TimeoutSource::Default => format!("the default of `{setting}`"),
            TimeoutSource::Written => format!("`{setting}`"),
        }
    }

    fn socket(&self, heartbeat: Option<&Arc<str>>, send_timeout: bool, strength: Strength, at: &About<'_>) -> Words {
        let (setting, line) = self.by.socket_timeout;
        let (block, timeout, why) = (self.by.block(self.location), self.timeout, self.why(setting));
        let beats = match heartbeat {
            Some(period) => format!("the fastest heartbeat comes only every {period}"),
            None => "neither side sends a heartbeat".to_owned(),
        };
        let other =
            if send_timeout { " `proxy_send_timeout` does not help: it never counts while nobody writes." } else { "" };
        Words {
            message: format!(
                "`{block}` closes a socket after {timeout} of silence in both directions ({why}), and {beats}.{other}"
            ),
            label: match self.source {
                TimeoutSource::Default => format!("closes a silent socket after {timeout}"),
                TimeoutSource::Written => "closes silent sockets".to_owned(),
            },
            help: Some(format!(
                "set in `{block}` ({at}):\n    {line}\nor let one side send a ping more often than that, which also finds dead connections"
            )),
            strength,
        }
    }

    fn silent_stream(&self, heartbeat: Option<&Arc<str>>, at: &About<'_>) -> Words {
        let (setting, line) = self.by.answer_timeout;
        let (block, timeout) = (self.by.block(self.location), self.timeout);
        let period = heartbeat.map_or_else(|| "now and then".to_owned(), |period| format!("only every {period}"));
        Words {
            message: format!(
                "`{block}` ends an answer after {timeout} of silence (`{setting}`), and the event stream writes {period}: it breaks off again and again, and what happens until the browser is back is lost."
            ),
            label: "ends silent answers".to_owned(),
            help: Some(format!(
                "set in `{block}` ({at}):\n    {line}\nor let the stream write a comment more often than that (`: ping`)"
            )),
            strength: Strength::Full,
        }
    }

    fn stream(&self, strength: Strength, at: &About<'_>) -> Words {
        let (setting, line) = self.by.answer_timeout;
        let (block, timeout, why) = (self.by.block(self.location), self.timeout, self.why(setting));
        Words {
            message: format!(
                "`{block}` ends an event stream after {timeout} ({why}), however much is sent: the browser opens it again each time, and what was sent in between is lost."
            ),
            label: format!("ends an event stream after {timeout}"),
            help: Some(format!("set in `{block}` ({at}):\n    {line}")),
            strength,
        }
    }
}
