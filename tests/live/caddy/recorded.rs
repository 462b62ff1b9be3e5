//! The recorded answers, asked again.

use std::collections::BTreeSet;

use super::Scene;
use super::program::{Release, started};
use crate::caddy_cases::{environment, files, write};
use crate::differential::ask::{Real, ask};
use crate::table::{Case, Handed, Names, Shown, cases, text};

/// Every recorded answer is what Caddy says. With `WIRELINT_RECORD` set the files are written anew.
#[test]
fn caddy_answers_as_recorded() {
    let scene = Scene::new();
    let names = scene.names();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (file, version) in files() {
        let release = if version.is_some() { Release::Debian } else { Release::Current };
        let mut all = cases(&std::fs::read_to_string(&file).expect("a file"));
        for case in &mut all {
            for (request, recorded, answered) in answers(case, release, &scene, &names) {
                asked += 1;
                if recorded != answered {
                    wrong.push(format!("{}: {request}\n  recorded {recorded}  Caddy {answered}", case.name));
                }
            }
        }
        if std::env::var_os("WIRELINT_RECORD").is_some() {
            std::fs::write(&file, text(&all)).expect("the file");
        }
    }
    println!("{asked} recorded answers");
    assert!(wrong.is_empty(), "{} of {asked} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Request, recorded answer and real answer of each request; the case keeps the real ones.
fn answers(case: &mut Case, release: Release, scene: &Scene, names: &Names) -> Vec<(String, String, String)> {
    let folder = tempfile::tempdir().expect("a folder");
    write(case, folder.path(), names);
    let questions: Vec<_> = case.asked.iter().map(|one| one.question(names)).collect();
    let ports: BTreeSet<u16> = questions.iter().map(|question| question.port).collect();
    let ports: Vec<u16> = ports.into_iter().collect();
    let running = started(release, folder.path(), &environment(names), &ports)
        .unwrap_or_else(|words| panic!("{}: {words}", case.name));
    let mut found = Vec::new();
    for (one, question) in case.asked.iter_mut().zip(&questions) {
        let mut real = ask(question, scene.tunnel);
        for _ in 0..20 {
            if real.status.is_some() || !question.tls {
                break;
            }
            // a certificate that is still being made
            std::thread::sleep(std::time::Duration::from_millis(50));
            real = ask(question, scene.tunnel);
        }
        let answered = shown(&real).text(names);
        found.push((one.request.clone(), one.answer.clone(), answered.clone()));
        one.answer = answered;
    }
    drop(running);
    found
}

fn shown(real: &Real) -> Shown {
    let upstream = real.received().map(|(line, headers)| {
        let each = headers.into_iter().flat_map(|(header, count)| std::iter::repeat_n(header, count));
        // the length is that of the body
        let each = each.filter(|(name, _)| name != "Content-Length");
        let port = real.header("x-echo-port").unwrap_or_default().to_owned();
        Handed { line, port, headers: each.collect() }
    });
    Shown {
        marks: real.headers.iter().filter(|(name, _)| name == "x-loc").map(|(_, value)| value.clone()).collect(),
        // nothing at all
        status: real.status.unwrap_or(444),
        location: real.header("location").map(str::to_owned),
        upstream,
    }
}
