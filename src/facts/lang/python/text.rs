//! Text of Python nodes: slices and string literals.

use tree_sitter::Node;

/// The source of a node.
#[must_use]
pub fn of<'t>(source: &'t str, node: Node<'_>) -> &'t str {
    source.get(node.byte_range()).unwrap_or("")
}

/// A piece of a string literal.
pub enum Part<'t> {
    /// Known characters.
    Text(String, Node<'t>),
    /// `{expression}` of an f-string.
    Value(Node<'t>),
}

/// The pieces of a `string` or `concatenated_string`; `None` for bytes.
#[must_use]
pub fn parts<'t>(source: &str, node: Node<'t>) -> Option<Vec<Part<'t>>> {
    let mut parts = Vec::new();
    let mut cursor = node.walk();
    if node.kind() == "concatenated_string" {
        for child in node.named_children(&mut cursor).filter(|child| child.kind() == "string") {
            string(source, child, &mut parts)?;
        }
    } else {
        string(source, node, &mut parts)?;
    }
    Some(parts)
}

fn string<'t>(source: &str, node: Node<'t>, parts: &mut Vec<Part<'t>>) -> Option<()> {
    let mut cursor = node.walk();
    let start = node.child(0).map_or("", |start| of(source, start)).to_ascii_lowercase();
    if start.contains('b') {
        return None;
    }
    let (raw, format) = (start.contains('r'), start.contains('f'));
    for child in node.children(&mut cursor) {
        match child.kind() {
            "string_content" => {
                let text = of(source, child);
                let text = if raw { text.to_owned() } else { unescape(text) };
                let text = if format { text.replace("{{", "{").replace("}}", "}") } else { text };
                parts.push(Part::Text(text, child));
            }
            "interpolation" => parts.push(Part::Value(child)),
            _ => {}
        }
    }
    Some(())
}

/// The text of a plain literal, without pieces that are computed.
#[must_use]
pub fn literal(source: &str, node: Node<'_>) -> Option<String> {
    if !matches!(node.kind(), "string" | "concatenated_string") {
        return None;
    }
    parts(source, node)?
        .into_iter()
        .map(|part| match part {
            Part::Text(text, _) => Some(text),
            Part::Value(_) => None,
        })
        .collect()
}

fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\n') | None => {}
            Some(quoted @ ('\\' | '\'' | '"')) => out.push(quoted),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    out
}
