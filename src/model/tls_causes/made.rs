//! Certificates that commands of the repository make: `openssl req -x509`.

use std::collections::BTreeSet;

use crate::base::{FileId, Place};
use crate::facts::{CommandFact, Expr, FileFacts, SimpleCommand};
use crate::model::Wiring;

/// A certificate that a command makes, whose names are known.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// The command.
    pub place: Place,
    /// The path of its file, as written.
    pub path: String,
    /// The hosts that browsers take it for: its alternative names. They have not looked at the common name for years
    /// (RFC 9110, 4.3.4; Chrome 58, Firefox 101).
    pub hosts: BTreeSet<String>,
    /// The common name of its subject.
    pub common_name: Option<String>,
}

/// All of them.
pub(super) fn all(wiring: &Wiring) -> Vec<Made> {
    let judged = wiring.repository.iter().filter(|(_, facts)| facts.role.may_be_accused());
    judged.flat_map(|(file, facts)| commands(facts).filter_map(move |command| made(file, command))).collect()
}

fn commands(facts: &FileFacts) -> impl Iterator<Item = &SimpleCommand> {
    let scripts = facts.scripts.iter().map(|script| &script.command);
    let of_manifest = facts.manifest.iter().flat_map(|manifest| &manifest.scripts).map(|script| &script.command);
    let stages = facts.dockerfile.iter().flat_map(|dockerfile| &dockerfile.stages).flat_map(|stage| &stage.runs);
    let lines: Vec<&CommandFact> = scripts.chain(of_manifest).chain(stages).collect();
    lines.into_iter().flat_map(|line| &line.commands)
}

fn made(file: FileId, command: &SimpleCommand) -> Option<Made> {
    let words: Vec<Option<&str>> = command.words.iter().map(Expr::as_str).collect();
    let mut program = words.iter().copied().flatten().skip_while(|word| *word == "sudo");
    if program.next()?.rsplit('/').next() != Some("openssl") || program.next() != Some("req") {
        return None;
    }
    // Names may stand in a file of their own, or in words that are not known.
    let elsewhere = ["-config", "-extfile", "-extensions", "-reqexts", "-section", "-in"];
    if words.iter().any(Option::is_none) || !words.contains(&Some("-x509")) {
        return None;
    }
    if words.iter().flatten().any(|word| elsewhere.contains(word)) {
        return None;
    }
    let value = |option: &str| {
        let at = words.iter().position(|word| *word == Some(option))?;
        words.get(at + 1).copied().flatten()
    };
    // Without a subject it asks whoever runs it.
    let subject = value("-subj")?;
    let path = value("-out")?;
    let mut hosts = BTreeSet::new();
    for pair in words.windows(2) {
        if let [Some("-addext"), Some(extension)] = pair
            && let Some(names) = extension.strip_prefix("subjectAltName")
        {
            let names = names.trim_start().strip_prefix('=')?;
            hosts.extend(names.split(',').filter_map(host));
        }
    }
    let common_name = subject.split('/').find_map(|part| part.strip_prefix("CN=")).filter(|name| !name.is_empty());
    Some(Made {
        place: Place::new(file, command.span),
        path: path.to_owned(),
        hosts,
        common_name: common_name.map(str::to_ascii_lowercase),
    })
}

/// `DNS:localhost`, `IP:127.0.0.1`, `DNS.1:example.com`.
fn host(entry: &str) -> Option<String> {
    let (kind, name) = entry.trim().split_once(':')?;
    let kind = kind.split('.').next()?;
    matches!(kind, "DNS" | "IP").then(|| name.trim().to_ascii_lowercase())
}
