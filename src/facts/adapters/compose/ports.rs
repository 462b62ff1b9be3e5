//! `ports`, short and long.

use super::Reader;
use crate::facts::lang::words;
use crate::facts::{Expr, PortMapping};
use crate::parse::data::{Node, NodeKind};
use crate::parse::fragment::Fragment;

impl Reader<'_> {
    pub(super) fn ports(&self, node: &Node) -> Vec<PortMapping> {
        node.items().iter().filter_map(|item| self.port(item)).collect()
    }

    fn port(&self, item: &Node) -> Option<PortMapping> {
        match &item.kind {
            NodeKind::Map(_) => Some(PortMapping {
                span: item.span,
                host_ip: self.field(item, "host_ip"),
                host: self.field(item, "published"),
                container: self.field(item, "target")?,
            }),
            _ => {
                let text = item.text()?;
                Some(short(item, Fragment::of(self.text, item.span, text)))
            }
        }
    }
}

/// `[ip:][host:]container[/protocol]`, where each part may hold `${X:-8080}`.
fn short(item: &Node, source: Fragment<'_>) -> PortMapping {
    let mut parts = split(source);
    let container = parts.pop().unwrap_or(source);
    let container = container.split_once('/').map_or(container, |(port, _)| port);
    let host = parts.pop().filter(|part| !part.text.is_empty()).map(words::interpolated);
    let host_ip = match parts.as_slice() {
        [] => None,
        [only] => Some(words::interpolated(*only)),
        // An address with colons of its own: `[::1]:80:80`.
        [first, .., last] => {
            let from = first.whole().start;
            let text: Vec<&str> = parts.iter().map(|part| part.text).collect();
            let span = crate::base::Span { start: from, end: last.whole().end };
            Some(Expr::str(span, text.join(":").trim_matches(['[', ']'])))
        }
    };
    PortMapping { span: item.span, host_ip, host, container: words::interpolated(container) }
}

/// Split at colons outside `${...}`.
fn split(source: Fragment<'_>) -> Vec<Fragment<'_>> {
    let mut parts = Vec::new();
    let mut depth = 0usize;
    let mut from = 0;
    for (at, byte) in source.text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => {
                parts.push(source.slice(from, at));
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(source.slice(from, source.text.len()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;
    use crate::facts::ExprKind;

    #[test]
    fn short_forms() {
        let shown = |text: &str| {
            let mapping = short(&Node::null(Span::new(0, text.len())), Fragment::exact(text, 0));
            let show = |expr: &Expr| match &expr.kind {
                ExprKind::Str(text) => text.to_string(),
                ExprKind::Choice(_) => String::from("choice"),
                _ => String::from("other"),
            };
            let part = |expr: &Option<Expr>| expr.as_ref().map_or_else(|| String::from("-"), show);
            format!("{} {} {}", part(&mapping.host_ip), part(&mapping.host), show(&mapping.container))
        };
        assert_eq!(shown("80"), "- - 80");
        assert_eq!(shown("8080:80/tcp"), "- 8080 80");
        assert_eq!(shown("127.0.0.1:8080:80"), "127.0.0.1 8080 80");
        assert_eq!(shown("${PORT:-3000}:80"), "- choice 80");
        assert_eq!(shown("[::1]:8080:80"), "::1 8080 80");
        assert_eq!(shown("127.0.0.1::80"), "127.0.0.1 - 80");
    }
}
