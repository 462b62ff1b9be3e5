//! Cases with the answers of the real nginx: configurations, requests, answers, in text files.

#![allow(dead_code, reason = "each of the two harnesses uses a part")]

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use wirelint::base::RepoPath;
use wirelint::config::Config;
use wirelint::model::nginx::NginxInstance;
use wirelint::model::proxy::{Answer, HeaderValue, HttpVersion, Outcome, Proxy, Sent};
use wirelint::model::{PathPiece, PathText};
use wirelint::walk::DiskTree;
use wirelint::{Report, Settings};

use super::question::Question;

/// What the words in capitals of a case stand for.
#[derive(Clone, Debug)]
pub struct Names(pub Vec<(&'static str, String)>);

impl Names {
    /// The text with the values of the names.
    pub fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    /// The text with the names in place of their values.
    pub fn strip(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(value.as_str(), name))
    }

    pub fn port(&self, name: &str) -> u16 {
        let value = self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.parse());
        value.expect("a name").expect("a port")
    }
}

/// A configuration with requests.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: String,
    /// What is in `http`; further files after lines `# file: conf.d/x.conf`.
    pub config: String,
    pub asked: Vec<Asked>,
}

/// A request with its answer.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET http://host/path Header: value; Header: value`
    pub request: String,
    pub answer: String,
}

/// Every file of cases, in order.
pub fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nginx_answers");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    found.sort();
    found
}

/// The cases of a text: `== name`, the configuration, and for each request `-- request` with the answer below it.
pub fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("== ") {
            cases.push(Case { name: name.to_owned(), config: String::new(), asked: Vec::new() });
            continue;
        }
        let case = cases.last_mut().expect("a name comes first");
        if let Some(request) = line.strip_prefix("-- ") {
            case.asked.push(Asked { request: request.to_owned(), answer: String::new() });
        } else if let Some(asked) = case.asked.last_mut() {
            if !line.is_empty() {
                asked.answer += line;
                asked.answer.push('\n');
            }
        } else {
            case.config += line;
            case.config.push('\n');
        }
    }
    cases
}

/// The text of cases.
pub fn text(cases: &[Case]) -> String {
    let one = |case: &Case| {
        let asked: String = case.asked.iter().map(|asked| format!("-- {}\n{}", asked.request, asked.answer)).collect();
        format!("== {}\n{}{asked}", case.name, case.config)
    };
    cases.iter().map(one).collect::<Vec<_>>().join("\n")
}

impl Case {
    /// Writes the configuration below a folder.
    pub fn write(&self, folder: &Path, names: &Names) {
        let filled = names.fill(&self.config);
        let mut parts = filled.split("# file: ");
        let http = parts.next().unwrap_or_default();
        let scratch = names.fill("SCRATCH");
        let temp: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {scratch}/{kind};\n"))
            .concat();
        let main = format!(
            "worker_processes 1;\npid {scratch}/nginx.pid;\nerror_log {scratch}/error.log;\nevents {{}}\nhttp {{\n\
             access_log off;\nroot {};\n{temp}upstream back {{ server 127.0.0.1:{}; }}\n{http}}}\n",
            names.fill("ROOT"),
            names.fill("ECHO1"),
        );
        std::fs::write(folder.join("nginx.conf"), main).expect("the main file");
        for part in parts {
            let (path, content) = part.split_once('\n').expect("a path");
            let path = folder.join(path.trim());
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(path, content).expect("a file");
        }
    }
}

impl Asked {
    /// The request. A port in the address is the name of one; the Host header is the address's host.
    pub fn question(&self, names: &Names) -> Question {
        let mut words = self.request.splitn(3, ' ');
        let (method, url) = (words.next().expect("a method"), words.next().expect("an address"));
        let (scheme, rest) = url.split_once("://").expect("a scheme");
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        // `host@127.0.0.2` asks at another address
        let (authority, address) = authority.split_once('@').unwrap_or((authority, "127.0.0.1"));
        let tls = scheme == "https";
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, port),
            None => (authority, if tls { "TLS1" } else { "PLAIN1" }),
        };
        let headers = words.next().unwrap_or_default().split("; ").filter_map(|header| header.split_once(": "));
        Question {
            address: address.parse::<Ipv4Addr>().expect("an address"),
            port: names.port(port),
            tls,
            host: Some(host.to_owned()).filter(|host| host != "-"),
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            old: host == "-",
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }
}

/// What wirelint says about the files in a folder.
pub fn check(folder: &Path) -> Report {
    wirelint::check(&DiskTree::new(folder.to_path_buf()), &Settings::new(Config::default()))
}

/// The nginx whose main file is the folder's.
pub fn instance(report: &Report) -> &NginxInstance {
    let main = report.wiring.repository.find(&RepoPath::new("nginx.conf").expect("inside"));
    report
        .wiring
        .proxies
        .all::<NginxInstance>()
        .map(|(_, nginx)| nginx)
        .find(|nginx| nginx.root == main)
        .expect("an instance")
}

/// An answer in the words of the files.
pub struct Shown {
    /// Values of X-Loc, which tells the level that answers.
    pub marks: Vec<String>,
    pub status: u16,
    pub location: Option<String>,
    /// What the upstream receives, when it is forwarded.
    pub upstream: Option<Handed>,
}

/// What an upstream receives.
pub struct Handed {
    /// The request line.
    pub line: String,
    /// The upstream's port.
    pub port: String,
    pub headers: Vec<(String, String)>,
}

impl Shown {
    pub fn text(mut self, names: &Names) -> String {
        let mut out = String::new();
        if !self.marks.is_empty() {
            out += &format!("[{}] ", self.marks.join(" "));
        }
        match (&mut self.upstream, &self.location) {
            (Some(Handed { line, port, headers }), _) => {
                let status =
                    if self.status == 200 { String::new() } else { format!(", answered with {}", self.status) };
                out += &format!("{line} to {port}{status}\n");
                headers.sort();
                for (name, value) in headers {
                    out += &format!("  {name}: {value}\n");
                }
            }
            (None, Some(location)) => out += &format!("{} {location}\n", self.status),
            (None, None) if self.status == FILE => out += "file\n",
            (None, None) => out += &format!("{}\n", self.status),
        }
        names.strip(&out)
    }
}

/// In place of a status: whether the file is there is not the model's to say.
pub const FILE: u16 = 1;

/// Whether the model says what is recorded.
pub fn same(said: &str, recorded: &str) -> bool {
    let file = |status: &str| said == recorded.replace(&format!("{status}\n"), "file\n");
    // an error page may keep the status of the error
    said == recorded || file("200") || file("404") || file("403")
}

/// What the model answers.
pub fn shown(instance: &dyn Proxy, answer: &Answer) -> Shown {
    let known = |path: &PathText| -> String {
        path.0
            .iter()
            .map(|piece| match piece {
                PathPiece::Known(text) => &**text,
                PathPiece::Segment | PathPiece::Rest => "{...}",
            })
            .collect()
    };
    let value = |value: &HeaderValue| match value {
        HeaderValue::Known(text) => text.to_string(),
        HeaderValue::Unknown(why) => format!("unknown {:?}", why.reason),
    };
    let mut location = None;
    let mut upstream = None;
    let status = match &answer.outcome {
        Outcome::Proxied(proxied) => {
            let query = match &proxied.query {
                Sent::Nothing => String::new(),
                Sent::Text(text) => format!("?{text}"),
                Sent::Unknown => "?{...}".to_owned(),
            };
            let version = match proxied.http_version.version {
                HttpVersion::Http10 => "1.0",
                HttpVersion::Http11 => "1.1",
                HttpVersion::Http2 | HttpVersion::Http3 => "2",
            };
            let line = format!("{} {}{query} HTTP/{version}", proxied.method, known(&proxied.path));
            let port =
                proxied.targets.first().and_then(|target| target.port).map_or("?".into(), |port| port.to_string());
            let headers = proxied.headers.listed.iter().map(|one| (one.name.to_string(), value(&one.value))).collect();
            upstream = Some(Handed { line, port, headers });
            proxied.kept_status.map_or(200, |(status, _)| status)
        }
        Outcome::Redirect { code, location: target, .. } => {
            location = Some(value(target));
            *code
        }
        Outcome::Status { code, .. } => *code,
        Outcome::Files { missing: Some(missing), .. } => return shown(instance, missing),
        Outcome::Files { missing: None, .. } => FILE,
        Outcome::Unknown(why) => {
            location = Some(format!("unknown {:?}", why.reason));
            0
        }
    };
    let added = instance.added_headers(answer.level);
    let added = added
        .iter()
        .filter(|header| (status == FILE || header.is_sent(status)) && header.name.eq_ignore_ascii_case("x-loc"));
    let marks = if status == 444 { Vec::new() } else { added.map(|header| header.value.to_string()).collect() };
    Shown { marks, status, location, upstream }
}
