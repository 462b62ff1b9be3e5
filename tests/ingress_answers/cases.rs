//! Ingress objects, what the controller makes of them for nginx, and requests.

#![allow(dead_code, reason = "each of the two harnesses uses a part")]

use std::fmt::Write as _;

/// How many cases there are, and how often each is asked.
const CASES: u32 = 48;
const ASKED: usize = 16;

const PATHS: [&str; 8] = ["/", "/api", "/api/v1", "/ws", "/foo", "/foo/bar", "/app/", "/s"];
const PATTERNS: [&str; 6] = ["/api(/|$)(.*)", "/ws/?(.*)", "/foo/[0-9]+", "/(v1|v2)/x", "/app/(.*)/end", "/s(ocket)?"];
const TARGETS: [&str; 5] = ["/", "/$2", "/$1", "/in/$1", "/v2"];
const HOSTS: [Option<&str>; 4] = [Some("a.example.com"), Some("b.example.com"), Some("*.example.com"), None];
const ASKED_HOSTS: [&str; 5] = ["a.example.com", "b.example.com", "c.example.com", "d.c.example.com", "other.test"];
const ASKED_PATHS: [&str; 22] = [
    "/",
    "/api",
    "/api/",
    "/api/v1",
    "/api/v1/x",
    "/apix",
    "/API/v1",
    "/ws",
    "/ws/room",
    "/wsx",
    "/foo",
    "/foo/12",
    "/foo/bar",
    "/foo/bar/",
    "/v1/x",
    "/v2/x/y",
    "/app",
    "/app/",
    "/app/a/end",
    "/s",
    "/socket",
    "/sx",
];

/// `pathType`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Exact,
    Prefix,
    Implementation,
}

/// An object with one rule.
pub struct Object {
    pub host: Option<&'static str>,
    pub rewrite: Option<&'static str>,
    pub use_regex: bool,
    pub app_root: bool,
    /// Path, type and the number of the Service.
    pub paths: Vec<(&'static str, Kind, u16)>,
}

/// Objects with requests.
pub struct Case {
    pub objects: Vec<Object>,
    /// Host and path.
    pub asked: Vec<(&'static str, &'static str)>,
}

/// The same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides as u64).expect("small")
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())]
    }
}

/// All cases.
pub fn cases() -> Vec<Case> {
    (0..CASES).map(|seed| case(&mut Dice(u64::from(seed) * 7_919 + 17))).collect()
}

fn case(dice: &mut Dice) -> Case {
    let mut service = 0;
    let mut hosts = HOSTS.to_vec();
    let mut objects = Vec::new();
    for _ in 0..=dice.roll(3) {
        let host = hosts.remove(dice.roll(hosts.len()));
        let patterns = dice.roll(3) == 0;
        let rewrite = (patterns && dice.roll(2) == 0).then(|| dice.of(&TARGETS));
        let mut paths: Vec<(&'static str, Kind, u16)> = Vec::new();
        for _ in 0..1 + dice.roll(5) {
            let path = if patterns && dice.roll(2) == 0 { dice.of(&PATTERNS) } else { dice.of(&PATHS) };
            let kind = dice.of(&[Kind::Exact, Kind::Prefix, Kind::Implementation]);
            // nginx knows one location of a text
            if paths.iter().all(|(known, ..)| *known != path) {
                service += 1;
                paths.push((path, kind, service));
            }
        }
        if dice.roll(2) == 0 && paths.iter().all(|(known, ..)| *known != "/") {
            service += 1;
            paths.push(("/", Kind::Prefix, service));
        }
        objects.push(Object { host, rewrite, use_regex: patterns, app_root: dice.roll(8) == 0, paths });
    }
    let asked = (0..ASKED).map(|_| {
        let object: &Object = &objects[dice.roll(objects.len())];
        let own = match object.host {
            None => "other.test",
            Some("*.example.com") => "c.example.com",
            Some(host) => host,
        };
        let host = if dice.roll(5) == 0 { dice.of(&ASKED_HOSTS) } else { own };
        (host, dice.of(&ASKED_PATHS))
    });
    let asked = asked.collect();
    Case { objects, asked }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Exact => "Exact",
            Self::Prefix => "Prefix",
            Self::Implementation => "ImplementationSpecific",
        }
    }
}

impl Case {
    /// The manifests.
    pub fn yaml(&self) -> String {
        let mut out = String::new();
        for (number, object) in self.objects.iter().enumerate() {
            let _ = write!(
                out,
                "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i{number}\n  annotations:\n    nginx.ingress.kubernetes.io/use-regex: \"{}\"\n",
                object.use_regex
            );
            if let Some(target) = object.rewrite {
                let _ = writeln!(out, "    nginx.ingress.kubernetes.io/rewrite-target: {target}");
            }
            if object.app_root {
                out.push_str("    nginx.ingress.kubernetes.io/app-root: /root\n");
            }
            out.push_str("spec:\n  ingressClassName: nginx\n  rules:\n  - http:\n      paths:\n");
            for (path, kind, service) in &object.paths {
                let _ = writeln!(
                    out,
                    "      - path: {path}\n        pathType: {}\n        backend: {{ service: {{ name: s{service}, port: {{ number: 80 }} }} }}",
                    kind.word()
                );
            }
            if let Some(host) = object.host {
                let _ = writeln!(out, "    host: \"{host}\"");
            }
        }
        out
    }

    /// What the controller's template makes of them, with an echo in place of the Services.
    pub fn nginx(&self, port: u16, echo: u16) -> String {
        let mut out =
            format!("server {{ listen {echo}; location / {{ return 200 \"$http_x_service $request_uri\"; }} }}\n");
        if self.objects.iter().all(|object| object.host.is_some()) {
            let _ = writeln!(out, "server {{ listen {port} default_server; location / {{ return 404; }} }}");
        }
        for object in &self.objects {
            let name = match object.host {
                None => "_".to_owned(),
                Some(host) => match host.strip_prefix("*.") {
                    Some(rest) => format!("~^(?<subdomain>[\\w-]+)\\.{}$", rest.replace('.', "\\.")),
                    None => host.to_owned(),
                },
            };
            let default = if object.host.is_none() { " default_server" } else { "" };
            let _ = writeln!(out, "server {{\nlisten {port}{default};\nserver_name {name};\nport_in_redirect off;");
            if object.app_root {
                out.push_str("if ($uri = /) { return 302 $scheme://$http_host/root; }\n");
            }
            object.locations(echo, &mut out);
            out.push_str("}\n");
        }
        out
    }
}

impl Object {
    fn rewrites(&self, path: &str) -> bool {
        self.rewrite.is_some_and(|target| target != path)
    }

    fn locations(&self, echo: u16, out: &mut String) {
        let enforced = self.use_regex || self.paths.iter().any(|(path, ..)| self.rewrites(path));
        let mut all: Vec<(String, Kind, u16, &str)> = Vec::new();
        for (path, kind, service) in &self.paths {
            let plain = *kind == Kind::Prefix && *path != "/" && !self.rewrites(path) && !self.use_regex;
            if plain {
                all.push((format!("{}/", path.trim_end_matches('/')), Kind::Prefix, *service, path));
                all.push(((*path).to_owned(), Kind::Exact, *service, path));
            } else {
                all.push(((*path).to_owned(), *kind, *service, path));
            }
        }
        all.sort_by(|a, b| b.0.cmp(&a.0));
        all.sort_by_key(|(path, ..)| std::cmp::Reverse(path.len()));
        for (path, kind, service, written) in &all {
            let head = match (enforced, kind) {
                (true, _) => format!("~* \"^{path}\""),
                (false, Kind::Exact) => format!("= \"{path}\""),
                (false, _) => format!("\"{path}\""),
            };
            let rewrite = match self.rewrite.filter(|_| self.rewrites(written)) {
                Some(target) => format!("rewrite \"(?i){path}\" {target} break; "),
                None => String::new(),
            };
            let _ = writeln!(
                out,
                "location {head} {{ proxy_set_header X-Service s{service}; {rewrite}proxy_pass http://127.0.0.1:{echo}; }}"
            );
        }
        if self.paths.iter().all(|(path, ..)| *path != "/") {
            let head = if enforced { "~* \"^/\"" } else { "\"/\"" };
            let _ = writeln!(out, "location {head} {{ return 404; }}");
        }
    }
}
