//! Times as httpd reads them, and the time-outs of silent upstreams.

use super::ApacheInstance;
use super::answer::Maker;
use crate::model::proxy::{BlockId, Carries, IdleTimeout};

/// `Timeout` where nothing says otherwise.
const DEFAULT: u64 = 60_000;

impl ApacheInstance {
    /// After which silence of the upstream it gives up. A tunnel never is; an answer is after the worker's `timeout=`, else
    /// `ProxyTimeout`, else `Timeout`.
    pub(super) fn silence(&self, id: BlockId, carries: Carries) -> Option<IdleTimeout> {
        if carries == Carries::Socket {
            return Some(IdleTimeout::Never);
        }
        let chain = self.chains.get(id)?;
        let Maker::Upstream(carrier) = chain.maker else { return None };
        let levels: Vec<_> = chain.levels.iter().filter_map(|id| self.block_of(*id)).collect();
        let worker = carrier.and_then(|place| self.directive_at(place)).and_then(|directive| {
            let inner = directive.block.iter().flat_map(|block| block.named(&["proxyset"]));
            let args = directive.args.iter().chain(inner.flat_map(|set| &set.args));
            args.into_iter().find(|arg| starts(&arg.text, "timeout="))
        });
        if let Some(arg) = worker {
            let milliseconds = milliseconds(arg.text.get(8..)?)?;
            return Some(IdleTimeout::Written { place: arg.place, milliseconds });
        }
        for name in ["proxytimeout", "timeout"] {
            if let Some(directive) = levels.iter().rev().find_map(|level| level.last(name)) {
                let milliseconds = milliseconds(directive.arg(0)?)?;
                return Some(IdleTimeout::Written { place: directive.place, milliseconds });
            }
        }
        Some(IdleTimeout::Default { milliseconds: DEFAULT })
    }
}

fn starts(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// The milliseconds of a time: bare numbers are seconds.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let scale = match unit.to_ascii_lowercase().as_str() {
        "" | "s" => 1_000,
        "ms" => 1,
        "mi" | "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, expected) in [
            ("60", Some(60_000)),
            ("2s", Some(2_000)),
            ("500ms", Some(500)),
            ("1min", Some(60_000)),
            ("1h", Some(3_600_000)),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
