//! Imports of Python, and strings that look like modules: `"app.main:app"`, `'chat.urls'`.

use super::{Named, quoted};

/// Calls that import what a value says.
const AT_RUN_TIME: [&[u8]; 9] = [
    b"import_module(",
    b"__import__(",
    b"iter_modules",
    b"walk_packages",
    b"spec_from_file_location",
    b"runpy",
    b"find_modules(",
    b"import_string(",
    b"exec(",
];

/// What the text names.
pub fn named(text: &[u8]) -> Vec<Named> {
    let mut found = Vec::new();
    if AT_RUN_TIME.iter().any(|call| is_made_up(text, call)) {
        found.push(Named::Anything);
    }
    let mut start = 0;
    while start < text.len() {
        let rest = text.get(start..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or_default().trim_ascii();
        if let Some(modules) = line.strip_prefix(b"import ") {
            import(modules, &mut found);
        } else if line.starts_with(b"from ") {
            from(rest, &mut found);
        } else {
            strings(line, &mut found);
        }
        start += end + 1;
    }
    found
}

/// Whether a call is there whose argument is no literal.
fn is_made_up(text: &[u8], call: &[u8]) -> bool {
    memchr::memmem::find_iter(text, call).any(|at| {
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let is_whole = before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
        let is_method = call == b"exec(" && before == Some(&b'.');
        let is_literal = call.ends_with(b"(") && matches!(text.get(at + call.len()), Some(b'"' | b'\''));
        is_whole && !is_method && !is_literal
    })
}

fn import(modules: &[u8], found: &mut Vec<Named>) {
    let Ok(modules) = std::str::from_utf8(modules) else { return };
    for module in modules.split('#').next().unwrap_or("").split(',') {
        let name = module.split_whitespace().next().unwrap_or("");
        if !name.is_empty() {
            found.push(Named::Absolute(Box::from(name.replace('.', "/"))));
        }
    }
}

/// `from .x import a, b`, also over several lines in parentheses.
fn from(text: &[u8], found: &mut Vec<Named>) {
    let statement = text.get(..4_000).unwrap_or(text);
    let line = memchr::memchr(b'\n', statement).unwrap_or(statement.len());
    let end = match memchr::memchr(b'(', statement.get(..line).unwrap_or_default()) {
        Some(_) => memchr::memchr(b')', statement).unwrap_or(statement.len()),
        None => line,
    };
    let statement = String::from_utf8_lossy(statement.get(..end).unwrap_or_default());
    let Some((module, names)) = statement.trim().strip_prefix("from ").and_then(|rest| rest.split_once(" import"))
    else {
        return;
    };
    let module = module.trim();
    let dots = module.len() - module.trim_start_matches('.').len();
    let path = module.trim_start_matches('.').replace('.', "/");
    let mut folder = match dots {
        0 => String::new(),
        1 => "./".to_owned(),
        more => "../".repeat(more - 1),
    };
    folder.push_str(&path);
    let name_of = |path: &str| match dots {
        0 => Named::Absolute(Box::from(path)),
        _ => Named::Relative(Box::from(path)),
    };
    found.push(name_of(&folder));
    let names = names.lines().map(|line| line.split('#').next().unwrap_or(""));
    for name in names.flat_map(|line| line.split([',', '(', '\\'])) {
        if let Some(name) = name.split_whitespace().next().filter(|name| *name != "*") {
            found.push(name_of(&format!("{}/{name}", folder.trim_end_matches('/'))));
        }
    }
}

/// `"chat.consumers.ChatConsumer"` names a module and what is in it.
fn strings(line: &[u8], found: &mut Vec<Named>) {
    let mut at = 0;
    while let Some(open) = line.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\'', rest)).map(|found| at + found) {
        let Some(text) = quoted(line, open) else { break };
        at = open + text.len() + 2;
        let path = text.split(':').next().unwrap_or(text);
        let is_file = path.ends_with(".py");
        let path = path.strip_suffix(".py").unwrap_or(path);
        let is_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-');
        let is_module = text.contains(['.', ':']) || is_file;
        if path.is_empty() || !is_module || !path.chars().all(is_path) {
            continue;
        }
        let mut path = path.replace('.', "/");
        for _ in 0..3 {
            found.push(Named::Absolute(Box::from(path.as_str())));
            let Some((shorter, _)) = path.rsplit_once('/') else { break };
            path = shorter.to_owned();
        }
    }
}
