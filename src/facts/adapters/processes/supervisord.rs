//! supervisord: `[program:name]`.

use std::sync::Arc;

use super::assigned;
use crate::facts::lang::command;
use crate::facts::{EnvReader, EnvSetting, ProcessFact};
use crate::parse::fragment::Fragment;
use crate::parse::ini::Section;
use crate::parse::shell;

/// What a program runs.
pub(super) fn process(section: &Section<'_>) -> Option<ProcessFact> {
    let line = uncommented(section.last("command")?);
    let folder = section.last("directory").map(uncommented).filter(|folder| !folder.text.contains('%'));
    Some(ProcessFact {
        span: line.whole(),
        folder: folder.map(|folder| Arc::from(folder.text)),
        command: command::shell_line(line, EnvReader::Shell),
        environment: section.last("environment").map(uncommented).map(settings).unwrap_or_default(),
        env_files: Vec::new(),
        environments: Vec::new(),
    })
}

/// A value without the comment behind it.
fn uncommented(value: Fragment<'_>) -> Fragment<'_> {
    value.slice(0, value.text.find(" ;").unwrap_or(value.text.len())).trim()
}

/// `A="b",C='d',E=f`: pairs between commas, with quotes around values that hold one.
fn settings(list: Fragment<'_>) -> Vec<EnvSetting> {
    let mut found = Vec::new();
    let (mut start, mut quote) = (0, None);
    let ends = list.text.char_indices().chain([(list.text.len(), ',')]);
    for (at, letter) in ends {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, ',') => {
                let commands = shell::commands(list.slice(start, at).trim());
                found.extend(commands.into_iter().flat_map(|command| assigned(command.assignments)));
                start = at + 1;
            }
            _ => {}
        }
    }
    // What supervisord fills in (`%(ENV_X)s`) is not known here.
    found.retain(|setting: &EnvSetting| {
        setting.value.as_ref().and_then(|value| value.as_str()).is_none_or(|text| !text.contains("%("))
    });
    found
}
