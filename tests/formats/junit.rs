//! JUnit's XML, by the rules of the schemas in use: the one of Windy Road, which is the strictest, and Jenkins' own.

use roxmltree::{Document, Node};
use wirelint::report::Format;

use super::runs::{EVIL_VALUE, Known, fixture, hostile, synthetic};

fn attribute<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    node.attribute(name).unwrap_or_else(|| panic!("<{}> has no {name}", node.tag_name().name()))
}

fn number(node: Node<'_, '_>, name: &str) -> usize {
    attribute(node, name).parse().unwrap_or_else(|_| panic!("{name} is no number"))
}

fn elements<'a, 'i>(node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    node.children().filter(Node::is_element).collect()
}

fn names(node: Node<'_, '_>) -> Vec<String> {
    elements(node).iter().map(|child| child.tag_name().name().to_owned()).collect()
}

/// Panics where a schema would refuse the report; gives the names of the test cases that failed, those that were skipped, and
/// those that passed.
fn read(known: &Known) -> [Vec<String>; 3] {
    let text = known.shown(Format::Junit);
    let document = Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    let mut outcomes = [Vec::new(), Vec::new(), Vec::new()];
    let (mut tests, mut failures) = (0, 0);
    let mut known = std::collections::BTreeSet::new();
    for (id, suite) in elements(root).into_iter().enumerate() {
        assert_eq!(suite.tag_name().name(), "testsuite");
        assert_eq!(number(suite, "id"), id);
        for name in ["name", "package", "hostname", "timestamp", "time"] {
            assert!(!attribute(suite, name).is_empty(), "{name}");
        }
        let parts = names(suite);
        let (first, rest) = parts.split_first().unwrap();
        let (cases, last) = rest.split_at(rest.len() - 2);
        assert_eq!((first.as_str(), last), ("properties", &["system-out".to_owned(), "system-err".to_owned()][..]));
        assert!(cases.iter().all(|name| name == "testcase"), "{parts:?}");
        let mut counts = [0; 3];
        for case in elements(suite).into_iter().filter(|node| node.tag_name().name() == "testcase") {
            let names_of: Vec<&str> = case.attributes().map(|attribute| attribute.name()).collect();
            assert_eq!(names_of, ["name", "classname", "time"], "no attribute that a schema does not know");
            let own = (attribute(case, "classname").to_owned(), attribute(case, "name").to_owned());
            assert!(known.insert(own.clone()), "GitLab shows the first of two cases of one name: {own:?}");
            let slot = match names(case).iter().map(String::as_str).collect::<Vec<_>>()[..] {
                [] => 2,
                ["skipped"] => 1,
                ["failure"] => {
                    let failure = elements(case)[0];
                    assert!(["error", "warning"].contains(&attribute(failure, "type")));
                    assert!(!attribute(failure, "message").is_empty());
                    0
                }
                ref other => panic!("{other:?}"),
            };
            counts[slot] += 1;
            outcomes[slot].push(attribute(case, "name").to_owned());
        }
        assert_eq!(number(suite, "tests"), counts.iter().sum::<usize>());
        assert_eq!([number(suite, "failures"), number(suite, "skipped")], counts[..2]);
        assert_eq!(number(suite, "errors"), 0);
        tests += number(suite, "tests");
        failures += number(suite, "failures");
    }
    assert_eq!((number(root, "tests"), number(root, "failures")), (tests, failures));
    outcomes
}

#[test]
fn errors_and_warnings_fail_and_families_without_them_pass() {
    let [failed, skipped, passed] = read(&fixture("vaidol-broken"));
    assert_eq!(
        failed,
        [
            "port-fallback-bypasses-proxy at frontend/src/utils/websocket.ts:8:51",
            "misplaced-directive at deploy/nginx/sites-available/vaidol:19:5",
            "wildcard-origin-with-credentials at backend/src/vaidol/server.py:14:28",
            "missing-origin-check at backend/src/vaidol/routes.py:14:6",
        ]
    );
    assert_eq!((skipped.len(), passed), (0, vec!["no findings".to_owned(); 5]));
}

#[test]
fn text_stays_text() {
    let known = hostile();
    let [failed, skipped, passed] = read(&known);
    assert_eq!((failed.len(), skipped.len(), passed.len() - 5), (4, 1, 2));
    let text = known.shown(Format::Junit);
    let document = Document::parse(&text).unwrap();
    let failure = document.descendants().find(|node| node.has_tag_name("failure")).unwrap();
    let shown = EVIL_VALUE.replace('\n', "\\u{a}").replace('\u{1b}', "\\u{1b}").replace('\u{fffe}', "\\u{fffe}");
    assert!(failure.text().unwrap().contains(&shown), "{:?}", failure.text());
}

#[test]
fn two_findings_of_a_rule_at_one_place_are_two_cases() {
    let mut known = synthetic(6, "nginx.conf", "it breaks");
    for index in 3..6 {
        known.findings[index].place = known.findings[index - 3].place;
        known.findings[index].message = known.findings[index - 3].message.clone();
    }
    let [failed, _, passed] = read(&known);
    assert_eq!((failed.len(), passed.len() - 5), (4, 2), "{failed:?} {passed:?}");
    assert!(failed.iter().any(|name| name.ends_with(":1 (2)")), "{failed:?}");
}

#[test]
fn no_case_has_more_than_ten_places() {
    let known = synthetic(30, "nginx.conf", "it breaks");
    let text = known.shown(Format::Junit);
    let document = Document::parse(&text).unwrap();
    for failure in document.descendants().filter(|node| node.has_tag_name("failure")) {
        let text = failure.text().unwrap();
        assert_eq!(text.matches("nginx.conf:").count(), 10, "{text}");
        assert!(text.contains("and 5 more places"), "{text}");
    }
}
