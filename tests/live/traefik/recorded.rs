//! The recorded answers, asked again.

use super::generate::Generated;
use super::server::{Scene, start};
use crate::differential::ask::{Real, ask};
use crate::table::{Handed, Shown, cases, text};
use crate::traefik_head::parts;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/traefik_answers/cases.txt");

/// Every recorded answer is what Traefik says. With `WIRELINT_RECORD` set the file is written anew.
#[test]
fn traefik_answers_as_recorded() {
    let scene = Scene::new();
    let names = scene.names();
    let mut wrong = Vec::new();
    let mut asked = 0;
    let mut all = cases(&std::fs::read_to_string(FILE).expect("the file"));
    for (number, case) in all.iter_mut().enumerate() {
        let folder = scene.folder.path().join(format!("r{number}"));
        let (fixed, dynamic) = parts(&case.config);
        scene.write(&folder, &Generated { fixed, dynamic });
        let running = start(&folder, &scene);
        for one in &mut case.asked {
            asked += 1;
            let answered = shown(&ask(&one.question(&names), scene.tunnel)).text(&names);
            if one.answer != answered {
                wrong.push(format!("{}: {}\n  recorded {}  Traefik {answered}", case.name, one.request, one.answer));
            }
            one.answer = answered;
        }
        drop(running);
    }
    println!("{asked} recorded answers");
    if std::env::var_os("WIRELINT_RECORD").is_some() {
        std::fs::write(FILE, text(&all)).expect("the file");
        return;
    }
    assert!(wrong.is_empty(), "{} of {asked} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn shown(real: &Real) -> Shown {
    let upstream = real.received().map(|(line, headers)| {
        let each = headers.into_iter().flat_map(|(header, count)| std::iter::repeat_n(header, count));
        // the name of the machine is another one on each
        let each = each.map(|(name, value)| match &*name {
            "X-Forwarded-Server" => (name, "unknown Runtime".to_owned()),
            _ => (name, value),
        });
        let port = real.header("x-echo-port").unwrap_or_default().to_owned();
        Handed { line, port, headers: each.collect() }
    });
    Shown {
        marks: real.headers.iter().filter(|(name, _)| name == "x-loc").map(|(_, value)| value.clone()).collect(),
        status: real.status.unwrap_or(0),
        location: real.header("location").map(str::to_owned),
        upstream,
    }
}
