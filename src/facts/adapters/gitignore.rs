//! `.gitignore`: which env files exist only outside the repository.

use std::sync::Arc;

use crate::base::Span;
use crate::facts::FileFacts;

/// Adds the patterns that keep env files out.
pub fn read(text: &str, facts: &mut FileFacts) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let pattern = line.trim();
        let name = pattern.rsplit('/').next().unwrap_or(pattern);
        if name.starts_with(".env") || name.starts_with("*.env") || name == "*.local" {
            let from = start + line.len() - line.trim_start().len();
            facts.ignored_env.push((Arc::from(pattern), Span::new(from, from + pattern.len())));
        }
        start += line.len();
    }
}
