//! HAProxy configuration files as sections of lines.

use std::sync::Arc;

use crate::facts::{
    FileFacts, HaproxyFile, HaproxyLine, HaproxyPresence, HaproxySection, ProxyFile, ProxyWord, SyntaxError,
    SyntaxErrorKind,
};
use crate::parse::haproxy::{Line, Presence, Word, parse};

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    let parsed = parse(text);
    // what a template language leaves behind is not HAProxy's to refuse
    let kind = if parsed.controls.is_empty() { SyntaxErrorKind::Refused } else { SyntaxErrorKind::Unparsed };
    for failure in parsed.failures {
        facts.syntax_errors.push(SyntaxError { span: failure.span, message: failure.message.into(), kind });
    }
    let sections = parsed.sections.into_iter().map(|section| HaproxySection {
        head: line(section.head),
        lines: section.lines.into_iter().map(line).collect(),
    });
    facts.proxy = Some(Box::new(ProxyFile::Haproxy(HaproxyFile { sections: sections.collect() })));
}

fn line(line: Line) -> HaproxyLine {
    let presence = match line.presence {
        Presence::Always => HaproxyPresence::Always,
        Presence::Sometimes => HaproxyPresence::Sometimes,
    };
    HaproxyLine { words: line.words.into_iter().map(word).collect(), span: line.span, presence }
}

fn word(word: Word) -> ProxyWord {
    let holes = word.holes.into_iter().map(|hole| (hole.span, Arc::from(hole.text))).collect();
    ProxyWord { text: word.text.into(), span: word.span, holes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileKind, FileRole, LineIndex, RepoPath, Tracking};

    #[test]
    fn sections_hold_their_lines_and_what_is_refused_is_told() {
        let text =
            "lost\nfrontend a\n  bind *:80\n.if defined(X)\n  mode http\n.endif\nbackend b\n  server s 10.0.0.1:80\n";
        let path = RepoPath::new("haproxy.cfg").expect("inside");
        let lines = LineIndex::new(text);
        let mut facts = FileFacts::new(path, FileKind::Haproxy, FileRole::Production, Tracking::Tracked, lines);
        read(text, &mut facts);
        let Some(ProxyFile::Haproxy(file)) = facts.proxy.as_deref() else { panic!("sections") };
        let [front, back] = file.sections.as_slice() else { panic!("two sections") };
        assert_eq!((&*front.head.words[1].text, front.lines.len()), ("a", 2));
        assert_eq!(front.lines[1].presence, HaproxyPresence::Sometimes);
        assert_eq!(&*back.lines[0].words[2].text, "10.0.0.1:80");
        assert_eq!(facts.syntax_errors.len(), 1);
    }
}
