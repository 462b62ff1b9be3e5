//! Units of systemd: `[Service]`.

use std::sync::Arc;

use super::{assigned, setting};
use crate::facts::lang::command;
use crate::facts::{EnvReader, EnvSetting, ProcessFact};
use crate::parse::fragment::Fragment;
use crate::parse::ini::Section;
use crate::parse::shell;

/// What a service runs: each `ExecStart`, of which a unit has one unless it ends by itself.
pub(super) fn processes(section: &Section<'_>) -> Vec<ProcessFact> {
    let folder = section.last("WorkingDirectory").map(|folder| folder.text.trim_start_matches(['-', '~']));
    let folder: Option<Arc<str>> = folder.filter(|folder| !folder.is_empty()).map(Arc::from);
    let environment: Vec<EnvSetting> = section.all("Environment").flat_map(settings).collect();
    let env_files = section.all("EnvironmentFile").map(|path| Arc::from(path.text.trim_start_matches('-')));
    let env_files: Vec<Arc<str>> = env_files.collect();
    section
        .all("ExecStart")
        .map(without_prefixes)
        .filter(|line| !line.text.is_empty())
        .map(|line| ProcessFact {
            span: line.whole(),
            folder: folder.clone(),
            command: command::shell_line(line, EnvReader::Shell),
            environment: environment.clone(),
            env_files: env_files.clone(),
            environments: Vec::new(),
        })
        .collect()
}

/// `-`, `@`, `:`, `+` and `!` in front of the program are for systemd.
fn without_prefixes(line: Fragment<'_>) -> Fragment<'_> {
    let kept = line.text.trim_start_matches(['-', '@', ':', '+', '!']);
    line.slice(line.text.len() - kept.len(), line.text.len())
}

/// `Environment="A=b c" D=e`.
fn settings(line: Fragment<'_>) -> Vec<EnvSetting> {
    let mut found = Vec::new();
    for command in shell::commands(line) {
        found.extend(assigned(command.assignments));
        found.extend(command.words.iter().filter_map(setting));
    }
    found
}
