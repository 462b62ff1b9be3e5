//! Data files that code reads, and the paths that it builds.

use std::sync::Arc;

use tree_sitter::Node;

use super::args::Args;
use super::build::PythonCx;
use super::place::At;
use super::text;
use crate::base::Span;
use crate::facts::{Expr, ExprKind};
use crate::parse::fields::Fields;

impl<'t> PythonCx<'t> {
    /// The file that `open("x")`, `Path("x").read_text()` or a name bound to one of them reads.
    pub(super) fn data_file(&self, here: Span, node: Node<'t>, at: &At<'t>) -> Option<Expr> {
        let node = self.resolve(node, at);
        // `text = text.read()` names itself.
        if node.kind() != "call" || at.is_too_deep() {
            return None;
        }
        let function = node.field("function")?;
        let path = if self.dotted(function).as_deref() == Some("open") {
            self.path(self.args(node).get(0, "file")?, at)?
        } else if function.kind() == "attribute" {
            let method = self.text(function.field("attribute")?);
            let object = function.field("object")?;
            match method {
                "read_text" | "read_bytes" | "open" => self.path(object, at)?,
                "read" => return self.data_file(here, object, &at.deeper()),
                _ => return None,
            }
        } else {
            return None;
        };
        Some(Expr::new(here, ExprKind::File(Arc::from(path))))
    }

    /// `load_config("conf.yaml")` gives that file's content, and `Config(**data)` an object with the fields of `data`.
    pub(super) fn data_call(&self, here: Span, function: Node<'t>, args: &Args<'t>, at: &At<'t>) -> Option<Expr> {
        let name = self.text(function).rsplit('.').next().unwrap_or("");
        if let ([], [], [data]) = (args.positional.as_slice(), args.keywords.as_slice(), args.splats.as_slice())
            && name.starts_with(|c: char| c.is_ascii_uppercase())
        {
            return Some(self.expr(*data, at));
        }
        let [path] = args.positional.as_slice() else { return None };
        let lower = name.to_ascii_lowercase();
        let reads = ["read", "load", "parse"].iter().any(|verb| lower.contains(verb));
        let what = ["yaml", "yml", "json", "toml", "conf", "setting"].iter().any(|noun| lower.contains(noun));
        let path = if reads && what { self.path(*path, at)? } else { return None };
        let data = [".yaml", ".yml", ".json", ".toml"].iter().any(|end| path.ends_with(end));
        data.then(|| Expr::new(here, ExprKind::File(Arc::from(path))))
    }

    /// A literal path: `"x"`, `Path("x")`, `Path(__file__).parent / "x"`, `os.path.join(BASE_DIR, "x")`.
    pub(super) fn path(&self, node: Node<'t>, at: &At<'t>) -> Option<String> {
        if at.is_too_deep() {
            return None;
        }
        let at = &at.deeper();
        let node = self.resolve(node, at);
        match node.kind() {
            "string" | "concatenated_string" => text::literal(self.outline.text, node),
            "call" => match self.constructor(node)?.as_str() {
                "pathlib.Path" => self.path(self.args(node).positional.first().copied()?, at),
                "os.path.join" => self.path(self.args(node).positional.last().copied()?, at),
                _ => None,
            },
            "binary_operator" if self.text(node.field("operator")?) == "/" => {
                let right = self.path(node.field("right")?, at)?;
                match self.path(node.field("left")?, at) {
                    Some(left) => Some(format!("{left}/{right}")),
                    None => Some(right),
                }
            }
            _ => None,
        }
    }
}
