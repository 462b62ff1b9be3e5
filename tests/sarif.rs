//! What every format must hold: the official SARIF schema, the limits of its consumers, and no secret anywhere.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a harness fails by panicking")]

#[path = "support/finding.rs"]
mod made;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use wirelint::base::{MemoryTree, Place, RepoPath, Span};
use wirelint::config::Config;
use wirelint::model::{Assumption, Wiring};
use wirelint::report::{Detail, Format, Origin, Run, Style, View};
use wirelint::rules::{Evidence, Finding, Severity, Suppressed, SuppressedBy};
use wirelint::{Settings, wire};

fn repository(files: &[(&str, &str)]) -> (MemoryTree, Wiring) {
    let tree = MemoryTree::from_files(files.iter().copied());
    let wiring = wire(&tree, &Settings::new(Config::default()));
    (tree, wiring)
}

/// The place of the first `text` in a file.
fn place(wiring: &Wiring, files: &[(&str, &str)], path: &str, text: &str) -> Place {
    let file = wiring.repository.find(&RepoPath::new(path).unwrap()).unwrap_or_else(|| panic!("{path} was not read"));
    let (_, content) = files.iter().find(|(known, _)| *known == path).unwrap();
    let start = content.find(text).unwrap();
    Place::new(file, Span::new(start, start + text.len()))
}

fn finding(place: Place, links: Vec<(Place, String)>) -> Finding {
    Finding {
        message: "The browser blocks `ws://h/ws`, because the page is served over https.".to_owned(),
        label: "a plain `ws:` address".to_owned(),
        chains: vec![Evidence { wire: None, hop: None, links }],
        help: Some("use `wss://h/ws`".to_owned()),
        key: "key".to_owned(),
        ..made::finding("insecure-websocket-url", Severity::Error, place)
    }
}

const FILES: &[(&str, &str)] = &[
    ("deploy/my app.conf", "server {\n    listen 443 ssl;\n    location / { root /srv; }\n}\n"),
    (".env", "A=ü1 \nWS=ws://h/ws\n"),
    ("src/s.ts", "new WebSocket(`ws://${location.host}/ws`);\n"),
];

fn unchecked(run: Run<'_>) -> Value {
    serde_json::from_str(Format::Sarif.render(&View::new(run), Style::default(), None).as_str()).unwrap()
}

fn parsed(run: Run<'_>) -> Value {
    let document = unchecked(run);
    let mut schema: Value = serde_json::from_str(include_str!("data/sarif-2.1.0.schema.json")).unwrap();
    // The official schema has a bracket too many in this pattern, of a field that is not written here.
    for owner in ["run", "toolComponent"] {
        schema["definitions"][owner]["properties"]["language"].as_object_mut().unwrap().remove("pattern");
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    document
}

#[test]
fn sarif_obeys_the_schema_and_its_consumers() {
    let (tree, wiring) = repository(FILES);
    let env = place(&wiring, FILES, ".env", "ws://h/ws");
    let page = place(&wiring, FILES, "deploy/my app.conf", "listen 443 ssl;");
    let links = vec![(page, "the page [is served](over) TLS".to_owned()), (env, "the address".to_owned())];
    let proven = finding(env, links.clone());
    let suppressed = Suppressed { reason: "known".to_owned(), by: SuppressedBy::Comment };
    let findings = [
        proven.clone(),
        Finding { assumptions: BTreeSet::from([Assumption::NoOverride(Arc::from("WS"))]), ..proven.clone() },
        Finding { suppressed: Some(suppressed), ..proven.clone() },
        Finding { local: true, ..proven.clone() },
        Finding { message: "x ".repeat(490), ..proven.clone() },
    ];
    let document = parsed(Run { tree: &tree, wiring: &wiring, findings: &findings, compared: None });
    let run = &document["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 4, "what happens on one machine is no alert");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let text = result["message"]["text"].as_str().unwrap();
        assert!(text.chars().count() < 1_000);
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    let first = &results[0];
    let physical = &first["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], ".env");
    assert_eq!(physical["region"]["startLine"], 2);
    assert_eq!(physical["region"]["startColumn"], 4);
    let related = first["relatedLocations"].as_array().unwrap();
    assert_eq!(related.len(), 1, "the fix itself is no related location");
    assert_eq!(related[0]["physicalLocation"]["artifactLocation"]["uri"], "deploy/my%20app.conf");
    let text = first["message"]["text"].as_str().unwrap();
    assert!(text.contains("[deploy/my app.conf:2](1)"), "{text}");
    assert_eq!(text.matches("](").count(), 1, "text of a file must not make a link: {text}");
    assert_eq!(first["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap().len(), 2);
    assert_eq!(results[2]["suppressions"][0]["justification"], "known");
    // The chain of a fix elsewhere ends at the fix.
    let elsewhere = Finding { place: place(&wiring, FILES, "src/s.ts", "new WebSocket"), ..proven };
    let document = parsed(Run { tree: &tree, wiring: &wiring, findings: &[elsewhere], compared: None });
    let steps = document["runs"][0]["results"][0]["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    let last = &steps.last().unwrap()["location"];
    assert_eq!((steps.len(), &last["message"]["text"]), (3, &Value::from("a plain `ws:` address")));
    assert_eq!(last["physicalLocation"], document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]);
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        assert_eq!(rule["helpUri"], format!("https://github.com/wirelint/wirelint/blob/main/rules/{id}.md"));
        assert_eq!(rule["name"].as_str().unwrap().to_lowercase(), id.replace('-', ""));
        for (field, most) in [("shortDescription", 1_024), ("fullDescription", 1_024), ("help", usize::MAX)] {
            let text = rule[field]["text"].as_str().unwrap();
            assert!(!text.is_empty() && text.len() <= most, "{field} of {}", rule["id"]);
        }
        let properties = &rule["properties"];
        let security = properties["tags"].as_array().unwrap().contains(&Value::from("security"));
        assert_eq!(security, properties["security-severity"].is_string(), "{}", rule["id"]);
    }
}

/// GitLab takes a report for one of secrets when a rule is about one of these, by tag or by relationship.
const READ_AS_SECRETS: [u64; 9] = [798, 259, 321, 522, 312, 319, 256, 257, 540];

#[test]
fn weaknesses_are_named_and_none_is_taken_for_a_secret() {
    let (tree, wiring) = repository(FILES);
    let document = parsed(Run { tree: &tree, wiring: &wiring, findings: &[], compared: None });
    let run = &document["runs"][0];
    let taxa = run["taxonomies"][0]["taxa"].as_array().unwrap();
    let mut named = BTreeSet::new();
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        for tag in rule["properties"]["tags"].as_array().unwrap() {
            let tag = tag.as_str().unwrap();
            assert!(!tag.starts_with("cwe"), "GitLab reads {tag}");
            if let Some(number) = tag.strip_prefix("external/cwe/cwe-") {
                let number: u64 = number.parse().unwrap();
                assert!(!READ_AS_SECRETS.contains(&number), "{}: {number}", rule["id"]);
                let target = &rule["relationships"][0]["target"];
                assert_eq!(target["id"], number.to_string());
                assert_eq!(taxa[usize::try_from(target["index"].as_u64().unwrap()).unwrap()]["id"], target["id"]);
                named.insert(number.to_string());
            }
        }
    }
    assert!(named.contains("1385"), "{named:?}");
    assert_eq!(named, taxa.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect());
}

#[test]
fn paths_begin_at_the_root_and_the_commit_is_said_where_it_is_known() {
    let (tree, wiring) = repository(FILES);
    let findings = [finding(place(&wiring, FILES, ".env", "WS"), Vec::new())];
    let run = Run { tree: &tree, wiring: &wiring, findings: &findings, compared: None };
    let document = parsed(run);
    let base = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"];
    assert!(document["runs"][0]["originalUriBaseIds"][base.as_str().unwrap()].is_object());
    assert!(document["runs"][0]["versionControlProvenance"].is_null());
    let origin = Origin { repository: "https://h.example/a/b".to_owned(), revision: "0123abcd".to_owned() };
    let text = Format::Sarif.render(&View::new(run), Style::default(), Some(&origin));
    let document: Value = serde_json::from_str(text.as_str()).unwrap();
    let known = &document["runs"][0]["versionControlProvenance"][0];
    assert_eq!((&known["repositoryUri"], &known["revisionId"]), (&origin.repository.into(), &origin.revision.into()));
}

#[test]
fn too_many_results_are_cut_and_the_worst_kept() {
    let (tree, wiring) = repository(FILES);
    let note = Finding { severity: Severity::Note, ..finding(place(&wiring, FILES, ".env", "WS"), Vec::new()) };
    let mut findings = vec![note.clone(); 5_100];
    findings.push(Finding { severity: Severity::Error, ..note });
    let document = unchecked(Run { tree: &tree, wiring: &wiring, findings: &findings, compared: None });
    let results = document["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 5_000);
    assert_eq!(results[0]["level"], "error");
    let said = &document["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(said.as_str().unwrap().starts_with("101 more results"), "{said}");
}

/// Secrets are above and below a finding, on its own line, in its chain's files, and in its texts.
#[test]
fn no_format_shows_a_secret() {
    let files: &[(&str, &str)] = &[
        (".env", "JWT_SECRET=hunter2hunter2\nWS=ws://admin:hunter2@h/ws?token=hunter2\nSTRIPE_API_KEY='hunter2'\n"),
        (
            "src/s.ts",
            "const password = 'hunter2';\nnew WebSocket(url);\nconst headers = { Authorization: 'Bearer hunter2hunter2' };\n",
        ),
        (
            "app/main.py",
            "SECRET_KEY = os.getenv(\"SECRET_KEY\", \"hunter2\")\napp = FastAPI()\nDB = \"postgres://app:hunter2@db/app\"\n",
        ),
        (
            "docker-compose.yml",
            "services:\n  api:\n    image: x\n    environment:\n      POSTGRES_PASSWORD: hunter2\n      PORT: 80\n      REDIS_URL: redis://:hunter2@cache\n",
        ),
    ];
    let (tree, wiring) = repository(files);
    let fix = place(&wiring, files, ".env", "WS=ws://admin:hunter2@h/ws?token=hunter2");
    let at = |path, text| place(&wiring, files, path, text);
    let mut links = vec![(fix, "`ws://admin:hunter2@h/ws`".to_owned())];
    for (path, text) in [("src/s.ts", "new WebSocket(url)"), ("docker-compose.yml", "PORT: 80")] {
        if wiring.repository.find(&RepoPath::new(path).unwrap()).is_some() {
            links.push((at(path, text), "JWT_SECRET=hunter2 reaches `ws://h?access_token=hunter2`".to_owned()));
        }
    }
    let assumption = Assumption::OpaqueGuard(Arc::from("x?api_key=hunter2"));
    let finding = Finding {
        message: "The browser blocks `ws://admin:hunter2@h/ws?token=hunter2`.".to_owned(),
        help: Some("use `wss://admin:hunter2@h/ws?token=hunter2`".to_owned()),
        label: "`ws://admin:hunter2@h/ws`".to_owned(),
        assumptions: BTreeSet::from([assumption]),
        ..finding(fix, links)
    };
    let reason = "the key is SECRET_KEY=hunter2".to_owned();
    let suppressed = Finding { suppressed: Some(Suppressed { reason, by: SuppressedBy::Settings }), ..finding.clone() };
    let findings = [finding, suppressed];
    let run = Run { tree: &tree, wiring: &wiring, findings: &findings, compared: None };
    let view = View::new(run);
    for format in Format::ALL {
        let text = format.render(&view, Style { detail: Detail::Full, ..Style::default() }, None);
        assert!(text.as_str().contains("insecure-websocket-url"), "{format:?} shows the finding");
        let leak = text.as_str().lines().find(|line| line.contains("hunter2"));
        assert!(leak.is_none(), "{format:?} shows a secret: {}", leak.unwrap_or_default());
    }
}
