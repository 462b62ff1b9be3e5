//! Patches that are written as a text inside of a kustomization.

use crate::base::Span;
use crate::facts::lang::data;
use crate::facts::{Expr, ExprKind, InlinePatch, KubernetesFile};
use crate::parse::data::{Node, NodeKind, ScalarKind};
use crate::parse::yaml;

/// Adds the patches of a kustomization that have no file of their own. All of their values are where the text is.
pub(super) fn read(root: &Node, file: &mut KubernetesFile) {
    let items = |list: &'static str| root.get(list).map(Node::items).unwrap_or_default().iter();
    let with_target = ["patches", "patchesJson6902"].into_iter().flat_map(items);
    let texts = with_target.filter_map(|entry| entry.get("patch")).chain(items("patchesStrategicMerge"));
    for node in texts {
        let NodeKind::Scalar { text, kind: ScalarKind::Text } = &node.kind else { continue };
        let parsed = yaml::parse(text);
        if !parsed.problems.is_empty() {
            continue;
        }
        let documents = parsed.documents.iter().map(|document| placed(data::expression(document), node.span));
        file.patches.push(InlinePatch { span: node.span, documents: documents.collect() });
    }
}

/// The same value somewhere else.
fn placed(expr: Expr, span: Span) -> Expr {
    let kind = match expr.kind {
        ExprKind::List(items) => ExprKind::List(items.into_iter().map(|item| placed(item, span)).collect()),
        ExprKind::Object(mut fields) => {
            for field in &mut fields {
                field.key_span = span;
                let value = std::mem::replace(&mut field.value, Expr::new(span, ExprKind::Null));
                field.value = placed(value, span);
            }
            ExprKind::Object(fields)
        }
        other => other,
    };
    Expr::new(span, kind)
}
