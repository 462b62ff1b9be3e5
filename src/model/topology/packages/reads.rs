//! The tool that code itself shows, where no manifest does: a bundler puts `import.meta.env.VITE_API` and
//! `process.env.REACT_APP_API` into what browsers load.

use crate::facts::known::PUBLIC_PREFIXES;
use crate::facts::{DefinitionValue, EnvReader, Expr, ExprKind, FileFacts, FrontEndTool};

/// Expressions of one file that are looked at: whoever reads such a variable does so in more than one place, and so the next
/// file tells.
const MOST_LOOKED_AT: usize = 10_000;

/// The tool whose variables the file reads, in what it connects to and defines.
pub(super) fn tool(facts: &FileFacts) -> Option<FrontEndTool> {
    let mut open: Vec<&Expr> = facts.client_calls.iter().flat_map(|call| call.base.iter().chain([&call.url])).collect();
    for definition in facts.module.iter().flat_map(|module| &module.definitions) {
        match &definition.value {
            DefinitionValue::Value(expr) => open.push(expr),
            DefinitionValue::Function(function) => open.extend(&function.returns),
            DefinitionValue::Class(class) => open.extend(class.fields.iter().filter_map(|field| field.value.as_ref())),
        }
    }
    let mut looked_at = 0;
    while let Some(expr) = open.pop() {
        looked_at += 1;
        if looked_at > MOST_LOOKED_AT {
            return None;
        }
        if let ExprKind::Env { name, reader, .. } = &expr.kind
            && let Some(tool) = of_read(name, *reader)
        {
            return Some(tool);
        }
        expr.push_parts(&mut open);
    }
    None
}

fn of_read(name: &str, reader: EnvReader) -> Option<FrontEndTool> {
    let tool = PUBLIC_PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix)).and_then(|(_, tool)| *tool)?;
    let wanted = if tool == FrontEndTool::Vite { EnvReader::ImportMeta } else { EnvReader::ProcessEnv };
    (reader == wanted).then_some(tool)
}
