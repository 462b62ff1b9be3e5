//! TOML with places.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::data::{Node, NodeKind, Pair, Problem, ProblemKind, ScalarKind};
use crate::base::Span;

/// Reads a TOML text: what could be read, and what its readers would refuse.
#[must_use]
pub fn parse(text: &str) -> (Node, Vec<Problem>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let problems = errors
        .iter()
        .map(|error| Problem {
            span: error.span().map_or_else(Span::default, Span::from),
            kind: ProblemKind::Refused(String::from(error.message())),
        })
        .collect();
    let span = Span::new(0, text.len());
    (Node { span, kind: map(table.get_ref()) }, problems)
}

fn map(table: &DeTable<'_>) -> NodeKind {
    let mut pairs: Vec<Pair> = table
        .iter()
        .map(|(key, value)| Pair {
            key: Arc::from(&**key.get_ref()),
            key_span: Span::from(key.span()),
            value: convert(value),
        })
        .collect();
    pairs.sort_by_key(|pair| pair.key_span);
    NodeKind::Map(pairs)
}

fn convert(value: &Spanned<DeValue<'_>>) -> Node {
    let scalar = |text: &str, kind| NodeKind::Scalar { text: Arc::from(text), kind };
    let kind = match value.get_ref() {
        DeValue::String(text) => scalar(text, ScalarKind::Text),
        DeValue::Integer(number) => scalar(number.as_str(), ScalarKind::Number),
        DeValue::Float(number) => scalar(number.as_str(), ScalarKind::Number),
        DeValue::Boolean(truth) => scalar(if *truth { "true" } else { "false" }, ScalarKind::Bool(*truth)),
        DeValue::Datetime(time) => scalar(&time.to_string(), ScalarKind::Text),
        DeValue::Array(items) => NodeKind::List(items.iter().map(convert).collect()),
        DeValue::Table(table) => map(table),
    };
    Node { span: Span::from(value.span()), kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_places_and_errors_leave_the_rest() {
        let source = "[project]\nname = \"api\"\ndependencies = [\"fastapi>=0.100\"]\nbad = \n[tool.x]\ny = 1\n";
        let (node, problems) = parse(source);
        let item = &node.at(&["project", "dependencies"]).expect("there").items()[0];
        assert_eq!(&source[item.span.range()], "\"fastapi>=0.100\"");
        assert_eq!(problems.len(), 1);
        assert!(node.at(&["tool", "x", "y"]).is_some());
    }
}
