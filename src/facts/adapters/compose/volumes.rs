//! `volumes`, short and long: those that mount a path of the host, and what else puts files into the container.

use super::Reader;
use crate::facts::lang::words;
use crate::facts::{Expr, Mount};
use crate::parse::data::{Node, NodeKind};
use crate::parse::fragment::Fragment;

impl Reader<'_> {
    pub(super) fn mounts(&self, node: &Node) -> Vec<Mount> {
        node.items().iter().filter_map(|item| self.mount(item)).collect()
    }

    fn mount(&self, item: &Node) -> Option<Mount> {
        if let NodeKind::Map(_) = item.kind {
            let (source, target) = (self.field(item, "source")?, self.field(item, "target")?);
            return is_bind(item).then_some(Mount { span: item.span, source, target, from_stage: None });
        }
        let text = item.text()?;
        let whole = Fragment::of(self.text, item.span, text);
        let (source, rest) = split_outside_braces(whole)?;
        if is_name(source) {
            return None;
        }
        let target = until_colon(rest);
        let (source, target) = (words::interpolated(source), words::interpolated(target));
        Some(Mount { span: item.span, source, target, from_stage: None })
    }

    /// The paths of a container that something else than the host fills.
    pub(super) fn filled(&self, service: &Node) -> Vec<Expr> {
        let items = |key| service.get(key).map(Node::items).unwrap_or_default().iter();
        let volumes = items("volumes").filter_map(|item| self.volume(item));
        volumes
            .chain(["configs", "secrets"].into_iter().flat_map(items).filter_map(|item| self.field(item, "target")))
            .collect()
    }

    /// Where a named volume lies, or one without a name.
    fn volume(&self, item: &Node) -> Option<Expr> {
        if let NodeKind::Map(_) = item.kind {
            return self.field(item, "target").filter(|_| !is_bind(item));
        }
        let whole = Fragment::of(self.text, item.span, item.text()?);
        match split_outside_braces(whole) {
            Some((source, rest)) => is_name(source).then(|| words::interpolated(until_colon(rest))),
            None => Some(words::interpolated(whole)),
        }
    }
}

fn is_bind(item: &Node) -> bool {
    item.get("type").and_then(Node::text).is_none_or(|kind| &**kind == "bind")
}

/// A name without a slash or dot is a named volume.
fn is_name(source: Fragment<'_>) -> bool {
    !source.text.starts_with(['.', '/', '~', '$'])
}

fn until_colon(rest: Fragment<'_>) -> Fragment<'_> {
    split_outside_braces(rest).map_or(rest, |(target, _)| target)
}

fn split_outside_braces(source: Fragment<'_>) -> Option<(Fragment<'_>, Fragment<'_>)> {
    let mut depth = 0usize;
    for (at, byte) in source.text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => return Some((source.slice(0, at), source.slice(at + 1, source.text.len()))),
            _ => {}
        }
    }
    None
}
