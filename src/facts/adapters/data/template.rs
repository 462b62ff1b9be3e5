//! Data files that are templates (Go, Jinja): what is there before they are filled.

use crate::base::Span;
use crate::facts::{Expr, ExprKind};

/// What begins something that is filled in, or done.
const MARKS: [&str; 2] = ["{{", "{%"];

/// Whether a text has such marks.
pub(super) fn is_one(text: &str) -> bool {
    first(text).is_some()
}

/// The first mark.
pub(super) fn first(text: &str) -> Option<Span> {
    let at = MARKS.iter().filter_map(|mark| text.find(mark)).min()?;
    Some(Span::new(at, at + 2))
}

/// The first mark, when some stand outside of the values: in names, comments and lines of their own, where they may make more
/// of the file, or less.
pub(super) fn outside_of_values(text: &str, data: &Expr) -> Option<Span> {
    let mut inside = 0;
    let mut left = vec![data];
    while let Some(expr) = left.pop() {
        match &expr.kind {
            ExprKind::Str(value) => inside += count(value),
            ExprKind::List(items) => left.extend(items),
            ExprKind::Object(fields) => left.extend(fields.iter().map(|field| &field.value)),
            _ => {}
        }
    }
    (count(text) != inside).then(|| first(text)).flatten()
}

fn count(text: &str) -> usize {
    MARKS.iter().map(|mark| text.matches(mark).count()).sum()
}

#[cfg(test)]
mod tests {
    use crate::base::{Entry, FileKind, FileRole, RepoPath, Tracking};
    use crate::facts::extract;

    #[test]
    fn marks_in_values_leave_a_file_readable() {
        let unfilled = |name: &str, kind: FileKind, text: &str| {
            let path = RepoPath::new(name).expect("inside");
            let (role, tracking) = (FileRole::Production, Tracking::Tracked);
            let facts = extract(&Entry { path, size: text.len() as u64, kind, role, tracking }, text);
            assert!(facts.syntax_errors.is_empty(), "{text}");
            facts.unfilled.map(|span| span.start)
        };
        let yaml = |text: &str| unfilled("traefik.yml", FileKind::Yaml, text);
        assert_eq!(yaml("a: \"Host(`{{ env \\\"X\\\" }}`)\"\nb: [\"{{ 1 }}\"]\n"), None);
        assert_eq!(yaml("# {{ range }}\na: b\n"), Some(2));
        assert_eq!(yaml("a: b\n{{ if .X }}\nb: c\n{{ end }}\n"), Some(5));
        assert_eq!(yaml("{{ .X }}: b\n"), Some(0));
        let toml = |text: &str| unfilled("traefik.toml", FileKind::Toml, text);
        assert_eq!(toml("a = '{{ env `X` }}'\n"), None);
        assert_eq!(toml("{{ range .Y }}\n[a]\n{{ end }}\n"), Some(0));
    }
}
