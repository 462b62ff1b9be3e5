//! Rules as SARIF describes them.

use serde_json::Value;
use serde_sarif::sarif::{MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor};

use crate::report::manual;
use crate::rules::{RULES, Rule, Severity};

/// Descriptions are cut where the strictest consumer cuts them.
const MOST_CHARACTERS: usize = 1_000;

/// Every rule, in the order of the registry: the order that `ruleIndex` counts in.
pub(super) fn all() -> Vec<ReportingDescriptor> {
    RULES.iter().copied().map(descriptor).collect()
}

fn descriptor(rule: &Rule) -> ReportingDescriptor {
    let metadata = rule.metadata();
    let mut properties = vec![
        ("precision", Value::from("high")),
        ("problem.severity", Value::from(problem_severity(metadata.severity()))),
    ];
    let mut tags = vec![metadata.family.name().to_owned()];
    if let Some(severity) = &metadata.security_severity {
        tags.push("security".to_owned());
        properties.push(("security-severity", Value::from(severity.as_str())));
    }
    let properties = PropertyBag::builder()
        .tags(tags)
        .additional_properties(
            properties
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<std::collections::BTreeMap<_, _>>(),
        )
        .build();
    let rationale = manual::rationale(rule).split_whitespace().collect::<Vec<_>>().join(" ");
    ReportingDescriptor::builder()
        .id(rule.id.0)
        .name(rule.id.0)
        .short_description(plain(metadata.title.clone()))
        .full_description(plain(rationale.chars().take(MOST_CHARACTERS).collect()))
        .help(MultiformatMessageString::builder().text(rationale).markdown(manual::summary(rule)).build())
        .default_configuration(ReportingConfiguration::builder().level(Value::from(metadata.severity().name())).build())
        .properties(properties)
        .build()
}

fn plain(text: String) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "recommendation",
    }
}
