//! What real Caddies answered, kept in text files: the model says the same, without a Caddy.
//!
//! The files are written by the live tests, which ask real Caddies again.

#![allow(clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a harness")]

#[path = "caddy_answers/cases.rs"]
mod caddy_cases;
#[path = "nginx_answers/question.rs"]
mod question;
#[path = "nginx_answers/table.rs"]
mod table;

use caddy_cases::{environment, files, instance, shown, write};
use table::{Names, cases, check, same};
use wirelint::model::proxy::Proxy;

#[test]
fn the_model_answers_as_recorded() {
    let names = [
        ("PLAIN1", "8081"),
        ("PLAIN2", "8082"),
        ("TLS1", "8443"),
        ("TLS2", "8444"),
        ("ECHO1", "9001"),
        ("ECHO2", "9002"),
        ("ROOT", "/srv/root"),
    ];
    let names = Names(names.map(|(name, value)| (name, value.to_owned())).to_vec());
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (file, version) in files() {
        let text = std::fs::read_to_string(&file).expect("a file");
        for case in cases(&text) {
            let folder = tempfile::tempdir().expect("a folder");
            write(&case, folder.path(), &names);
            let report = check(folder.path());
            let instance = instance(&report, version, &environment(&names));
            for one in &case.asked {
                asked += 1;
                let answer = instance.answer(&one.question(&names).request());
                let said = shown(&instance, &answer).text(&names);
                if !same(&said, &one.answer) {
                    wrong.push(format!("{}: {}\n  Caddy {}  model {said}", case.name, one.request, one.answer));
                }
            }
        }
    }
    assert!(asked > 0, "there are cases");
    assert!(wrong.is_empty(), "{} of {asked} differ:\n{}", wrong.len(), wrong.join("\n"));
}
