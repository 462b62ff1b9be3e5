//! A stack: its files, how it is started, and the connections that its page makes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::dimensions::{Chosen, random, unusual, usual_but};
use super::template;
use crate::differential::dice::Dice;
use crate::oracle_record::Connection;

/// The connections that a page may make.
const KINDS: [&str; 5] = ["ws", "fetch", "post", "sse", "sio"];

/// What unusual choices are tried in, one after the other.
const BASES: [&str; 12] = [
    "top=same proxy=nginx back=fastapi sse=yes post=yes",
    "top=split proxy=nginx back=express post=yes",
    "top=same proxy=nginx back=expresssio wsorigin=list",
    "top=same proxy=caddy back=fastapi sse=yes",
    "top=same proxy=apache back=express sse=yes",
    "top=split proxy=nginx back=fastapi credentials=include authorization=yes post=yes",
    "top=devserver back=express post=yes",
    "top=crossport back=fastapi post=yes authorization=yes",
    "top=same proxy=haproxy back=httpws",
    "top=served back=fastapi",
    "top=crossport back=express credentials=include",
    "top=split proxy=nginx back=flask sse=yes tls=plain urls=constant",
];

/// A stack.
pub struct Stack {
    pub name: String,
    pub chosen: Chosen,
    pub files: Vec<(String, String)>,
    pub connections: Vec<Connection>,
}

impl Stack {
    fn new(name: String, chosen: Chosen) -> Self {
        let mut files = template::files(&chosen.values);
        let connections = KINDS.into_iter().filter_map(|kind| marked(&mut files, kind)).collect();
        Self { name, chosen, files, connections }
    }

    /// The origin of the page.
    pub fn page(&self) -> String {
        self.chosen.values.get("origin")
    }

    /// What a worker is told.
    pub fn order(&self) -> Value {
        let values = &self.chosen.values;
        let is = |condition: &str| values.hold(condition);
        let mut processes = vec![json!({
            "cmd": self.command(),
            "cwd": if is("start=shell|shellmain") { "/srv/app" } else { "/srv/app/backend" },
            "env": if is("portfrom=env start!=shellmain") { json!({ "PORT": values.get("listen") }) } else { json!({}) },
            "port": values.get("listen").parse::<u16>().expect("a port"),
        })];
        if is("front=dev") {
            processes.push(json!({ "cmd": "exec vite", "cwd": "/srv/app/frontend", "port": 5173 }));
        }
        let mut build = Vec::new();
        if is("front=built") {
            build.push(json!({ "cmd": "vite build --logLevel error", "cwd": "/srv/app/frontend" }));
        }
        if is("back=nest") {
            build.push(json!({ "cmd": "tsc -p tsconfig.json", "cwd": "/srv/app/backend" }));
        }
        let library = "/srv/node_modules/socket.io-client/dist/socket.io.min.js";
        let copies = match is("sio=yes bundled!=yes") {
            true => vec![json!([library, format!("/srv/app/{}/vendor/socket.io.min.js", values.get("web"))])],
            false => Vec::new(),
        };
        let proxy = values.raw("proxy");
        let file = match proxy {
            "nginx" => "deploy/nginx/board.conf",
            "apache" => "deploy/apache/board.conf",
            "haproxy" => "deploy/haproxy.cfg",
            _ => "deploy/Caddyfile",
        };
        let port = if is("secure") { 443 } else { 80 };
        let kinds: Vec<&str> = self.connections.iter().map(|connection| connection.kind.as_str()).collect();
        json!({
            "name": self.name, "files": self.files, "procs": processes, "build": build, "copies": copies,
            "proxy": if proxy.is_empty() { Value::Null } else { json!({ "kind": proxy, "file": format!("/srv/app/{file}"), "port": port }) },
            "page": format!("{}/", self.page()), "kinds": kinds,
            "patience": values.get("patience").parse::<u64>().expect("milliseconds"),
        })
    }

    /// What starts the back end: what the file that people start it with says.
    fn command(&self) -> String {
        let values = &self.chosen.values;
        match (values.raw("start"), values.raw("lang")) {
            ("shell", _) => "exec backend/run.sh".to_owned(),
            ("shellmain", _) => "exec ./start.sh".to_owned(),
            ("cli" | "systemd" | "procfile", "python") => format!("exec {}", values.get("server")),
            ("daphne" | "systemddaphne", _) => values.fill("exec daphne -b @bind@ -p @listen@ config.asgi:application"),
            (_, "python") => "exec python main.py".to_owned(),
            _ if values.hold("back=nest") => "exec node dist/main".to_owned(),
            _ => "exec node server.js".to_owned(),
        }
    }
}

/// Where the connection of a kind is made; its mark is taken away.
fn marked(files: &mut [(String, String)], kind: &str) -> Option<Connection> {
    let mark = format!("«{kind}»");
    let (path, text) = files.iter_mut().find(|(_, text)| text.contains(&mark))?;
    let line = text.lines().position(|line| line.contains(&mark)).expect("the mark") + 1;
    *text = text.replace(&mark, "");
    Some(Connection::new(kind, path, line))
}

/// The stacks of a seed.
pub fn random_stacks(seed: u64, count: usize) -> Vec<Stack> {
    (0..count)
        .map(|number| {
            let mut dice = Dice::new(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
            Stack::new(format!("random-{seed}-{number:03}"), random(&mut dice))
        })
        .collect()
}

/// Each unusual choice in stacks that are otherwise usual.
pub fn picked_stacks() -> Vec<Stack> {
    let mut stacks = Vec::new();
    let mut next = 0;
    for (dimension, choice) in unusual() {
        let mut made = 0;
        for offset in 0..BASES.len() {
            let base = (next + offset) % BASES.len();
            let mut said: BTreeMap<&str, &str> =
                BASES[base].split(' ').map(|word| word.split_once('=').expect("a choice")).collect();
            said.insert(dimension, choice.name);
            let chosen = usual_but(&said);
            if !chosen.dimensions.contains(&(dimension, choice.name)) || made == 2 {
                continue;
            }
            made += 1;
            let plain: String = choice.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            let stack = Stack::new(format!("{dimension}-{plain}-{base}"), chosen);
            if !stacks.iter().any(|known: &Stack| known.files == stack.files) {
                stacks.push(stack);
            }
        }
        next += 1;
    }
    stacks
}
