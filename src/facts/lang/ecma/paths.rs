//! Paths of files that code puts together: `path.resolve(__dirname, '../.env')`.

use tree_sitter::Node;

use super::cx::EcmaCx;
use super::node::{arguments, children, string_text, strip};

/// Files for several modes, and calls inside calls.
const MOST_PATHS: usize = 8;
const MAX_DEPTH: u32 = 6;

/// The paths that an expression may come to, from the folder of the file or that in which the program was started: one for each
/// mode where it holds the mode's name. None where it is not followed.
#[must_use]
pub fn paths_of<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Vec<String> {
    let found = paths(cx, node, 0);
    if found.len() > MOST_PATHS { Vec::new() } else { found }
}

fn paths<'t>(cx: &EcmaCx<'t>, node: Node<'t>, depth: u32) -> Vec<String> {
    let node = cx.initial(strip(node));
    if depth > MAX_DEPTH {
        return Vec::new();
    }
    match node.kind() {
        "string" => string_text(node, cx.source).map(str::to_owned).into_iter().collect(),
        "array" => children(node).flat_map(|item| paths(cx, item, depth + 1)).take(MOST_PATHS + 1).collect(),
        "template_string" => children(node).fold(vec![String::new()], |found, part| match part.kind() {
            "string_fragment" => found.into_iter().map(|text| text + cx.text(part)).collect(),
            "template_substitution" if names_the_mode(cx, part) => ["production", "development"]
                .iter()
                .flat_map(|mode| found.iter().map(move |text| format!("{text}{mode}")))
                .take(MOST_PATHS + 1)
                .collect(),
            _ => Vec::new(),
        }),
        "call_expression" => {
            let callee = node.child_by_field_name("function").map_or("", |callee| cx.text(callee));
            if !matches!(callee.rsplit('.').next(), Some("join" | "resolve")) {
                return Vec::new();
            }
            arguments(node).into_iter().filter(|part| !is_folder(cx, *part)).fold(vec![String::new()], |found, part| {
                let tails = paths(cx, part, depth + 1);
                let joined = |head: &String| {
                    let head = if head.is_empty() { String::new() } else { format!("{}/", head.trim_end_matches('/')) };
                    tails.iter().map(|tail| format!("{head}{tail}")).collect::<Vec<_>>()
                };
                found.iter().flat_map(joined).take(MOST_PATHS + 1).collect()
            })
        }
        _ => Vec::new(),
    }
}

/// The folder of the file, or that in which the program was started.
fn is_folder<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    let made = cx.text(cx.initial(strip(node)));
    matches!(made, "__dirname" | "process.cwd()" | "import.meta.dirname")
        || made.contains("import.meta.url") && made.contains("dirname(")
}

/// Whether what is put into a template is the mode: `process.env.NODE_ENV`, or a name that was given it.
fn names_the_mode<'t>(cx: &EcmaCx<'t>, part: Node<'t>) -> bool {
    children(part).next().is_some_and(|inner| cx.text(cx.initial(strip(inner))).contains("NODE_ENV"))
}
