//! The path that the target of a development server's entry receives, and what else the entry could have been told.

use std::sync::Arc;

use super::walk::Walk;
use crate::base::{FileId, Place};
use crate::facts::{DevProxy, DevServer, Expr, ExprKind, FrontEndTool, ProxyMount};
use crate::model::evaluate::{Scope, evaluate};
use crate::model::proxy::{KeepsPrefix, PathFix};
use crate::model::requirement::major;
use crate::model::{PackageId, PathPiece, PathText};

impl Walk<'_> {
    /// What an entry sees of the path; `None` when that is not known. Express takes the path of a mount away, and
    /// http-proxy-middleware put it back until version 3 (its MIGRATION.md, "removed `req.url` patching").
    pub(super) fn seen_by(&self, proxy: &DevProxy, path: &PathText, package: PackageId) -> Option<PathText> {
        if proxy.mount == ProxyMount::WholePath {
            return Some(path.clone());
        }
        match major(self.wiring, package, "http-proxy-middleware")? {
            0..3 => Some(path.clone()),
            _ => {
                let rest = path.after(proxy.path.as_str()?.trim_end_matches('/'))?;
                Some(if rest.is_rooted() { rest } else { rest.behind("/") })
            }
        }
    }

    /// The path that the target receives.
    pub(super) fn rewritten(
        &self,
        file: FileId,
        server: &DevServer,
        proxy: &DevProxy,
        path: &PathText,
        target: &url::Url,
        scope: &Scope,
    ) -> Option<PathText> {
        if server.tool == FrontEndTool::Next {
            return next_destination(proxy, path, target);
        }
        let mut after = match &proxy.rewrite {
            None => path.clone(),
            Some(function) => {
                let body = function.returns.as_ref()?;
                let input = Expr::str(body.span, &with_marks(path));
                let expr = replace_param(body, &input, 0);
                let alternatives = evaluate(self.wiring, file, &expr, scope);
                let [one] = alternatives.as_slice() else { return None };
                without_marks(&one.value.as_known_text()?, path)?
            }
        };
        let base = target.path().trim_end_matches('/');
        if !base.is_empty() {
            after.0.insert(0, PathPiece::Known(Arc::from(base)));
        }
        Some(after)
    }
}

/// What the entry could have been told, and the paths that the target would get.
pub(super) fn path_fixes(
    server: &DevServer,
    proxy: &DevProxy,
    place: Place,
    path: &PathText,
    target: &url::Url,
) -> Vec<PathFix> {
    let base = target.path().trim_end_matches('/');
    let fix = |path: PathText, keeps, lines| PathFix { path, place, keeps, lines };
    match (server.tool, &proxy.rewrite) {
        (FrontEndTool::Next, _) => Vec::new(),
        // What Express took away comes back with a filter in place of the mount.
        (_, None) if proxy.mount == ProxyMount::BelowPath => {
            let key = proxy.path.as_str().unwrap_or_default();
            vec![fix(
                path.clone(),
                KeepsPrefix::Yes,
                Some(format!("app.use(createProxyMiddleware({{ pathFilter: '{key}', ..")),
            )]
        }
        (_, Some(_)) => {
            let path = PathText(base_piece(base).into_iter().chain(path.0.iter().cloned()).collect());
            vec![fix(path, KeepsPrefix::Yes, None)]
        }
        (_, None) if !base.is_empty() => {
            let address = target.as_str().trim_end_matches('/').trim_end_matches(base);
            vec![fix(path.clone(), KeepsPrefix::Yes, Some(format!("target: '{address}',")))]
        }
        (_, None) => stripped(proxy, path)
            .map(|(key, path)| {
                let pattern = key.replace('/', "\\/");
                let lines = match server.tool {
                    FrontEndTool::Vite | FrontEndTool::Nuxt => {
                        format!("rewrite: (path) => path.replace(/^{pattern}/, ''),")
                    }
                    FrontEndTool::Angular => format!("\"pathRewrite\": {{ \"^{key}\": \"\" }}"),
                    _ => format!("pathRewrite: {{ '^{key}': '' }},"),
                };
                fix(path, KeepsPrefix::No, Some(lines))
            })
            .into_iter()
            .collect(),
    }
}

fn base_piece(base: &str) -> Option<PathPiece> {
    (!base.is_empty()).then(|| PathPiece::Known(Arc::from(base)))
}

/// The key of the entry, and the path without it.
fn stripped<'p>(proxy: &'p DevProxy, path: &PathText) -> Option<(&'p str, PathText)> {
    let key = proxy.path.as_str()?.trim_end_matches('/');
    let (PathPiece::Known(first), others) = path.0.split_first()? else { return None };
    let rest = first.strip_prefix(key).filter(|rest| !key.is_empty() && rest.starts_with('/'))?;
    let known = PathPiece::Known(Arc::from(rest));
    Some((key, PathText([known].into_iter().chain(others.iter().cloned()).collect())))
}

/// `/api/:path*` to `http://backend:8000/v1/:path*`: the tail is carried over.
fn next_destination(proxy: &DevProxy, path: &PathText, target: &url::Url) -> Option<PathText> {
    let source = proxy.path.as_str()?;
    let destination = target.path();
    let Some((source_head, source_tail)) = source.split_once("/:") else {
        return (!destination.contains(':')).then(|| PathText::known(destination));
    };
    let (head, tail) = destination.split_once("/:")?;
    if source_tail != tail {
        return None;
    }
    let mut pieces = path.0.clone();
    let PathPiece::Known(first) = pieces.first()? else { return None };
    let rest = first.strip_prefix(source_head)?;
    let joined = format!("{head}{rest}");
    pieces[0] = PathPiece::Known(Arc::from(joined));
    Some(PathText(pieces))
}

/// Stands for an unknown piece of a path while a rewrite is asked: a character that no pattern names.
const MARK: char = '\u{F8FF}';

/// A path as one text.
fn with_marks(path: &PathText) -> String {
    let mut text = String::new();
    for piece in &path.0 {
        match piece {
            PathPiece::Known(known) => text.push_str(known),
            PathPiece::Segment | PathPiece::Rest => text.push(MARK),
        }
    }
    text
}

/// The text as a path again, where every unknown piece of the one before is still in it, in its order.
fn without_marks(text: &str, before: &PathText) -> Option<PathText> {
    let mut unknown = before.0.iter().filter(|piece| !matches!(piece, PathPiece::Known(_)));
    let mut pieces = Vec::new();
    for (index, known) in text.split(MARK).enumerate() {
        if index > 0 {
            pieces.push(unknown.next()?.clone());
        }
        if !known.is_empty() {
            pieces.push(PathPiece::Known(Arc::from(known)));
        }
    }
    unknown.next().is_none().then_some(PathText(pieces))
}

/// The body of a function of one parameter, with that parameter filled in.
fn replace_param(expr: &Expr, value: &Expr, depth: u32) -> Expr {
    if depth > 32 {
        return Expr::hole(expr.span, crate::facts::HoleReason::Limit);
    }
    let inside = |expr: &Expr| replace_param(expr, value, depth + 1);
    let kind = match &expr.kind {
        ExprKind::Param(0) => return value.clone(),
        ExprKind::Op(op, items) => ExprKind::Op(op.clone(), items.iter().map(inside).collect()),
        ExprKind::Member(inner, name) => ExprKind::Member(Box::new(inside(inner)), name.clone()),
        ExprKind::List(items) => ExprKind::List(items.iter().map(inside).collect()),
        other => other.clone(),
    };
    Expr::new(expr.span, kind)
}
