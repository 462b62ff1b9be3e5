//! `volumes` that mount a path of the host, short and long.

use super::Reader;
use crate::facts::Mount;
use crate::facts::lang::words;
use crate::parse::data::{Node, NodeKind};
use crate::parse::fragment::Fragment;

impl Reader<'_> {
    pub(super) fn mounts(&self, node: &Node) -> Vec<Mount> {
        node.items().iter().filter_map(|item| self.mount(item)).collect()
    }

    fn mount(&self, item: &Node) -> Option<Mount> {
        if let NodeKind::Map(_) = item.kind {
            let bind = item.get("type").and_then(Node::text).is_none_or(|kind| &**kind == "bind");
            let (source, target) = (self.field(item, "source")?, self.field(item, "target")?);
            return bind.then_some(Mount { span: item.span, source, target, from_stage: None });
        }
        let text = item.text()?;
        let whole = Fragment::of(self.text, item.span, text);
        let (source, rest) = split_outside_braces(whole)?;
        // A name without a slash or dot is a named volume.
        if !source.text.starts_with(['.', '/', '~', '$']) {
            return None;
        }
        let target = split_outside_braces(rest).map_or(rest, |(target, _)| target);
        let (source, target) = (words::interpolated(source), words::interpolated(target));
        Some(Mount { span: item.span, source, target, from_stage: None })
    }
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
