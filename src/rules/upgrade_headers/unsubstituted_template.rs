//! `unsubstituted-template`: a template step that leaves a placeholder, or takes too much for one.

use crate::model::{CauseKind, TemplateFault, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "unsubstituted-template";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unsubstituted-template.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| {
        let CauseKind::UnsubstitutedTemplate { fault } = kind else { return None };
        let (message, label, help) = worded(fault, at.place());
        Some(Words { message, label, help: Some(help), strength: Strength::Full })
    })
}

/// What nginx makes of a placeholder that is still there.
fn left_over(written: &str) -> String {
    let name = written.trim_start_matches('$').trim_start_matches('{').trim_end_matches('}');
    format!("nginx takes it for a variable of its own, and has none called `${}`", name.to_ascii_lowercase())
}

/// The same in a directive whose arguments are not read for variables.
fn left_as_it_is(written: &str, directive: &str) -> String {
    match directive {
        "server_name" => format!("no request is for a host called `{written}`"),
        "listen" => format!("nginx does not start: `host not found in \"{written}\" of the \"listen\" directive`"),
        _ => left_over(written),
    }
}

fn worded(fault: &TemplateFault, at: &str) -> (String, String, String) {
    match fault {
        TemplateFault::NotFilled { written, directive } => (
            format!("Nothing puts a value in the place of `{written}` in `{directive}`: the file is installed as it is, and {}.", left_as_it_is(written, directive)),
            "stays as it is".to_owned(),
            format!("install the file as `/etc/nginx/templates/<name>.template`, where the image fills it, or write the value in {at}"),
        ),
        TemplateFault::NotListed { written, listed } => (
            format!("`{written}` stays in the file, because the step that fills the template replaces only {}; {}.", words::list(listed), left_over(written)),
            "not replaced".to_owned(),
            match listed.iter().find(|one| one.starts_with("NGINX_ENVSUBST_FILTER")) {
                Some(_) => "let `NGINX_ENVSUBST_FILTER` match the name".to_owned(),
                None => format!("add `{written}` to the list of `envsubst`"),
            },
        ),
        TemplateFault::NotDefined { written, service } => (
            format!("`{written}` stays in the file, because the image replaces only names that its environment defines, and the service `{service}` does not set this one; {}.", left_over(written)),
            "not replaced".to_owned(),
            format!("set the name in `environment` of `{service}`"),
        ),
        TemplateFault::Eaten { variables, meant } => (
            format!("`envsubst` without a list of names replaces nginx's own variables too: {} become empty.", words::short_list(variables, 4)),
            "replaces every `$name`".to_owned(),
            if meant.is_empty() {
                format!("name the variables that it may replace in {at}: `envsubst '$NAME'`")
            } else {
                format!("name the variables that it may replace in {at}: `envsubst '{}'` (in a compose file with `$$`)", meant.join(" "))
            },
        ),
        TemplateFault::Bypassed => (
            "The templates of this nginx are never filled: its image fills them only before a command that begins with `nginx`, and this one starts a shell. nginx runs with the image's default configuration.".to_owned(),
            "keeps the image from filling templates".to_owned(),
            format!("end the command in {at} with `exec /docker-entrypoint.sh nginx -g 'daemon off;'`, or leave it out"),
        ),
    }
}
