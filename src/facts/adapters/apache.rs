//! Apache httpd configuration files as trees of directives.

use std::sync::Arc;

use crate::facts::{
    ApacheDirective, ApacheFile, Demand, FileFacts, ProxyFile, ProxyWord, SyntaxError, SyntaxErrorKind,
};
use crate::parse::apache::{Event, FailureKind, Statement, Word, parse};

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    let parsed = parse(text);
    // what a template language leaves behind is not httpd's to refuse
    let kind = if parsed.controls.is_empty() { SyntaxErrorKind::Refused } else { SyntaxErrorKind::Unparsed };
    for failure in parsed.failures {
        match failure.kind {
            FailureKind::Refused(message) => {
                facts.syntax_errors.push(SyntaxError { span: failure.span, message: message.into(), kind });
            }
            FailureKind::Limit(limit) => facts.limits.push((failure.span, limit)),
        }
    }
    let directives = tree(parsed.events, &mut facts.demands);
    let conditions = parsed.controls.iter().map(|control| control.span).collect();
    facts.proxy = Some(Box::new(ProxyFile::Apache(ApacheFile { directives, conditions })));
}

/// The tree of a stream of directives; includes become demands.
fn tree(events: Vec<Event>, demands: &mut Vec<Demand>) -> Vec<ApacheDirective> {
    let mut open: Vec<(ApacheDirective, Vec<ApacheDirective>)> = Vec::new();
    let mut current: Vec<ApacheDirective> = Vec::new();
    for event in events {
        match event {
            Event::Simple(statement) => {
                let directive = directive(statement);
                let includes =
                    ["Include", "IncludeOptional"].iter().any(|name| directive.name.eq_ignore_ascii_case(name));
                if let Some(path) = directive.args.first().filter(|path| includes && path.holes.is_empty()) {
                    demands.push(Demand::ApacheInclude(Arc::clone(&path.text)));
                }
                current.push(directive);
            }
            Event::Open(statement) => open.push((directive(statement), std::mem::take(&mut current))),
            Event::Close => {
                if let Some((mut section, outer)) = open.pop() {
                    section.block = Some(std::mem::replace(&mut current, outer));
                    current.push(section);
                }
            }
        }
    }
    current
}

fn directive(statement: Statement) -> ApacheDirective {
    ApacheDirective {
        name: statement.name.into(),
        name_span: statement.name_span,
        span: statement.span,
        args: statement.args.into_iter().map(word).collect(),
        rest: word(statement.rest),
        block: None,
    }
}

fn word(word: Word) -> ProxyWord {
    let holes = word.holes.into_iter().map(|hole| (hole.span, Arc::from(hole.text))).collect();
    ProxyWord { text: word.text.into(), span: word.span, holes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileKind, FileRole, LineIndex, RepoPath, Tracking};

    fn facts(path: &str, text: &str) -> FileFacts {
        let path = RepoPath::new(path).expect("inside");
        let lines = LineIndex::new(text);
        let mut facts = FileFacts::new(path, FileKind::Apache, FileRole::Production, Tracking::Tracked, lines);
        read(text, &mut facts);
        facts
    }

    #[test]
    fn sections_hold_their_directives_and_includes_are_asked_for() {
        let found = facts(
            "site.conf",
            "<VirtualHost *:80>\n  ServerName a.test\n  Include ws/*.conf\n  <Location />\n    Require all denied\n  </Location>\n</VirtualHost>\n",
        );
        let Some(ProxyFile::Apache(file)) = found.proxy.as_deref() else { panic!("a tree") };
        let host = file.directives.first().expect("a section");
        assert_eq!((&*host.name, &*host.args[0].text), ("VirtualHost", "*:80"));
        let inside = host.block.as_deref().expect("a block");
        assert_eq!(inside.len(), 3);
        assert_eq!(&*inside[2].block.as_deref().expect("a block")[0].rest.text, "all denied");
        assert_eq!(found.demands, [Demand::ApacheInclude("ws/*.conf".into())]);
        assert!(found.syntax_errors.is_empty());
    }
}
