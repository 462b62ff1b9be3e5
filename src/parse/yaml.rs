//! YAML documents as trees: anchors, aliases and merge keys are resolved, comments left out, errors recovered from.

use std::collections::BTreeMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, StrInput};

use super::data::{Node, NodeKind, Pair, Problem, ProblemKind, ScalarKind};
use super::yaml_repair::repaired;
use crate::base::{Limit, Span};

/// Nodes that aliases may add to one file: more is an alias bomb.
const EXPANSION: Limit = Limit::new(
    50_000,
    "values that aliases of one file stand for",
    "what the file says from here on is unknown",
    "write fewer aliases of aliases, or leave the file out with `exclude` in `wirelint.toml`",
);
/// Nesting of a document, aliases expanded.
const DEPTH: Limit = Limit::new(
    200,
    "levels of nesting in one document",
    "what the file says from here on is unknown",
    "nest it less deeply, or leave the file out with `exclude` in `wirelint.toml`",
);

/// What a YAML file holds.
#[derive(Clone, Debug, Default)]
pub struct Yaml {
    /// Its documents in order; of a broken document what is before the error.
    pub documents: Vec<Node>,
    /// What its readers would refuse.
    pub problems: Vec<Problem>,
}

/// Reads a YAML text; never fails. What its readers refuse is told; what stands before and behind it is read all the same.
#[must_use]
pub fn parse(text: &str) -> Yaml {
    let (yaml, stopped) = read(text);
    match stopped {
        Some(first) => {
            let repaired = repaired(text, first, stop);
            Yaml { documents: read(&repaired).0.documents, problems: yaml.problems }
        }
        None => yaml,
    }
}

fn parser(text: &str) -> Parser<'_, StrInput<'_>> {
    let options = granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true, flow_nesting_limit: DEPTH.most_items(), block_nesting_limit: DEPTH.most_items() };
    Parser::new_from_str_with_options(text, options)
}

/// The first byte that stops the reader and may be taken out.
fn stop(text: &str) -> Option<usize> {
    let mut parser = parser(text);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((Event::StreamEnd, _)) => break,
            Ok(_) => {}
            Err(error) => {
                let problem = refused(text, &error);
                return matches!(problem.kind, ProblemKind::Refused(_)).then_some(problem.span.start as usize);
            }
        }
    }
    None
}

/// What a reader says about a place.
fn refused(text: &str, error: &ScanError) -> Problem {
    let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
    let limit = matches!(error.kind(), granit_parser::ErrorKind::RecursionLimitExceeded);
    let kind = if limit { ProblemKind::Limit(DEPTH) } else { ProblemKind::Refused(error.info()) };
    Problem { span: Span::new(at, at), kind }
}

/// What a text holds, and the first byte that stopped the reader and may be taken out.
fn read(text: &str) -> (Yaml, Option<usize>) {
    let mut parser = parser(text);
    let mut builder = Builder { text, ..Builder::default() };
    let mut stopped = None;
    while let Some(next) = parser.next_event() {
        match next {
            Ok((Event::StreamEnd, _)) => break,
            Ok((event, span)) => {
                let range = span.byte_range().unwrap_or(0..0);
                if !builder.event(event, Span::new(range.start, range.end)) {
                    break;
                }
            }
            Err(error) => {
                let problem = refused(text, &error);
                if matches!(problem.kind, ProblemKind::Refused(_)) {
                    stopped = stopped.or(Some(problem.span.start as usize));
                }
                builder.problems.push(problem);
                builder.end_document();
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    builder.end_document();
    (Yaml { documents: builder.documents, problems: builder.problems }, stopped)
}

#[derive(Default)]
struct Builder<'a> {
    text: &'a str,
    documents: Vec<Node>,
    problems: Vec<Problem>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Measured>,
    expanded: usize,
}

/// A collection whose end has not come yet.
struct Open {
    start: Span,
    anchor: usize,
    items: Items,
    depth_below: usize,
    size: usize,
}

enum Items {
    List(Vec<Node>),
    Map { pairs: Vec<Pair>, merged: Vec<Node>, key: Option<(Arc<str>, Span)> },
}

/// An anchored node with its size, so that expanding it costs nothing to judge.
#[derive(Clone)]
struct Measured {
    node: Node,
    size: usize,
    depth: usize,
}

impl Builder<'_> {
    /// Takes one event; `false` when a limit ends the reading.
    fn event(&mut self, event: Event<'_>, span: Span) -> bool {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tagged_text = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
                let kind =
                    if style == ScalarStyle::Plain && !tagged_text { plain_kind(&text) } else { ScalarKind::Text };
                let node = Node { span, kind: NodeKind::Scalar { text: Arc::from(&*text), kind } };
                self.value(Measured { node, size: 1, depth: 1 }, anchor);
            }
            Event::SequenceStart(_, anchor, _) => self.open.push(Open::new(span, anchor, Items::List(Vec::new()))),
            Event::MappingStart(_, anchor, _) => {
                let items = Items::Map { pairs: Vec::new(), merged: Vec::new(), key: None };
                self.open.push(Open::new(span, anchor, items));
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(id) => return self.alias(id, span),
            Event::UnresolvedAlias(name) => {
                let message = format!("`*{name}` refers to an anchor that is not defined before it");
                self.problems.push(Problem { span, kind: ProblemKind::Refused(message) });
                self.value(Measured { node: Node::null(span), size: 1, depth: 1 }, 0);
            }
            Event::DocumentEnd => self.end_document(),
            _ => {}
        }
        true
    }

    fn alias(&mut self, id: usize, span: Span) -> bool {
        let Some(target) = self.anchors.get(&id) else {
            // An alias inside its own anchor: endless.
            self.problems.push(Problem {
                span,
                kind: ProblemKind::Refused(String::from("an alias is inside the node that it refers to")),
            });
            self.value(Measured { node: Node::null(span), size: 1, depth: 1 }, 0);
            return true;
        };
        let too_many = (self.expanded + target.size > EXPANSION.most_items()).then_some(EXPANSION);
        let too_deep = (self.open.len() + target.depth > DEPTH.most_items()).then_some(DEPTH);
        if let Some(limit) = too_many.or(too_deep) {
            self.problems.push(Problem { span, kind: ProblemKind::Limit(limit) });
            return false;
        }
        self.expanded += target.size;
        let target = target.clone();
        self.value(target, 0);
        true
    }

    fn value(&mut self, value: Measured, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(value.node);
            return;
        };
        open.size += value.size;
        open.depth_below = open.depth_below.max(value.depth);
        match &mut open.items {
            Items::List(items) => items.push(value.node),
            Items::Map { pairs, merged, key } => match key.take() {
                None => *key = Some((key_text(&value.node), value.node.span)),
                Some((name, _)) if &*name == "<<" => merged.push(value.node),
                Some((key, key_span)) => pairs.push(Pair { key, key_span, value: value.node }),
            },
        }
    }

    fn close(&mut self, end: Span) {
        let Some(open) = self.open.pop() else { return };
        let kind = match open.items {
            Items::List(items) => NodeKind::List(items),
            Items::Map { pairs, merged, key } => {
                let dangling = key.map(|(key, key_span)| Pair { key, key_span, value: Node::null(key_span) });
                NodeKind::Map(merge(pairs.into_iter().chain(dangling).collect(), merged))
            }
        };
        let end = trimmed_end(self.text, open.start.start as usize, end.end as usize);
        let span = Span::new(open.start.start as usize, end);
        let node = Node { span, kind };
        self.value(Measured { node, size: open.size + 1, depth: open.depth_below + 1 }, open.anchor);
    }

    fn end_document(&mut self) {
        while let Some(open) = self.open.last() {
            let at = match &open.items {
                Items::List(items) => items.last().map_or(open.start, |item| item.span),
                Items::Map { pairs, .. } => pairs.last().map_or(open.start, |pair| pair.value.span),
            };
            self.close(at);
        }
        self.anchors.clear();
    }
}

impl Open {
    fn new(start: Span, anchor: usize, items: Items) -> Self {
        Self { start, anchor, items, depth_below: 0, size: 0 }
    }
}

/// Block collections end where the next token begins: take the white space off.
fn trimmed_end(text: &str, start: usize, end: usize) -> usize {
    text.get(start..end).map_or(end, |slice| start + slice.trim_end().len())
}

fn key_text(node: &Node) -> Arc<str> {
    match &node.kind {
        NodeKind::Scalar { text, .. } => Arc::clone(text),
        _ => Arc::from("?"),
    }
}

/// `<<`: own keys win over merged ones, earlier merged maps over later ones.
fn merge(mut own: Vec<Pair>, merged: Vec<Node>) -> Vec<Pair> {
    let sources = merged.into_iter().flat_map(|node| match node.kind {
        NodeKind::List(items) => items,
        kind => vec![Node { span: node.span, kind }],
    });
    for source in sources {
        if let NodeKind::Map(pairs) = source.kind {
            for pair in pairs {
                if !own.iter().any(|existing| existing.key == pair.key) {
                    own.push(pair);
                }
            }
        }
    }
    own
}

/// The type of a plain scalar, as YAML 1.2's core schema and the 1.1 words that readers still take say.
fn plain_kind(text: &str) -> ScalarKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => ScalarKind::Null,
        "true" | "True" | "TRUE" => ScalarKind::Bool(true),
        "false" | "False" | "FALSE" => ScalarKind::Bool(false),
        _ if is_number(text) => ScalarKind::Number,
        _ => ScalarKind::Text,
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.contains(|c: char| c.is_ascii_digit())
        && digits.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(node: &Node, path: &[&str]) -> Vec<String> {
        node.at(path)
            .map(|node| node.texts().into_iter().map(|(text, _)| text.to_string()).collect())
            .unwrap_or_default()
    }

    #[test]
    fn anchors_merge_keys_and_spellings() {
        let source = "x-env: &env\n  A: 1.10\n  B: two # c\nservices:\n  web:\n    environment:\n      <<: *env\n      B: 'own'\n    ports: [\"80:80\", 22:22]\n";
        let yaml = parse(source);
        assert_eq!(yaml.problems, []);
        let root = &yaml.documents[0];
        assert_eq!(texts(root, &["services", "web", "environment", "A"]), ["1.10"]);
        assert_eq!(texts(root, &["services", "web", "environment", "B"]), ["own"]);
        assert_eq!(texts(root, &["services", "web", "ports"]), ["80:80", "22:22"]);
        let span = root.at(&["services", "web", "environment", "B"]).expect("there").span;
        assert_eq!(&source[span.range()], "'own'");
    }

    #[test]
    fn what_stands_before_an_error_is_kept_and_later_documents_too() {
        let yaml = parse("services:\n  web:\n    image: nginx\n  bad: [1, 2\nnext: 1\n---\nsecond: 2\n");
        assert_eq!(yaml.problems.len(), 1);
        assert_eq!(texts(&yaml.documents[0], &["services", "web", "image"]), ["nginx"]);
        assert_eq!(texts(yaml.documents.last().expect("two"), &["second"]), ["2"]);
        assert_eq!(texts(&yaml.documents[0], &["next"]), ["1"]);
    }

    #[test]
    fn what_stands_behind_an_error_is_read_too() {
        for foreign in [
            "\u{1}}{ ]>: '",
            "  bad: [1, 2",
            "    - a: b: c",
            "%@`",
            "  bad: \"1",
            "}{ \"",
            "    bad: 'x\n      and more",
            "- 'x: [",
        ] {
            let source = format!(
                "services:\n  web:\n    image: nginx\n{foreign}\n  api:\n    image: \"own\"\n  db:\n    image: 'x'\n    user: it's\n"
            );
            let yaml = parse(&source);
            assert!(!yaml.problems.is_empty(), "{foreign:?}");
            for (service, image) in [("web", "nginx"), ("api", "own"), ("db", "x")] {
                assert_eq!(texts(&yaml.documents[0], &["services", service, "image"]), [image], "{foreign:?}");
            }
        }
    }

    #[test]
    fn alias_bombs_and_deep_nesting_end_at_a_limit() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for n in 1..12 {
            let alias = format!("*a{}", n - 1);
            bomb.push_str(&format!("a{n}: &a{n} [{}]\n", [alias.as_str(); 9].join(",")));
        }
        assert_eq!(parse(&bomb).problems[0].kind, ProblemKind::Limit(EXPANSION));
        assert_eq!(parse(&"[".repeat(60_000)).problems[0].kind, ProblemKind::Limit(DEPTH));
        assert!(!parse(&"- ".repeat(60_000)).problems.is_empty());
        assert!(!parse("a: &a [*a]\n").problems.is_empty());
    }
}
