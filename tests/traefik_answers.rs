//! What the real Traefik answered, kept in a text file: the model says the same, without a Traefik.
//!
//! The file is written by the live tests, which ask the real Traefik again.

#![allow(clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a harness")]

#[path = "traefik_answers/head.rs"]
mod head;
#[path = "nginx_answers/question.rs"]
mod question;
#[path = "nginx_answers/table.rs"]
mod table;

use wirelint::model::proxy::Proxy;
use wirelint::model::traefik::TraefikInstance;

use head::{COMPOSE, parts};
use table::{Names, cases, check, same, shown};

#[test]
fn the_model_answers_as_recorded() {
    let names = [("PLAIN1", "8081"), ("PLAIN2", "8082"), ("TLS1", "8443"), ("ECHO1", "9001"), ("ECHO2", "9002")];
    let names = Names(names.map(|(name, value)| (name, value.to_owned())).to_vec());
    let mut wrong = Vec::new();
    let mut asked = 0;
    for case in cases(include_str!("traefik_answers/cases.txt")) {
        let folder = tempfile::tempdir().expect("a folder");
        let (fixed, dynamic) = parts(&case.config);
        for (name, text) in [("docker-compose.yml", COMPOSE), ("traefik.yml", &fixed), ("dynamic.yml", &dynamic)] {
            std::fs::write(folder.path().join(name), names.fill(text)).expect("a file");
        }
        let report = check(folder.path());
        let instance = report.wiring.proxies.all::<TraefikInstance>().next().expect("an instance").1;
        for one in &case.asked {
            asked += 1;
            let answer = instance.answer(&one.question(&names).request());
            let said = shown(instance, &answer).text(&names);
            if !same(&said, &one.answer) {
                wrong.push(format!("{}: {}\n  Traefik {}  model {said}", case.name, one.request, one.answer));
            }
        }
    }
    assert!(asked > 60, "there are cases");
    assert!(wrong.is_empty(), "{} of {asked} differ:\n{}", wrong.len(), wrong.join("\n"));
}
