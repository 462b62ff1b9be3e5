//! The recorded answers, asked again.

use crate::differential::{Scene, ask::Real, ask::ask};
use crate::nginx;
use crate::table::{Case, Handed, Names, Shown, cases, files, text};

/// Every recorded answer is what nginx says. With `WIRELINT_RECORD` set the files are written anew.
#[test]
fn nginx_answers_as_recorded() {
    let scene = Scene::new();
    let names = scene.names();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for file in files() {
        let mut all = cases(&std::fs::read_to_string(&file).expect("a file"));
        for case in &mut all {
            for (request, recorded, answered) in answers(case, &scene, &names) {
                asked += 1;
                if recorded != answered {
                    wrong.push(format!("{}: {request}\n  recorded {recorded}  nginx {answered}", case.name));
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
fn answers(case: &mut Case, scene: &Scene, names: &Names) -> Vec<(String, String, String)> {
    let folder = tempfile::tempdir().expect("a folder");
    case.write(folder.path(), names);
    let questions: Vec<_> = case.asked.iter().map(|one| one.question(names)).collect();
    let listening: Vec<_> = questions.iter().map(|question| (question.address, question.port)).collect();
    let running = nginx::run(folder.path(), &listening).unwrap_or_else(|words| panic!("{}: {words}", case.name));
    let mut found = Vec::new();
    for (one, question) in case.asked.iter_mut().zip(&questions) {
        let answered = shown(&ask(question, scene.tunnel)).text(names);
        found.push((one.request.clone(), one.answer.clone(), answered.clone()));
        one.answer = answered;
    }
    drop(running);
    found
}

fn shown(real: &Real) -> Shown {
    let upstream = real.received().map(|(line, headers)| {
        let each = headers.into_iter().flat_map(|(header, count)| std::iter::repeat_n(header, count));
        let port = real.header("x-echo-port").unwrap_or_default().to_owned();
        Handed { line, port, headers: each.collect() }
    });
    Shown {
        marks: real.headers.iter().filter(|(name, _)| name == "x-loc").map(|(_, value)| value.clone()).collect(),
        // nothing at all is what nginx calls 444
        status: real.status.unwrap_or(444),
        location: real.header("location").map(str::to_owned),
        upstream,
    }
}
