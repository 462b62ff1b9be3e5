//! A `wirelint.toml` with the keys that help in one repository.

use std::collections::BTreeSet;

use crate::base::RepoPath;
use crate::model::{CaddyInstance, Mode, NginxInstance, Wiring};
use crate::report;

/// Folders that keep what is not in use any more.
const OLD: [&str; 7] = ["archive", "archived", "backup", "backups", "deprecated", "legacy", "old"];
/// Entries of a list that are proposed.
const MOST_ENTRIES: usize = 5;

const HEAD: &str = "\
#:schema https://raw.githubusercontent.com/wirelint/wirelint/main/docs/wirelint.schema.json
# Every key: https://github.com/wirelint/wirelint/blob/main/docs/configuration.md

# From which severity on a run fails: error, warning or note.
fail-on = \"warning\"
";

/// The text of the file. What only the repository's people know is in comments, to be filled in.
pub fn text(wiring: &Wiring) -> String {
    let mut text = HEAD.to_owned();
    let old = old_folders(wiring);
    if !old.is_empty() {
        let list: Vec<String> = old.iter().map(|folder| format!("\"/{folder}/\"")).collect();
        text.push_str(&format!(
            "\n# Files that are not read, as `.gitignore` writes it.\n# exclude = [{}]\n",
            list.join(", ")
        ));
    }
    let pages = pages_of_unknown_origin(wiring);
    if !pages.is_empty() {
        text.push_str(
            "\n# Where browsers load these pages from in production, which no file says for certain. With it, mixed content and \
             CORS are\n# judged.\n",
        );
    }
    for folder in pages {
        let path = if folder == RepoPath::root() { String::new() } else { format!("# path = \"{folder}\"\n") };
        text.push_str(&format!("# [[pages]]\n# origin = \"https://app.example.com\"\n{path}"));
    }
    let of_unknown_version = [
        ("nginx", "1.28", wiring.proxies.all::<NginxInstance>().any(|(_, nginx)| nginx.version.is_none())),
        ("caddy", "2.10", wiring.proxies.all::<CaddyInstance>().any(|(_, caddy)| caddy.version.is_none())),
    ];
    for (name, example, is_unknown) in of_unknown_version {
        if is_unknown {
            text.push_str(&format!(
                "\n# The {name} that runs: no tag of an image says which, and defaults differ.\n# [{name}]\n# version = \"{example}\"\n"
            ));
        }
    }
    text
}

/// Whether a path can stand in quotes and in a pattern as it is, and has nothing in it that nobody should see.
fn is_plain(path: &RepoPath) -> bool {
    let is_harmless = report::notice(path.as_str()).as_str() == path.as_str();
    is_harmless
        && path.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-'))
}

/// Folders with files that were read, and a name that says that they are not in use.
fn old_folders(wiring: &Wiring) -> Vec<RepoPath> {
    let read = wiring.repository.files.iter().filter(|facts| facts.role.may_be_accused());
    let old = read.filter_map(|facts| {
        let around = std::iter::successors(facts.path.parent(), RepoPath::parent);
        around.filter(|folder| OLD.contains(&folder.name())).last()
    });
    old.filter(is_plain).collect::<BTreeSet<_>>().into_iter().take(MOST_ENTRIES).collect()
}

/// Front ends with connections, of which no file says that they are served over https, and under which name.
fn pages_of_unknown_origin(wiring: &Wiring) -> Vec<RepoPath> {
    let packages: BTreeSet<_> = wiring.connections.iter().map(|connection| connection.package).collect();
    let is_unknown = |package: &_| {
        let mut pages = wiring.pages.iter().filter(|page| page.package == *package && page.mode != Mode::Development);
        !pages.any(|page| page.host.value().is_some() && !page.https.is_empty())
    };
    let unknown = packages.into_iter().filter(is_unknown);
    let roots = unknown.filter_map(|id| wiring.packages.get(id.0 as usize)).filter(|package| package.tool.is_some());
    roots.map(|package| package.root.clone()).filter(is_plain).take(MOST_ENTRIES).collect()
}
