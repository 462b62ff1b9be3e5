//! What several files of a folder, and several containers, make of the same name: the model says what Traefik does, or nothing.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::{Duration, Instant};

use wirelint::model::proxy::{Outcome, Proxy};
use wirelint::model::traefik::TraefikInstance;

use super::docker::{Container, serve};
use super::server::{Scene, start};
use crate::differential::ask::{Real, ask};
use crate::question::Question;
use crate::table::check;
use crate::traefik_head::COMPOSE;

const ENTRY_POINTS: &str = "entryPoints:\n  web: { address: \"127.0.0.1:PLAIN1\" }\n  other: { address: \"127.0.0.1:PLAIN2\" }\n  secure: { address: \"127.0.0.1:TLS1\" }\n";

/// What tells that a file is read.
const READY: &str =
    "    ready: { rule: \"Path(`/traefik-ready`)\", entryPoints: [other], priority: 1000, service: ready }\n";
const READY_SERVICE: &str = "    ready: { loadBalancer: { servers: [{ url: \"http://127.0.0.1:ECHO1\" }] } }\n";

/// What the model is to say of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// What Traefik does.
    AsTraefik,
    /// Nothing, as more than its files decide.
    Nothing,
}

fn question(port: u16, path: &str) -> Question {
    Question {
        address: Ipv4Addr::LOCALHOST,
        port,
        tls: false,
        host: Some("a.test".to_owned()),
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: None,
        old: false,
        headers: vec![("Connection".to_owned(), "close".to_owned())],
    }
}

/// The path and port that arrived somewhere, or the status.
fn done(real: &Real) -> (String, Option<u16>) {
    match real.received() {
        Some((line, _)) => {
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            (path, real.header("x-echo-port").and_then(|port| port.parse().ok()))
        }
        None => (format!("{:?}", real.status), None),
    }
}

/// Asks both for paths, and tells where they differ.
fn compare(scene: &Scene, folder: &Path, name: &str, paths: &[(&str, Says)], wrong: &mut Vec<String>) {
    let report = check(folder);
    let instance = report.wiring.proxies.all::<TraefikInstance>().map(|(_, instance)| instance).next();
    let instance = instance.expect("an instance");
    for (path, says) in paths {
        let question = question(scene.plain[0], path);
        let (told, port) = done(&ask(&question, scene.tunnel));
        let answer = instance.answer(&question.request());
        let (expected, fits) = match &answer.outcome {
            Outcome::Proxied(proxied) => {
                let path = proxied.path.display();
                let fits = path == told && proxied.targets.iter().any(|target| target.port == port);
                (path, fits)
            }
            Outcome::Status { code, .. } => (code.to_string(), told == format!("Some({code})")),
            Outcome::Unknown(_) => ("nothing".to_owned(), *says == Says::Nothing),
            other => (format!("{other:?}"), false),
        };
        let is_open = matches!(answer.outcome, Outcome::Unknown(_));
        if !fits || is_open != (*says == Says::Nothing) {
            wrong.push(format!("{name}: {path}: Traefik {told} at {port:?}, model {expected} {:?}", answer.outcome));
        }
    }
}

#[test]
fn the_first_file_of_a_folder_keeps_its_names() {
    let scene = Scene::new();
    let names = scene.names();
    let file = |own: &str, echo: &str| {
        format!(
            "http:\n  routers:\n    r: {{ rule: 'Path(`/r`)', service: s }}\n    {own}: {{ rule: 'Path(`/{own}`)', service: s, middlewares: [m] }}\n  middlewares:\n    m: {{ addPrefix: {{ prefix: /{own} }} }}\n  services:\n    s: {{ loadBalancer: {{ servers: [{{ url: 'http://127.0.0.1:{echo}' }}] }} }}\n"
        )
    };
    let folder = scene.folder.path().join("folder");
    std::fs::create_dir_all(folder.join("rules/a")).expect("folders");
    let ready = format!("http:\n  routers:\n{READY}  services:\n{READY_SERVICE}");
    let fixed = format!("{ENTRY_POINTS}providers:\n  file: {{ filename: dynamic.yml, directory: rules }}\n");
    let compose = COMPOSE.replace("./dynamic.yml:/dynamic.yml:ro", "./rules:/rules:ro");
    for (path, text) in [
        ("docker-compose.yml", compose),
        ("traefik.yml", fixed),
        // it goes before the file that is named
        ("dynamic.yml", ready.replace("    ready: { rule", "    never: { rule")),
        ("rules/z-ready.yaml", ready),
        ("rules/a-b.yml", file("beside", "ECHO1")),
        ("rules/a/z.yml", file("inner", "ECHO2")),
        ("rules/b.toml", "[http.routers.toml]\nrule = 'Path(`/toml`)'\nservice = 's'\n".to_owned()),
    ] {
        std::fs::write(folder.join(path), names.fill(&text)).expect("a file");
    }
    let running = start(&folder, &scene);
    let mut wrong = Vec::new();
    let paths = ["/r", "/beside", "/inner", "/toml", "/other"].map(|path| (path, Says::AsTraefik));
    compare(&scene, &folder, "folder", &paths, &mut wrong);
    drop(running);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Containers with labels, and what the model says of paths.
struct Case {
    name: &'static str,
    /// Each with the names of echoes in it, which are its ports.
    containers: &'static [&'static [&'static str]],
    asked: &'static [(&'static str, Says)],
}

const R: &str = "traefik.http.routers.r.rule=Path(`/r`)";
const Q: &str = "traefik.http.routers.q.rule=Path(`/q`)";
const ONE: &str = "traefik.http.services.s.loadbalancer.server.port=ECHO1";
const TWO: &str = "traefik.http.services.s.loadbalancer.server.port=ECHO2";
const OTHER: &str = "traefik.http.services.t.loadbalancer.server.port=ECHO2";
const HAS_M: &str = "traefik.http.routers.r.middlewares=m";
const M: &str = "traefik.http.middlewares.m.addprefix.prefix=/one";

const CASES: &[Case] = &[
    Case {
        name: "one container",
        containers: &[&[R, ONE]],
        asked: &[("/r", Says::AsTraefik), ("/q", Says::AsTraefik)],
    },
    Case {
        name: "two containers of one service",
        containers: &[&[R, ONE], &[TWO, Q]],
        asked: &[("/r", Says::AsTraefik), ("/q", Says::AsTraefik)],
    },
    Case {
        name: "one service with other options",
        containers: &[&[R, ONE], &[TWO, Q, "traefik.http.services.s.loadbalancer.passhostheader=false"]],
        asked: &[("/r", Says::Nothing), ("/q", Says::Nothing)],
    },
    Case {
        name: "one middleware twice",
        containers: &[&[R, HAS_M, M, ONE], &[OTHER, M, Q]],
        asked: &[("/r", Says::AsTraefik), ("/q", Says::AsTraefik)],
    },
    Case {
        name: "two middlewares of one name",
        containers: &[&[R, HAS_M, M, ONE], &[OTHER, "traefik.http.middlewares.m.addprefix.prefix=/two", Q]],
        asked: &[("/r", Says::Nothing), ("/q", Says::AsTraefik)],
    },
    Case {
        name: "two routers of one name",
        containers: &[&[R, ONE], &[OTHER, "traefik.http.routers.r.rule=Path(`/q`)"]],
        asked: &[("/r", Says::AsTraefik), ("/q", Says::AsTraefik)],
    },
    Case {
        name: "one router twice",
        containers: &[&[R, ONE, "traefik.http.routers.r.service=s"], &[TWO, R, "traefik.http.routers.r.service=s"]],
        asked: &[("/r", Says::AsTraefik)],
    },
    Case {
        name: "what is taken for true",
        containers: &[&[
            ONE,
            "traefik.http.routers.a.rule=Path(`/a`)",
            "traefik.http.routers.a.tls=1",
            "traefik.http.routers.b.rule=Path(`/b`)",
            "traefik.http.routers.b.tls=TRUE",
            "traefik.http.routers.c.rule=Path(`/c`)",
            "traefik.http.routers.c.tls=",
            "traefik.http.routers.d.rule=Path(`/d`)",
            "traefik.http.routers.d.tls=false",
            "traefik.http.routers.d.tls.certresolver=x",
        ]],
        asked: &[("/a", Says::AsTraefik), ("/b", Says::AsTraefik), ("/c", Says::AsTraefik), ("/d", Says::AsTraefik)],
    },
    Case {
        name: "names that nothing has",
        containers: &[
            &[R, ONE, "traefik.http.routers.r.middlewares=nobody"],
            &[Q, OTHER, "traefik.http.routers.q.service=nobody"],
            &["traefik.http.routers.e.rule=Path(`/e`)", "traefik.http.routers.e.entrypoint=web"],
        ],
        asked: &[("/r", Says::AsTraefik), ("/q", Says::AsTraefik), ("/e", Says::AsTraefik)],
    },
    Case {
        name: "priorities",
        containers: &[&[
            ONE,
            OTHER,
            "traefik.http.routers.long.rule=PathPrefix(`/`) || PathPrefix(`/longer`)",
            "traefik.http.routers.long.service=s",
            "traefik.http.routers.short.rule=Path(`/r`)",
            "traefik.http.routers.short.service=t",
            "traefik.http.routers.first.rule=Path(`/q`)",
            "traefik.http.routers.first.service=t",
            "traefik.http.routers.first.priority=100",
            "traefik.http.routers.last.rule=Path(`/e`)",
            "traefik.http.routers.last.service=t",
            "traefik.http.routers.last.priority=-1",
        ]],
        asked: &[("/r", Says::AsTraefik), ("/q", Says::AsTraefik), ("/e", Says::AsTraefik)],
    },
];

#[test]
fn labels_say_what_they_say_to_traefik() {
    let scene = Scene::new();
    let names = scene.names();
    let mut wrong = Vec::new();
    for (number, case) in CASES.iter().enumerate() {
        let folder = scene.folder.path().join(format!("d{number}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut compose = COMPOSE.to_owned();
        let mut containers = Vec::new();
        for (at, labels) in case.containers.iter().enumerate() {
            let labels: Vec<String> = labels.iter().map(|label| names.fill(label)).collect();
            compose += &format!("  c{at}:\n    image: python:3.13\n    labels:\n");
            labels.iter().for_each(|label| compose += &format!("      - \"{label}\"\n"));
            let pair = |label: &String| {
                let (name, value) = label.split_once('=').expect("a label");
                (name.to_owned(), value.to_owned())
            };
            let labels = labels.iter().map(pair).collect();
            containers.push(Container { service: format!("c{at}"), labels, port: None });
        }
        let ready = "traefik.http.routers.docker-ready";
        containers.push(Container {
            service: "ready".to_owned(),
            labels: [("rule", "Path(`/docker-ready`)"), ("entrypoints", "other"), ("priority", "1000")]
                .map(|(name, value)| (format!("{ready}.{name}"), value.to_owned()))
                .to_vec(),
            port: Some(names.port("ECHO1")),
        });
        let socket = folder.join("docker.sock");
        serve(&socket, containers);
        let fixed = format!(
            "{ENTRY_POINTS}providers:\n  file: {{ filename: dynamic.yml }}\n  docker: {{ endpoint: \"unix://{}\" }}\n",
            socket.display()
        );
        let dynamic = format!("http:\n  routers:\n{READY}  services:\n{READY_SERVICE}");
        for (name, text) in [("docker-compose.yml", &compose), ("traefik.yml", &fixed), ("dynamic.yml", &dynamic)] {
            std::fs::write(folder.join(name), names.fill(text)).expect("a file");
        }
        let running = start(&folder, &scene);
        let begin = Instant::now();
        while ask(&question(scene.plain[1], "/docker-ready"), scene.tunnel).status != Some(200) {
            let words = || std::fs::read_to_string(folder.join("words.log")).unwrap_or_default();
            assert!(begin.elapsed() < Duration::from_secs(30), "Traefik does not read labels: {}", words());
            std::thread::sleep(Duration::from_millis(20));
        }
        // it turns its entry points to what it has read one after the other
        std::thread::sleep(Duration::from_millis(60));
        compare(&scene, &folder, case.name, case.asked, &mut wrong);
        drop(running);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
