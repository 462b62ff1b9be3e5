//! GitLab's code quality reports.

use std::collections::BTreeSet;

use serde_json::Value;
use wirelint::report::Format;

use super::runs::{Known, fixture, hostile, synthetic};

fn issues(known: &Known) -> Vec<Value> {
    let text = known.shown(Format::Gitlab);
    assert!(text.starts_with('['), "no byte-order mark");
    let issues: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut prints = BTreeSet::new();
    for issue in &issues {
        for field in ["description", "check_name", "fingerprint"] {
            assert!(issue[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {issue}");
        }
        let severity = issue["severity"].as_str().unwrap();
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity), "{issue}");
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(!path.is_empty() && !path.starts_with(['/']) && !path.starts_with("./"), "{issue}");
        assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0), "{issue}");
        assert!(prints.insert(issue["fingerprint"].to_string()), "two issues would be merged: {issue}");
    }
    issues
}

#[test]
fn issues_have_what_is_required() {
    let known = fixture("vaidol-broken");
    let all = issues(&known);
    assert_eq!(all.len(), known.findings.len());
    let severities: Vec<&str> = all.iter().map(|issue| issue["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["critical", "critical", "critical", "major"]);
}

#[test]
fn neither_suppressed_nor_local_findings_are_issues() {
    let known = hostile();
    assert_eq!(issues(&known).len(), known.findings.len() - 2);
    assert_eq!(issues(&synthetic(200, "nginx.conf", "the same text")).len(), 200);
}
