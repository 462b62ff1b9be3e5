//! Entries of `[[suppress]]` in a configuration.

use std::collections::BTreeSet;

use toml::de::DeTable;

use crate::base::RepoPath;
use crate::rules::RuleId;

/// The text of a configuration with an entry more for each of these.
pub(super) fn added(text: &str, stated: &BTreeSet<(RepoPath, RuleId)>, reason: &str) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let reason = quoted(reason);
    if let Some(at) = list(text) {
        let (head, tail) = text.split_at(at);
        let entry = |(path, rule): &(RepoPath, RuleId)| {
            let (rule, path) = (quoted(rule.0), quoted(path.as_str()));
            format!("\n    {{ rule = {rule}, path = {path}, reason = {reason} }},")
        };
        let gap = if tail.trim_start_matches([' ', '\t']).starts_with(['\r', '\n', '#']) { "" } else { "\n" };
        return [head, &stated.iter().map(entry).collect::<String>(), gap, tail].concat();
    }
    let mut after = text.to_owned();
    if !after.is_empty() && !after.ends_with('\n') {
        after.push('\n');
    }
    for (path, rule) in stated {
        let gap = if after.is_empty() { "" } else { "\n" };
        let (rule, path) = (quoted(rule.0), quoted(path.as_str()));
        after.push_str(&format!("{gap}[[suppress]]\nrule = {rule}\npath = {path}\nreason = {reason}\n"));
    }
    after
}

/// Behind the bracket of `suppress = [`, where the entries are one value, to which no table can be added.
fn list(text: &str) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let start = table.get_ref().get("suppress")?.span().start;
    let value = text.get(start..)?;
    (value.starts_with('[') && !value.starts_with("[[")).then_some(start + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_added_to_what_is_there() {
        let stated = BTreeSet::from([(RepoPath::new("a.json").unwrap(), RuleId("tls"))]);
        let inline = "{ rule = \"tls\", path = \"a.json\", reason = \"x\" }";
        let table = "[[suppress]]\nrule = \"tls\"\npath = \"a.json\"\nreason = \"x\"\n";
        let old = "{ rule = 'tls', path = 'b', reason = 'y' }";
        let cases = [
            (String::new(), table.to_owned()),
            ("fail-on = 'note'".to_owned(), format!("fail-on = 'note'\n\n{table}")),
            (format!("{table}[nginx]\n"), format!("{table}[nginx]\n\n{table}")),
            ("suppress = []\n".to_owned(), format!("suppress = [\n    {inline},\n]\n")),
            (format!("suppress = [{old}]\n[rules]\n"), format!("suppress = [\n    {inline},\n{old}]\n[rules]\n")),
            (
                format!("suppress = [ # known\n    {old},\n]\n"),
                format!("suppress = [\n    {inline}, # known\n    {old},\n]\n"),
            ),
        ];
        for (text, expected) in cases {
            let after = added(&text, &stated, "x");
            assert_eq!(after, expected);
            assert!(DeTable::parse(&after).is_ok(), "{after}");
        }
    }
}
