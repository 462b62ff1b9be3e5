//! What the real HAProxy answered, kept in a text file: the model says the same, without a HAProxy.
//!
//! The file is written by the live tests, which ask the real HAProxy again.

#![allow(clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a harness")]

#[path = "nginx_answers/question.rs"]
mod question;
#[path = "nginx_answers/table.rs"]
mod table;

use wirelint::model::haproxy::HaproxyInstance;
use wirelint::model::proxy::Proxy;

use table::{Names, cases, check, same, shown};

#[test]
fn the_model_answers_as_recorded() {
    let names = [
        ("PLAIN1", "8081"),
        ("PLAIN2", "8082"),
        ("TLS1", "8443"),
        ("ECHO1", "9001"),
        ("ECHO2", "9002"),
        ("KEYS", "/srv/keys"),
    ];
    let names = Names(names.map(|(name, value)| (name, value.to_owned())).to_vec());
    let mut wrong = Vec::new();
    let mut asked = 0;
    for case in cases(include_str!("haproxy_answers/cases.txt")) {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("haproxy.cfg"), names.fill(&case.config)).expect("the file");
        let report = check(folder.path());
        let instance = report.wiring.proxies.all::<HaproxyInstance>().next().expect("an instance").1;
        for one in &case.asked {
            asked += 1;
            let answer = instance.answer(&one.question(&names).request());
            let said = shown(instance, &answer).text(&names);
            if !same(&said, &one.answer) {
                wrong.push(format!("{}: {}\n  HAProxy {}  model {said}", case.name, one.request, one.answer));
            }
        }
    }
    assert!(asked > 0, "there are cases");
    assert!(wrong.is_empty(), "{} of {asked} differ:\n{}", wrong.len(), wrong.join("\n"));
}
