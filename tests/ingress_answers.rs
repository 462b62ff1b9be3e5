//! What the real nginx answered with the configuration that ingress-nginx makes of Ingress objects, kept in a text file: the
//! model says the same, without nginx.
//!
//! The file is written by the live tests, which ask the real nginx again.

#![allow(clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a harness")]

#[path = "ingress_answers/cases.rs"]
mod cases;

use wirelint::Settings;
use wirelint::config::Config;
use wirelint::facts::Protocol;
use wirelint::model::kubernetes::ingress::IngressInstance;
use wirelint::model::proxy::{HeaderValue, Outcome, Proxy, Request};
use wirelint::model::{PathPiece, PathText, Tls};
use wirelint::walk::DiskTree;

#[test]
fn the_model_answers_as_recorded() {
    let recorded = include_str!("ingress_answers/answers.txt");
    let mut lines = recorded.lines();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (number, case) in cases::cases().iter().enumerate() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("ingress.yaml"), case.yaml()).expect("the manifests");
        let report = wirelint::check(&DiskTree::new(folder.path().to_path_buf()), &Settings::new(Config::default()));
        let ingress = report.wiring.proxies.all::<IngressInstance>().next().expect("an Ingress").1;
        for (host, path) in &case.asked {
            let said = format!("{number} {host}{path} {}", answer(ingress, host, path));
            let expected = lines.next().unwrap_or("nothing is recorded");
            asked += 1;
            if said != expected {
                wrong.push(format!("{said}\n  nginx {expected}\n{}", case.yaml()));
            }
        }
    }
    assert!(asked >= 500, "{asked} requests");
    assert!(wrong.is_empty(), "{} of {asked} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn answer(ingress: &IngressInstance, host: &str, path: &str) -> String {
    let request = Request::from_browser(
        80,
        Tls::Unknown,
        Some(host.into()),
        PathText(vec![PathPiece::Known(path.into())]),
        Protocol::Http,
    );
    match ingress.answer(&request).outcome {
        Outcome::Proxied(proxied) => {
            let service = proxied.targets.first().and_then(|target| target.host.clone()).unwrap_or_default();
            format!("{service} {}", proxied.path.display())
        }
        Outcome::Redirect { code, location: HeaderValue::Known(to), .. } => {
            let path = to.strip_prefix(&format!("http://{host}")).unwrap_or(&to);
            format!("{code} {path}")
        }
        Outcome::Status { code, .. } => code.to_string(),
        other => format!("{other:?}"),
    }
}
