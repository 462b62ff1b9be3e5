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
    while let Some(line) = text.get(start..).map(whole_line).filter(|line| !line.is_empty()) {
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
        } else if !line.trim().is_empty() && !line.starts_with('#') && !is_condition(line) {
            target = name(line);
        }
    }
}

/// The first line of a text, with those that a `\` at its end joins to it.
fn whole_line(text: &str) -> &str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if !line.trim_end_matches(['\n', '\r']).ends_with('\\') {
            break;
        }
    }
    text.get(..end).unwrap_or(text)
}

/// A condition of make, which may stand inside a rule.
fn is_condition(line: &str) -> bool {
    let word = line.split([' ', '\t', '(', '\r', '\n']).next().unwrap_or_default();
    matches!(word, "ifeq" | "ifneq" | "ifdef" | "ifndef" | "else" | "endif")
}

/// The target of a rule: `run: build`, `serve port="8000": build`; not an assignment.
fn name(line: &str) -> Option<Arc<str>> {
    let (head, rest) = line.split_once(':')?;
    let word = head.split_whitespace().next()?.trim_start_matches('@');
    // just's parameters have defaults behind their names: without a space.
    let assigns = rest.starts_with('=') || head.split_whitespace().nth(1).is_some_and(|next| next.starts_with('='));
    let assigns = assigns || word.contains('=');
    (!assigns && !word.is_empty() && !word.starts_with('.')).then(|| Arc::from(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileKind, FileRole, LineIndex, RepoPath, Tracking};

    #[test]
    fn commands_stand_below_their_targets() {
        let text = "PORT := 8000\nURL = http://a\n.PHONY: run\nrun: build\n\t@echo hi\nifdef DEBUG\n\tuvicorn app:app \\\n\t  --port 9000\nendif\n\nui:\n\tcd ui && \\\n\tnpm run dev\nserve port=\"8000\": build\n  npm start\n";
        let mut facts = FileFacts::new(
            RepoPath::new("Makefile").expect("a path"),
            FileKind::Recipes,
            FileRole::Production,
            Tracking::Tracked,
            LineIndex::new(text),
        );
        read(text, &mut facts);
        let names: Vec<&str> = facts.scripts.iter().map(|script| &*script.name).collect();
        assert_eq!(names, ["run", "run", "ui", "serve"]);
        let folders: Vec<Option<&str>> =
            facts.scripts.iter().flat_map(|it| &it.command.commands).map(|it| it.directory.as_deref()).collect();
        assert_eq!(folders, [None, None, Some("ui"), None]);
        let ports = facts.scripts.iter().flat_map(|it| &it.command.listens).map(|it| it.port.as_ref()?.as_str());
        assert_eq!(ports.collect::<Vec<_>>(), [Some("9000")]);
    }
}
