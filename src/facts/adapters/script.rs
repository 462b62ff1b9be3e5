//! Shell scripts and Procfiles: the commands that they run.

use std::sync::Arc;

use crate::base::FileKind;
use crate::facts::adapters::written_names;
use crate::facts::lang::command;
use crate::facts::{EnvReader, FileFacts, Script};
use crate::parse::fragment::Fragment;

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    let whole = Fragment::exact(text, 0);
    if facts.kind == FileKind::Procfile {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let source = whole.slice(start, start + line.len());
            if let Some((name, line)) = source.split_once(':')
                && !name.text.trim_start().starts_with('#')
            {
                let command = command::shell_line(line.trim(), EnvReader::Shell);
                facts.scripts.push(Script { name: Arc::from(name.text.trim()), command });
            }
            start += line.len();
        }
        return;
    }
    let command = command::shell_line(whole, EnvReader::Shell);
    facts.outside_settings.extend(written_names::of_script(&command));
    if !command.commands.is_empty() {
        facts.scripts.push(Script { name: Arc::from(facts.path.name()), command });
    }
}
