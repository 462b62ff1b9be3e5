//! Recipes of make and just: the commands that their targets run.
//!
//! <https://www.gnu.org/software/make/manual/html_node/Recipe-Syntax.html>, <https://just.systems/man/en/>.

use std::sync::Arc;

use crate::facts::lang::command;
use crate::facts::{EnvReader, FileFacts, Script};
use crate::parse::fragment::Fragment;

/// Adds the commands of each target, under its name. What make and just put in (`$(PORT)`, `{{port}}`) is not known.
pub fn read(text: &str, facts: &mut FileFacts) {
    let whole = Fragment::exact(text, 0);
    let mut target: Option<Arc<str>> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let source = whole.slice(start, start + line.len());
        start += line.len();
        if line.starts_with(['\t', ' ']) {
            let Some(name) = &target else { continue };
            // Signs in front say how the command is shown and what its failure means.
            let signs = line.len() - line.trim_start().trim_start_matches(['@', '-', '+']).len();
            let command = command::shell_line(source.slice(signs, line.len()).trim(), EnvReader::Shell);
            if !command.commands.is_empty() {
                facts.scripts.push(Script { name: Arc::clone(name), command });
            }
        } else if !line.trim().is_empty() && !line.starts_with('#') {
            target = name(line);
        }
    }
}

/// The target of a rule: `run: build`, `serve port="8000":`; not an assignment.
fn name(line: &str) -> Option<Arc<str>> {
    let (head, rest) = line.split_once(':')?;
    let word = head.split_whitespace().next()?.trim_start_matches('@');
    let assigns = rest.starts_with('=') || head.contains('=') && !line.trim_end().ends_with(':');
    (!assigns && !word.is_empty() && !word.starts_with('.')).then(|| Arc::from(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileKind, FileRole, LineIndex, RepoPath, Tracking};

    #[test]
    fn commands_stand_below_their_targets() {
        let text = "PORT := 8000\n.PHONY: run\nrun: build\n\t@echo hi\n\tuvicorn app:app --port 8000\n\nui:\n\tcd ui && npm run dev\n";
        let mut facts = FileFacts::new(
            RepoPath::new("Makefile").expect("a path"),
            FileKind::Recipes,
            FileRole::Production,
            Tracking::Tracked,
            LineIndex::new(text),
        );
        read(text, &mut facts);
        let names: Vec<&str> = facts.scripts.iter().map(|script| &*script.name).collect();
        assert_eq!(names, ["run", "run", "ui"]);
    }
}
