//! Ten thousand findings in every format: within what its readers take. Counts, not time.

use roxmltree::Document;
use serde_json::Value;
use wirelint::report::Format;
use wirelint::rules::{Suppressed, SuppressedBy};

use super::runs::synthetic;

const MANY: usize = 10_000;

#[test]
fn every_format_stays_within_the_limits_of_its_readers() {
    let mut known = synthetic(MANY, "nginx.conf", "the browser gets no answer");
    known.findings.iter_mut().for_each(|finding| finding.chains[0].links.truncate(3));
    for format in Format::ALL {
        let text = known.shown(format);
        match format {
            Format::Human => assert!(text.contains(&format!("\n{:>5}  error ", MANY / 3)), "counted by rule"),
            Format::Concise => assert_eq!(text.lines().count(), MANY),
            Format::Json => {
                let document: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(document["findings"].as_array().unwrap().len(), MANY);
            }
            Format::Jsonl => assert_eq!(text.lines().count(), MANY + 1),
            Format::Sarif => sarif(&serde_json::from_str(&text).unwrap()),
            Format::Github => assert_eq!(text.lines().count(), 30),
            Format::Gitlab => assert_eq!(serde_json::from_str::<Vec<Value>>(&text).unwrap().len(), MANY),
            Format::Junit => {
                let document = Document::parse(&text).unwrap();
                // A family without findings has one case.
                assert!(document.descendants().filter(|node| node.has_tag_name("testcase")).count() < MANY + 10);
            }
            Format::Markdown => assert!(text.chars().count() < 65_536, "{}", text.len()),
        }
    }
}

/// What is suppressed takes no room from what is open.
#[test]
fn suppressed_findings_are_cut_first() {
    let mut known = synthetic(MANY, "nginx.conf", "the browser gets no answer");
    known.findings.iter_mut().for_each(|finding| finding.chains.clear());
    let open = |index: usize| index.is_multiple_of(5);
    for (_, finding) in known.findings.iter_mut().enumerate().filter(|(index, _)| !open(*index)) {
        finding.suppressed = Some(Suppressed { reason: "known".to_owned(), by: SuppressedBy::Comment });
    }
    let count = MANY / 5;
    for format in Format::ALL {
        let text = known.shown(format);
        match format {
            Format::Human => assert!(text.contains(&format!("{} suppressed", MANY - count)), "{}", text.len()),
            Format::Concise => assert_eq!(text.lines().count(), count),
            Format::Json => {
                let document: Value = serde_json::from_str(&text).unwrap();
                let findings = document["findings"].as_array().unwrap();
                assert_eq!(findings.iter().filter(|finding| finding["suppressed"].is_null()).count(), count);
            }
            Format::Jsonl => assert_eq!(text.lines().count(), MANY + 1),
            Format::Sarif => {
                let document: Value = serde_json::from_str(&text).unwrap();
                let results = document["runs"][0]["results"].as_array().unwrap();
                let is_open = |result: &&Value| result["suppressions"].as_array().is_none_or(Vec::is_empty);
                assert_eq!((results.len(), results.iter().filter(is_open).count()), (5_000, count));
            }
            Format::Github => assert_eq!(text.lines().count(), 30),
            Format::Gitlab => assert_eq!(serde_json::from_str::<Vec<Value>>(&text).unwrap().len(), count),
            Format::Junit => {
                let document = Document::parse(&text).unwrap();
                let skipped = document.descendants().filter(|node| node.has_tag_name("skipped")).count();
                assert_eq!(skipped, MANY - count);
            }
            Format::Markdown => assert!(text.chars().count() < 65_536, "{}", text.len()),
        }
    }
}

/// Of GitHub and GitLab, the smaller number each time.
fn sarif(document: &Value) {
    let run = &document["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 5_000);
    let levels: Vec<&str> = results.iter().map(|result| result["level"].as_str().unwrap()).collect();
    assert_eq!(levels.iter().filter(|level| **level == "error").count(), MANY / 3, "the worst are kept");
    assert!(!levels.contains(&"note"));
    let said = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(said.starts_with("5000 more results are left out"), "{said}");
    for result in results {
        assert!(result["message"]["text"].as_str().unwrap().chars().count() <= 2_048);
        let flows = result["codeFlows"].as_array().unwrap().iter();
        let steps: usize = flows.map(|flow| flow["threadFlows"][0]["locations"].as_array().unwrap().len()).sum();
        assert!(steps <= 1_000);
        assert!(result["relatedLocations"].as_array().unwrap().len() <= 100);
    }
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
    }
}

#[test]
fn a_result_has_at_most_a_thousand_steps() {
    let mut known = synthetic(5, "nginx.conf", "it breaks");
    let chain = known.findings[2].chains[0].clone();
    let links: Vec<_> = chain.links.iter().cycle().take(700).cloned().collect();
    let long = wirelint::rules::Evidence { links, ..chain };
    known.findings[2].chains = vec![long.clone(), long.clone(), long];
    known.findings[2].message = "x".repeat(5_000);
    let document: Value = serde_json::from_str(&known.shown(Format::Sarif)).unwrap();
    let flows = document["runs"][0]["results"][2]["codeFlows"].as_array().unwrap();
    let steps: Vec<usize> =
        flows.iter().map(|flow| flow["threadFlows"][0]["locations"].as_array().unwrap().len()).collect();
    assert_eq!(steps, [700, 300]);
    let text = document["runs"][0]["results"][2]["message"]["text"].as_str().unwrap();
    assert!(text.chars().count() < 1_000);
}
