//! Rules as SARIF describes them, and the weaknesses that they are about.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::types::{
    Configuration, Properties, Relationship, ReportingDescriptor, Target, Texts, ToolComponent, ToolComponentReference,
};
use crate::report::{links, manual};
use crate::rules::{RULES, Rule, Severity};

/// Descriptions are cut where the strictest consumer cuts them.
const MOST_CHARACTERS: usize = 1_000;
/// The list of weaknesses, the only one that is referred to.
const WEAKNESSES: ToolComponentReference = ToolComponentReference { index: 0, name: "CWE" };

/// Every rule, in the order of the registry: the order that `ruleIndex` counts in.
pub(super) fn all() -> Vec<ReportingDescriptor> {
    let weaknesses = weaknesses();
    RULES.iter().map(|rule| descriptor(rule, &weaknesses)).collect()
}

/// The lists of others that rules refer to.
pub(super) fn supported() -> Vec<ToolComponentReference> {
    vec![WEAKNESSES]
}

/// What of those lists is referred to.
pub(super) fn taxonomies() -> Vec<ToolComponent> {
    let taxa = weaknesses().into_iter().map(|number| ReportingDescriptor {
        help_uri: Some(format!("https://cwe.mitre.org/data/definitions/{number}.html")),
        id: number.to_string(),
        ..ReportingDescriptor::default()
    });
    vec![ToolComponent {
        information_uri: Some("https://cwe.mitre.org/"),
        name: WEAKNESSES.name,
        organization: Some("MITRE"),
        short_description: Some(plain("The MITRE Common Weakness Enumeration".to_owned())),
        taxa: Some(taxa.collect()),
        ..ToolComponent::default()
    }]
}

/// The numbers of all weaknesses that rules name, sorted.
fn weaknesses() -> Vec<u16> {
    let numbers: BTreeSet<u16> = RULES.iter().filter_map(|rule| rule.metadata().cwe).collect();
    numbers.into_iter().collect()
}

fn descriptor(rule: &Rule, weaknesses: &[u16]) -> ReportingDescriptor {
    let metadata = rule.metadata();
    let mut more = BTreeMap::from([
        ("precision", Value::from("high")),
        ("problem.severity", Value::from(problem_severity(metadata.severity()))),
    ]);
    let mut tags = vec![metadata.family.name().to_owned()];
    if let Some(severity) = &metadata.security_severity {
        tags.push("security".to_owned());
        more.insert("security-severity", Value::from(severity.as_str()));
    }
    // As GitHub reads it. GitLab reads `cwe-N`, and takes some of the numbers for its detection of secrets.
    tags.extend(metadata.cwe.map(|number| format!("external/cwe/cwe-{number}")));
    let relationship = metadata.cwe.and_then(|number| {
        let index = weaknesses.iter().position(|known| *known == number)?;
        let target = Target { id: number.to_string(), index, tool_component: WEAKNESSES };
        Some(vec![Relationship { kinds: vec!["superset"], target }])
    });
    let rationale = manual::rationale(rule).split_whitespace().collect::<Vec<_>>().join(" ");
    ReportingDescriptor {
        default_configuration: Some(Configuration { level: metadata.severity().name() }),
        full_description: Some(plain(rationale.chars().take(MOST_CHARACTERS).collect())),
        help: Some(Texts { markdown: Some(manual::summary(rule)), text: rationale }),
        help_uri: Some(links::rule_page(rule.id)),
        id: rule.id.0.to_owned(),
        name: Some(pascal_case(rule.id.0)),
        properties: Some(Properties { tags: Some(tags), more }),
        relationships: relationship,
        short_description: Some(plain(metadata.title.clone())),
    }
}

/// `late-origin-check` as `LateOriginCheck`.
fn pascal_case(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for word in id.split('-') {
        let mut characters = word.chars();
        name.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(characters.as_str());
    }
    name
}

fn plain(text: String) -> Texts {
    Texts { markdown: None, text }
}

fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "recommendation",
    }
}
