//! `unused-setting`: an entry of `wirelint.toml` that applies to nothing, or a second file of that name.

use super::{NOWHERE, finding};
use crate::base::Place;
use crate::rules::registry::Rule;
use crate::rules::{Finding, RuleId, Severity};

const ID: &str = RuleId::UNUSED_SETTING.0;

/// The rule. What is used comes out in the run, so its findings are made there.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unused-setting.md"), |_| Vec::new());

/// A setting without effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedSetting {
    /// Where it is; `None` when the file takes no part in the run.
    pub place: Option<Place>,
    /// The same for people.
    pub at: String,
    /// What it is, as far as words differ.
    pub what: Setting,
}

/// A kind of setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A pattern of `exclude`, which leaves nothing out that others do not.
    Exclude(String),
    /// A pattern of an entry of `[[overrides]]`, which decides about no file.
    Override(String),
    /// The origin of an entry of `[[pages]]`, below whose folder there are no pages.
    Page(String),
    /// What files of an entry of `[[overrides]]` are, which later entries say of all of them.
    Role(&'static str),
    /// The version of a program that nothing runs, or only in versions that image tags fix.
    Version(&'static str),
    /// The name of a host.
    Host(String, HostFault),
    /// A whole configuration file below the root.
    File(String),
}

/// Why the name of a host is without effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostFault {
    /// It stands for a service that there is not.
    NoService(String),
    /// No connection and no proxy asks for it.
    NotAsked,
}

/// The findings about them.
pub(in crate::rules) fn findings(unused: &[UnusedSetting]) -> Vec<Finding> {
    unused.iter().map(of_setting).collect()
}

fn of_setting(setting: &UnusedSetting) -> Finding {
    let mut finding = worded(setting.place.unwrap_or(NOWHERE), &setting.what);
    if setting.place.is_none() {
        finding.message.push_str(&format!(" It is in {}.", setting.at));
    }
    finding
}

fn worded(place: Place, what: &Setting) -> Finding {
    match what {
        // What is left out on one machine (the output of a build) need not be there on another.
        Setting::Exclude(pattern) => Finding {
            severity: Severity::Note,
            ..finding(
                ID,
                place,
                format!("`{pattern}` of `exclude` leaves nothing out here that would be read otherwise."),
                "leaves nothing out",
                Some(format!("remove `{pattern}`, unless other checkouts have such files")),
                pattern,
            )
        },
        Setting::Override(pattern) => finding(
            ID,
            place,
            format!(
                "`{pattern}` changes nothing here: no file of the repository matches it, or a later pattern of the entry matches the same files."
            ),
            "decides about no file",
            Some(
                "fix the pattern (it is written as in `.gitignore`, from the root of the repository), or remove it"
                    .to_owned(),
            ),
            pattern,
        ),
        Setting::Page(origin) => finding(
            ID,
            place,
            format!("Nothing is known to be served from `{origin}`, because the folder of this entry holds no pages."),
            "no pages",
            Some("give `path` the folder of the front end, from the root of the repository".to_owned()),
            origin,
        ),
        Setting::Role(role) => finding(
            ID,
            place,
            format!("`role = \"{role}\"` changes nothing here: later entries of `[[overrides]]` say what these files are."),
            "decides about no file",
            Some("remove it, or move the entry behind the others: the last one decides".to_owned()),
            role,
        ),
        Setting::Version(program) => finding(
            ID,
            place,
            format!("This version changes nothing: no {program} of the repository is without a version of its own."),
            "applies to nothing",
            Some("remove it".to_owned()),
            program,
        ),
        Setting::Host(name, HostFault::NoService(service)) => finding(
            ID,
            place,
            format!("`{name}` stands for nothing: no service of the repository is called `{service}`."),
            "no such service",
            Some("name a service as compose or Kubernetes does, or `localhost` for the machine itself".to_owned()),
            name,
        ),
        Setting::Host(name, HostFault::NotAsked) => finding(
            ID,
            place,
            format!("`{name}` changes nothing: no connection and no proxy of the repository asks for that host."),
            "nobody asks for it",
            Some("fix the name, or remove it".to_owned()),
            name,
        ),
        Setting::File(folder) => finding(
            ID,
            place,
            "This file is not read: one `wirelint.toml` at the root of the repository holds for all of it, because connections cross its folders.".to_owned(),
            "not read",
            Some(format!(
                "move what it says to the `wirelint.toml` of the root, with `[[overrides]]` and `paths = [\"/{folder}/\"]` for what holds here alone; `wirelint --root {folder}` checks the folder by itself"
            )),
            folder,
        ),
    }
}
