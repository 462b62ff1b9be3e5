//! Next.js's route handlers: `app/**/route.ts` exports a function for each method, `pages/api/**` one for all.

use std::sync::Arc;

use tree_sitter::Node;

use crate::base::{RepoPath, Span};
use crate::facts::lang::ecma::node::{children, every};
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx};
use crate::facts::{FileFacts, RouteFileFact};

/// Route handlers, found by the names of their files.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "Next.js route handlers",
    needles: &[],
    also: &[],
    visit: |_, _, _| {},
    whole: Some(whole),
    read_calls: &[],
};

/// The methods that Next.js looks for (nextjs.org, "route.js").
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What a file's path says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `app/**/route.ts`.
    App,
    /// `pages/api/**`.
    Pages,
}

fn kind(path: &RepoPath) -> Option<Kind> {
    let text = path.as_str();
    let (folders, name) = text.rsplit_once('/')?;
    let (stem, extension) = name.rsplit_once('.')?;
    if !matches!(extension, "ts" | "tsx" | "js" | "jsx") {
        return None;
    }
    let mut parts = folders.split('/');
    if stem == "route" && parts.clone().any(|part| part == "app") {
        return Some(Kind::App);
    }
    let is_api = parts.by_ref().any(|part| part == "pages") && parts.next() == Some("api");
    (is_api && !name.ends_with(".d.ts")).then_some(Kind::Pages)
}

/// Whether a file is a route by its name, whatever it says.
pub(super) fn is_route(path: &RepoPath) -> bool {
    kind(path).is_some()
}

fn whole(cx: &EcmaCx<'_>, facts: &mut FileFacts) {
    if cx.says("NextResponse.rewrite") {
        every(cx.root, |node| {
            if node.kind() == "member_expression" && cx.text(node) == "NextResponse.rewrite" {
                facts.rewrites.push(cx.span(node));
            }
        });
    }
    match kind(cx.path) {
        Some(Kind::App) => facts.route_file = methods(cx),
        Some(Kind::Pages) => {
            let exported = children(cx.root).find(|node| node.kind() == "export_statement");
            let span = exported.map_or(Span::new(0, 0), |node| first_line(cx, node));
            facts.route_file.push(RouteFileFact { span, method: None });
        }
        None => {}
    }
}

/// The exported methods. One that is not known stands for all of them: `export * from`, syntax that is not read, or a file that
/// exports none in a way that is.
fn methods(cx: &EcmaCx<'_>) -> Vec<RouteFileFact> {
    let mut found = Vec::new();
    let mut is_open = cx.root.has_error();
    for export in children(cx.root).filter(|node| node.kind() == "export_statement") {
        let mut names: Vec<Node<'_>> = Vec::new();
        if let Some(declaration) = export.child_by_field_name("declaration") {
            names_of(declaration, &mut names);
        } else if let Some(clause) = children(export).find(|node| node.kind() == "export_clause") {
            for specifier in children(clause).filter(|node| node.kind() == "export_specifier") {
                let alias = specifier.child_by_field_name("alias");
                names.extend(alias.or_else(|| specifier.child_by_field_name("name")));
            }
        } else if export.child_by_field_name("source").is_some() {
            is_open = true;
        }
        for name in names {
            let text = cx.text(name);
            if METHODS.contains(&text) {
                found.push(RouteFileFact { span: cx.span(name), method: Some(Arc::from(text)) });
            }
        }
    }
    if found.is_empty() || is_open {
        found.push(RouteFileFact { span: Span::new(0, 0), method: None });
    }
    found
}

/// The names that a declaration binds.
fn names_of<'t>(declaration: Node<'t>, names: &mut Vec<Node<'t>>) {
    names.extend(declaration.child_by_field_name("name"));
    for declarator in children(declaration).filter(|node| node.kind() == "variable_declarator") {
        let Some(name) = declarator.child_by_field_name("name") else { continue };
        if name.kind() == "identifier" {
            names.push(name);
        }
        for part in children(name) {
            match part.kind() {
                "shorthand_property_identifier_pattern" => names.push(part),
                "pair_pattern" => names.extend(part.child_by_field_name("value")),
                _ => {}
            }
        }
    }
}

fn first_line(cx: &EcmaCx<'_>, node: Node<'_>) -> Span {
    let length = cx.text(node).lines().next().unwrap_or_default().len();
    Span { end: cx.span(node).start.saturating_add(u32::try_from(length).unwrap_or(0)), ..cx.span(node) }
}

#[cfg(test)]
mod tests {
    use super::{Kind, kind};
    use crate::base::RepoPath;

    #[test]
    fn files_are_routes_by_their_names() {
        for (path, expected) in [
            ("app/api/users/route.ts", Some(Kind::App)),
            ("web/src/app/(site)/feed/route.js", Some(Kind::App)),
            ("app/api/users/page.tsx", None),
            ("src/route.ts", None),
            ("pages/api/users/[id].ts", Some(Kind::Pages)),
            ("pages/users.tsx", None),
            ("pages/api/types.d.ts", None),
            ("api/pages/users.ts", None),
        ] {
            assert_eq!(RepoPath::new(path).and_then(|path| kind(&path)), expected, "{path}");
        }
    }
}
