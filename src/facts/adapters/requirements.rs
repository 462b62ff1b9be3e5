//! requirements.txt: Python dependencies. The same requirement syntax is in pyproject.toml.

use std::sync::Arc;

use crate::base::Span;
use crate::facts::{Dependency, Ecosystem, FileFacts, Manifest};

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    let mut dependencies = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.split(" #").next().unwrap_or(line).trim();
        if !body.is_empty() && !body.starts_with(['#', '-']) {
            let from = start + (line.len() - line.trim_start().len());
            let development = facts.path.name().contains("dev") || facts.path.name().contains("test");
            dependencies.extend(requirement(body, Span::new(from, from + body.len()), development));
        }
        start += line.len();
    }
    facts.manifest = Some(Box::new(python_manifest(None, dependencies)));
}

/// A manifest of the Python ecosystem.
#[must_use]
pub fn python_manifest(name: Option<Arc<str>>, dependencies: Vec<Dependency>) -> Manifest {
    Manifest {
        ecosystem: Ecosystem::Python,
        name,
        dependencies,
        scripts: Vec::new(),
        workspaces: Vec::new(),
        homepage: None,
        entry_points: Vec::new(),
    }
}

/// `uvicorn[standard]>=0.20; python_version > "3.8"` as a dependency.
#[must_use]
pub fn requirement(text: &str, span: Span, development: bool) -> Option<Dependency> {
    let name_len = text.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(text.len());
    let name = text.get(..name_len).filter(|name| !name.is_empty())?;
    let rest = text.get(name_len..)?.trim_start();
    let (extras, version) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((extras, version)) => (extras.split(',').map(|extra| Arc::from(extra.trim())).collect(), version),
        None => (Vec::new(), rest),
    };
    let version = version.split(';').next().unwrap_or(version).trim();
    Some(Dependency { name: normalized(name), extras, requirement: Arc::from(version), span, development })
}

/// A distribution's name as the index compares it.
#[must_use]
pub fn normalized(name: &str) -> Arc<str> {
    Arc::from(name.to_ascii_lowercase().replace(['_', '.'], "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_in_their_forms() {
        let shown = |text: &str| {
            requirement(text, Span::default(), false).map(|d| format!("{} {:?} {}", d.name, d.extras, d.requirement))
        };
        assert_eq!(
            shown("Uvicorn[standard] >=0.20 ; python_version>'3'"),
            Some(String::from("uvicorn [\"standard\"] >=0.20"))
        );
        assert_eq!(shown("python_socketio==5.1"), Some(String::from("python-socketio [] ==5.1")));
        assert_eq!(shown("git+https://x"), Some(String::from("git [] +https://x")));
    }
}
