//! Values that a configuration puts into headers: `%REQ(X)%` and the like.

use std::sync::Arc;

use super::headers::Value;
use crate::facts::HoleReason;

/// The text with what `read` knows in place of each command; a command that is not there is left empty.
pub(super) fn fill(text: &str, read: impl Fn(&str) -> Value) -> Value {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        if let Some(next) = after.strip_prefix('%') {
            out.push('%');
            rest = next;
            continue;
        }
        let Some((command, next)) = after.split_once('%') else { return Err(HoleReason::Unsupported) };
        out.push_str(&read(command)?);
        rest = next;
    }
    out.push_str(rest);
    Ok(Arc::from(out))
}

/// The headers that `REQ(A?B):20` names, in the order in which they are looked for, and how much is taken.
pub(super) fn request_header(command: &str) -> Option<(Vec<String>, Option<usize>)> {
    let inner = command.strip_prefix("REQ(")?;
    let (names, rest) = inner.split_once(')')?;
    let length = rest.strip_prefix(':').and_then(|length| length.parse().ok());
    let names = names.split('?').map(str::to_ascii_lowercase).collect();
    (rest.is_empty() || length.is_some()).then_some((names, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_filled() {
        let read = |command: &str| if command == "A" { Ok("x".into()) } else { Err(HoleReason::Runtime) };
        assert_eq!(fill("<%A%> 5%% %A%", read), Ok("<x> 5% x".into()));
        assert_eq!(fill("%B%", read), Err(HoleReason::Runtime));
        assert_eq!(fill("5%", read), Err(HoleReason::Unsupported));
        assert_eq!(request_header("REQ(X-A?:path):3"), Some((vec!["x-a".into(), ":path".into()], Some(3))));
        assert_eq!(request_header("PROTOCOL"), None);
    }
}
