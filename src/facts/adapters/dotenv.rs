//! Env files that Node code names: `dotenv.config({ path: './config.env' })`.
//!
//! <https://github.com/motdotla/dotenv#path>

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::ecma::node::arguments;
use crate::facts::lang::ecma::paths::paths_of;
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx, Needle};
use crate::facts::{Demand, FileFacts};

/// Calls of `dotenv`.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "dotenv",
    needles: &[
        Needle::plain("dotenv'").without_first(1),
        Needle::plain("dotenv\"").without_first(1),
        Needle::plain("dotenvx'").without_first(1),
        Needle::plain("dotenvx\"").without_first(1),
    ],
    also: &["config("],
    visit,
    whole: None,
    read_calls: &[],
};

fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let Some(callee) = node.child_by_field_name("function").filter(|_| node.kind() == "call_expression") else {
        return;
    };
    let is_config = cx
        .origin(callee)
        .is_some_and(|origin| matches!(origin.module, "dotenv" | "@dotenvx/dotenvx") && origin.members() == ["config"]);
    let options = arguments(node).first().map(|options| cx.initial(*options)).filter(|_| is_config);
    let Some(path) = options.and_then(|options| cx.option(options, "path")) else { return };
    let found = paths_of(cx, path).into_iter();
    facts.demands.extend(found.filter(|path| !path.is_empty()).map(|path| Demand::EnvFile(Arc::from(path))));
}
