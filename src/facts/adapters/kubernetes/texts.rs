//! Configuration files of other programs that are written inside of ConfigMaps.

use crate::base::{FileKind, Span, confirmed_kind};
use crate::facts::adapters::nginx;
use crate::facts::{EmbeddedText, FileFacts, KubernetesFile};
use crate::parse::data::{Node, NodeKind};
use crate::parse::nginx::Style;

/// Adds the nginx configuration of a file with one ConfigMap that holds some. Several would be several programs.
pub(super) fn read(
    text: &str,
    documents: &[Node],
    is_template: bool,
    file: &mut KubernetesFile,
    facts: &mut FileFacts,
) {
    let mut found: Vec<Vec<EmbeddedText>> =
        objects(documents).map(|object| texts(text, object)).filter(|texts| !texts.is_empty()).collect();
    let Some(mut texts) = found.pop().filter(|_| found.is_empty()) else { return };
    texts.sort_by_key(|one| one.span.start);
    // the main file comes first, as nginx itself prints them
    texts.sort_by_key(|one| &*one.key != "nginx.conf");
    let style = if is_template { Style::Template } else { Style::Plain };
    nginx::read_inside(text, &texts, style, facts);
    if facts.nginx.is_some() {
        file.texts = texts;
    }
}

fn objects(documents: &[Node]) -> impl Iterator<Item = &Node> {
    let is_kind =
        |node: &Node, wanted: &str| node.get("kind").and_then(Node::text).is_some_and(|kind| &**kind == wanted);
    let items = documents.iter().filter(move |root| is_kind(root, "List")).filter_map(|root| root.get("items"));
    documents.iter().chain(items.flat_map(Node::items)).filter(move |node| is_kind(node, "ConfigMap"))
}

fn texts(text: &str, object: &Node) -> Vec<EmbeddedText> {
    let pairs = object.get("data").map(Node::pairs).unwrap_or_default();
    let found = pairs.iter().filter_map(|pair| {
        let NodeKind::Scalar { text: value, .. } = &pair.value.kind else { return None };
        let is_nginx = confirmed_kind(FileKind::Nginx, value.as_bytes()) == Some(FileKind::Nginx);
        let span = lines(text, pair.value.span)?;
        is_nginx.then(|| EmbeddedText { key: pair.key.clone(), span })
    });
    found.collect()
}

/// The lines of a literal block below its `|`; `None` for a text that is written in another way.
fn lines(text: &str, span: Span) -> Option<Span> {
    let line = text.get(..span.start as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let end = text.get(line..)?.find('\n').map(|at| line + at)?;
    let (head, from) = match text.get(span.range())?.starts_with('|') {
        true => (text.get(span.start as usize..end)?, end + 1),
        // the place is that of the text alone
        false => {
            let above = text.get(..line)?.trim_end_matches('\n');
            (above.rsplit('\n').next()?, line)
        }
    };
    let has_bar =
        head.starts_with('|') || head.rsplit_once(':').is_some_and(|(_, rest)| rest.trim_start().starts_with('|'));
    (has_bar && from < span.end as usize).then(|| Span::new(from, span.end as usize))
}
