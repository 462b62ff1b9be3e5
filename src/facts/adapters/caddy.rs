//! Caddyfiles, and Caddy's JSON as far as it is recognised.

use std::sync::Arc;

use crate::base::{RepoPath, has_mark};
use crate::facts::{
    CaddyFile, CaddyForm, CaddyHole, CaddyLine, CaddyQuote, CaddyWord, Demand, FileFacts, ProxyFile, SyntaxError,
    SyntaxErrorKind,
};
use crate::parse::caddyfile::{FailureKind, Line, Quote, Word, parse};
use crate::parse::data::Node;

/// Adds what a Caddyfile, or a part of one, says.
pub fn read(text: &str, facts: &mut FileFacts) {
    let parsed = parse(text);
    if let Some(failure) = parsed.failure {
        match failure.kind {
            FailureKind::Refused(message) => {
                // what a template language leaves behind is not Caddy's to refuse
                let certain = !has_mark(text);
                let kind = if certain { SyntaxErrorKind::Refused } else { SyntaxErrorKind::Unparsed };
                facts.syntax_errors.push(SyntaxError { span: failure.span, message: message.into(), kind });
            }
            FailureKind::Limit(limit) => facts.limits.push((failure.span, limit)),
        }
    }
    let lines = lines(parsed.lines);
    demand_imports(&lines, &mut facts.demands);
    facts.proxy = Some(Box::new(ProxyFile::Caddy(CaddyFile { lines, form: CaddyForm::Caddyfile })));
}

/// Whether a file may be a configuration of Caddy in JSON by its name.
#[must_use]
pub fn may_be_json(path: &RepoPath) -> bool {
    path.extension() == "json" && path.as_str().to_ascii_lowercase().contains("caddy")
}

/// Whether JSON is a configuration of Caddy: its HTTP app has servers.
#[must_use]
pub fn is_json(root: &Node) -> bool {
    root.at(&["apps", "http", "servers"]).is_some_and(|servers| !servers.pairs().is_empty())
}

/// Says that a file is a configuration of Caddy in JSON.
pub fn recognise_json(facts: &mut FileFacts) {
    let file = CaddyFile { lines: Vec::new(), form: CaddyForm::Json };
    facts.proxy = Some(Box::new(ProxyFile::Caddy(file)));
}

fn lines(parsed: Vec<Line>) -> Vec<CaddyLine> {
    parsed
        .into_iter()
        .map(|line| CaddyLine {
            words: line.words.into_iter().map(word).collect(),
            span: line.span,
            block: line.block.map(lines),
        })
        .collect()
}

fn word(word: Word) -> CaddyWord {
    let holes = word.holes.into_iter().map(|hole| CaddyHole {
        span: hole.span,
        name: hole.name.into(),
        default: hole.default.map(Arc::from),
    });
    CaddyWord {
        text: word.text.into(),
        span: word.span,
        quoted: if word.quote == Quote::None { CaddyQuote::Bare } else { CaddyQuote::Quoted },
        holes: holes.collect(),
    }
}

/// The files that `import` lines name; what names a snippet of the same file is none.
fn demand_imports(lines: &[CaddyLine], demands: &mut Vec<Demand>) {
    let is_snippet = |name: &str| {
        lines.iter().any(|line| {
            line.words.len() == 1
                && line.word(0).and_then(|word| word.strip_prefix('(')?.strip_suffix(')')) == Some(name)
        })
    };
    let mut open: Vec<&CaddyLine> = lines.iter().rev().collect();
    while let Some(line) = open.pop() {
        open.extend(line.block.iter().flatten().rev());
        let (Some("import"), Some(target)) = (line.word(0), line.words.get(1)) else { continue };
        // `{args[0]}` and the like are known only where the snippet is used
        if !target.holes.is_empty() || target.text.contains('{') || is_snippet(&target.text) {
            continue;
        }
        demands.push(Demand::CaddyImport(Arc::clone(&target.text)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileKind, FileRole, LineIndex, RepoPath, Tracking};

    fn facts(text: &str) -> FileFacts {
        let path = RepoPath::new("Caddyfile").expect("inside");
        let lines = LineIndex::new(text);
        let mut facts = FileFacts::new(path, FileKind::Caddyfile, FileRole::Production, Tracking::Tracked, lines);
        read(text, &mut facts);
        facts
    }

    #[test]
    fn imports_of_files_are_demanded() {
        let facts = facts(
            "(common) {\n\tencode\n}\nimport sites/*.caddy\na.example {\n\timport common\n\thandle {\n\t\timport ../x {path}\n\t}\n}\n",
        );
        let names: Vec<&str> = facts.demands.iter().map(|demand| &**demand.text()).collect();
        assert_eq!(names, ["sites/*.caddy", "../x"]);
        assert!(facts.syntax_errors.is_empty());
    }

    #[test]
    fn a_fault_has_a_place() {
        let found = facts("a.example {\n\tlog\n");
        assert_eq!(found.syntax_errors[0].span.start, 0);
        assert_eq!(found.syntax_errors[0].kind, SyntaxErrorKind::Refused);
        let template = facts("{% if x %}\na.example {\n{% endif %}\n");
        assert_eq!(template.syntax_errors[0].kind, SyntaxErrorKind::Unparsed);
    }

    #[test]
    fn caddys_json_is_recognised() {
        let is = |text| is_json(&crate::parse::json::parse(text).expect("JSON").expect("a value"));
        assert!(is(r#"{"apps": {"http": {"servers": {"a": {"listen": [":80"], "routes": []}}}}}"#));
        assert!(!is(r#"{"apps": [], "http": 1, "servers": []}"#));
    }
}
