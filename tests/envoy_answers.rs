//! What the real Envoy answered, kept in text files: the model says the same, without an Envoy.
//!
//! The files are written by the live tests, which ask the real Envoy again.

#![allow(clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a harness")]

#[path = "envoy_answers/head.rs"]
mod head;
#[path = "nginx_answers/question.rs"]
mod question;
#[path = "nginx_answers/table.rs"]
mod table;

use wirelint::model::envoy::EnvoyInstance;
use wirelint::model::proxy::{Answer, Outcome, Proxy, Upgrade};

use table::{Names, Shown, cases, check, same, shown};

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
    for case in cases(include_str!("envoy_answers/cases.txt")) {
        let folder = tempfile::tempdir().expect("a folder");
        head::write(folder.path(), &names, &case.config);
        let report = check(folder.path());
        let instance = report.wiring.proxies.all::<EnvoyInstance>().next().expect("an instance").1;
        for one in &case.asked {
            asked += 1;
            let answer = instance.answer(&one.question(&names).request());
            let said = said(instance, &answer).text(&names);
            if !same(&said, &one.answer) {
                wrong.push(format!("{}: {}\n  Envoy {}  model {said}", case.name, one.request, one.answer));
            }
        }
    }
    assert!(asked > 0, "there are cases");
    assert!(wrong.is_empty(), "{} of {asked} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The answer in the words of the file. An upgrade that is not enabled is refused, whatever would become of it.
fn said(instance: &dyn Proxy, answer: &Answer) -> Shown {
    let refuses = answer.steps.iter().any(|(_, words)| words.contains("a handshake gets 403"));
    let lost = matches!(&answer.outcome, Outcome::Proxied(proxied) if matches!(proxied.upgrade, Upgrade::Lost(_)));
    if refuses || lost {
        return Shown { marks: Vec::new(), status: 403, location: None, upstream: None };
    }
    let mut shown = shown(instance, answer);
    for (name, value) in shown.upstream.iter_mut().flat_map(|upstream| &mut upstream.headers) {
        if name == "x-request-id" {
            *value = "ID".to_owned();
        }
    }
    shown
}
