//! Cases with the answers of real Caddies: Caddyfiles, requests, answers, in text files.

#![allow(dead_code, reason = "each of the two harnesses uses a part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wirelint::Report;
use wirelint::base::{Limits, RepoPath};
use wirelint::model::caddy::{CaddyInstance, CaddyVersion, instances};
use wirelint::model::proxy::{Answer, HeaderValue, Outcome, Proxy, Sent};
use wirelint::model::{PathPiece, PathText};

use super::table::{Case, Handed, Names, Shown};

/// The Caddy whose main file is the folder's, of a release and in an environment.
pub fn instance(
    report: &Report,
    version: Option<CaddyVersion>,
    environment: &BTreeMap<Arc<str>, Arc<str>>,
) -> CaddyInstance {
    let repository = &report.wiring.repository;
    let main = repository.find(&RepoPath::new("Caddyfile").expect("inside")).expect("a Caddyfile");
    let limits = Limits::default();
    let found = instances(repository, &limits).into_iter().find(|instance| instance.root == main).expect("an instance");
    found.configured(repository, environment.clone(), version, &limits)
}

/// The environment of all cases.
pub fn environment(names: &Names) -> BTreeMap<Arc<str>, Arc<str>> {
    let pairs = [("BACK", format!("127.0.0.1:{}", names.fill("ECHO1"))), ("SITE", "http://env.test".to_owned())];
    pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// Every file of cases, in order, with the release that answered them: `None` is the newest.
pub fn files() -> Vec<(PathBuf, Option<CaddyVersion>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/caddy_answers");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    found.sort();
    let old = |path: &Path| path.file_stem().is_some_and(|stem| stem == "debian");
    let version = |path: &Path| old(path).then_some(CaddyVersion { major: 2, minor: 6, patch: 2 });
    found.into_iter().map(|path| (path.clone(), version(&path))).collect()
}

/// Writes the configuration of a case below a folder: global options of all cases, those of `# option: x` and `# servers: x`
/// lines, and what is after a line `# file: x` into a file of its own.
pub fn write(case: &Case, folder: &Path, names: &Names) {
    let filled = names.fill(&case.config);
    let mut parts = filled.split("# file: ");
    let text = parts.next().unwrap_or_default();
    let marked = |mark: &str| -> String {
        text.lines().filter_map(|line| line.strip_prefix(mark)).map(|line| format!("{line}\n")).collect()
    };
    let (own, servers) = (marked("# option: "), marked("# servers: "));
    let main = format!(
        "{{\nadmin off\nhttp_port {}\nhttps_port {}\nskip_install_trust\nlocal_certs\nservers {{\nprotocols h1 h2\n{servers}}}\n{own}}}\n{text}",
        names.fill("PLAIN1"),
        names.fill("TLS1"),
    );
    std::fs::write(folder.join("Caddyfile"), main).expect("the main file");
    for part in parts {
        let (path, content) = part.split_once('\n').expect("a path");
        let path = folder.join(path.trim());
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, content).expect("a file");
    }
}

/// What the model answers, in the words of the files.
pub fn shown(instance: &CaddyInstance, answer: &Answer) -> Shown {
    let known = |path: &PathText| -> String {
        let piece = |piece: &PathPiece| match piece {
            PathPiece::Known(text) => text.to_string(),
            PathPiece::Segment | PathPiece::Rest => "{...}".to_owned(),
        };
        path.0.iter().map(piece).collect()
    };
    let value = |value: &HeaderValue| match value {
        HeaderValue::Known(text) => text.to_string(),
        HeaderValue::Unknown(why) => format!("unknown {:?}", why.reason),
    };
    let (mut location, mut upstream) = (None, None);
    let status = match &answer.outcome {
        Outcome::Proxied(proxied) => {
            let query = match &proxied.query {
                Sent::Nothing => String::new(),
                Sent::Text(text) => format!("?{text}"),
                Sent::Unknown => "?{...}".to_owned(),
            };
            let port = proxied.targets.first().and_then(|target| target.port);
            upstream = Some(Handed {
                line: format!("{} {}{query} HTTP/1.1", proxied.method, known(&proxied.path)),
                port: port.map_or("?".into(), |port| port.to_string()),
                headers: proxied.headers.listed.iter().map(|one| (one.name.to_string(), value(&one.value))).collect(),
            });
            200
        }
        Outcome::Redirect { code, location: target, .. } => {
            location = Some(value(target));
            *code
        }
        Outcome::Status { code, .. } => *code,
        Outcome::Files { missing: Some(missing), .. } => return shown(instance, missing),
        Outcome::Files { missing: None, .. } => super::table::FILE,
        Outcome::Unknown(why) => {
            location = Some(format!("unknown {:?}", why.reason));
            0
        }
    };
    let added = instance.added_headers(answer.level);
    let marks = added.iter().filter(|header| header.name.eq_ignore_ascii_case("x-loc"));
    Shown { marks: marks.map(|header| header.value.to_string()).collect(), status, location, upstream }
}
