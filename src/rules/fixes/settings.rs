//! Options of development servers, commands, libraries and templates.

use std::sync::Arc;

use super::Case;
use super::remedies::{BIND_ALL, CLIENT_PORT, DEV_PROXY, ENV_PREFIX, ENVSUBST_LIST, REWRITE, SOCKET_LIBRARY};
use crate::base::{FileKind, Place, RepoPath};
use crate::facts::{CommandFact, Expr, ExprKind, FileFacts, ListenFact, ServerProgram};
use crate::model::{CauseKind, NoSockets, TemplateFault};
use crate::rules::Fix;
use crate::rules::fix::{Change, Edit};

const ANY: &str = "0.0.0.0";

/// The fix of a setting.
pub(super) fn of(case: &Case<'_>) -> Option<Fix> {
    let place = case.place();
    match &case.cause.kind {
        CauseKind::DevProxyWithoutWebSocket { .. } => {
            let member = if is_json(case.facts) { "\"ws\": true" } else { "ws: true" };
            let edit = Edit::new(place, Change::Spread { name: "target", member: member.to_owned() });
            Some(Fix::new(&DEV_PROXY, "add `ws: true` to the entry".to_owned(), vec![edit]))
        }
        CauseKind::ProxyPathRewrite { lines: Some(lines), shared: false, .. }
            if case.is_script() || is_json(case.facts) =>
        {
            let line = lines.trim_end_matches(',');
            let wanted = ["rewrite:", "pathRewrite:", "\"pathRewrite\":"];
            let change = Change::Spread { name: "target", member: line.to_owned() };
            wanted
                .iter()
                .any(|start| line.starts_with(start))
                .then(|| Fix::new(&REWRITE, "take the prefix off the path".to_owned(), vec![Edit::new(place, change)]))
        }
        CauseKind::HmrPortMismatch { right, .. } => {
            let change = Change::Property { name: "port".to_owned(), with: format!("clientPort: {right}") };
            Some(Fix::new(&CLIENT_PORT, format!("let the client use port {right}"), vec![Edit::new(place, change)]))
        }
        CauseKind::LoopbackBind { host, .. } => bind(case, host),
        CauseKind::MissingWebSocketSupport { why: NoSockets::NoLibrary, .. } => {
            let edit = Edit::new(place, Change::Extra { name: "uvicorn", extra: "standard" });
            Some(Fix::new(&SOCKET_LIBRARY, "install `uvicorn[standard]`".to_owned(), vec![edit]))
        }
        CauseKind::UnexposedEnvVar { name, read, right, .. } => prefix(case, name, read, right),
        CauseKind::UnsubstitutedTemplate { fault: TemplateFault::Eaten { meant, .. } } if !meant.is_empty() => {
            let dollar = if case.facts.kind == FileKind::Compose { "$$" } else { "$" };
            let names: Vec<String> =
                meant.iter().map(|name| format!("{dollar}{}", name.trim_start_matches('$'))).collect();
            let list = names.join(" ");
            let edit = Edit::new(place, Change::Behind(format!(" '{list}'")));
            Some(Fix::new(&ENVSUBST_LIST, "name the variables that are replaced".to_owned(), vec![edit]))
        }
        _ => None,
    }
}

fn is_json(facts: &FileFacts) -> bool {
    matches!(facts.kind, FileKind::Json | FileKind::PackageJson)
}

/// The host of what listens, where it is written, or one more argument.
fn bind(case: &Case<'_>, host: &Arc<str>) -> Option<Fix> {
    let place = case.place();
    let fix = |edit: Edit| Some(Fix::new(&BIND_ALL, format!("bind `{ANY}`"), vec![edit]));
    let Some(listen) = listens(case.facts).find(|listen| listen.span == place.span) else {
        // The address is written in another file than the listener.
        return fix(Edit::word(place, &**host, ANY));
    };
    let written = listen.host.as_ref().filter(|host| matches!(host.kind, ExprKind::Str(_)));
    if let Some(Expr { span, .. }) = written {
        return fix(Edit::word(Place::new(place.file, *span), &**host, ANY));
    }
    if listen.host.is_some() {
        return None;
    }
    match listen.server {
        ServerProgram::Uvicorn if case.is_python() => fix(Edit::new(place, Change::Member(format!("host=\"{ANY}\"")))),
        ServerProgram::Uvicorn
        | ServerProgram::FastApiCli
        | ServerProgram::FlaskRun
        | ServerProgram::Vite
        | ServerProgram::VitePreview
            if !case.is_python() && !case.is_script() =>
        {
            fix(Edit::new(place, Change::Words(vec!["--host".to_owned(), ANY.to_owned()])))
        }
        _ => None,
    }
}

/// Everything that listens in a file.
fn listens(facts: &FileFacts) -> impl Iterator<Item = &ListenFact> {
    let compose = facts.compose.iter().flat_map(|compose| &compose.services);
    let compose = compose.flat_map(|service| service.command.iter().chain(&service.entrypoint));
    let image = facts.dockerfile.iter().flat_map(|file| &file.stages);
    let image = image.flat_map(|stage| stage.command.iter().chain(&stage.entrypoint).chain(&stage.runs));
    let manifest = facts.manifest.iter().flat_map(|manifest| &manifest.scripts).map(|script| &script.command);
    let scripts = facts.scripts.iter().map(|script| &script.command);
    let commands = compose.chain(image).chain(manifest).chain(scripts);
    facts.listeners.iter().chain(commands.flat_map(|command: &CommandFact| &command.listens))
}

/// The variable under the name that the bundler hands out: where it is read, and where it is set.
fn prefix(case: &Case<'_>, name: &Arc<str>, read: &str, right: &str) -> Option<Fix> {
    let new = right.rsplit('.').next()?;
    if !read.contains('.') {
        return None;
    }
    let places =
        case.cause.chains.iter().flat_map(|chain| &chain.links).filter(|link| link.shows.contains("the same fault"));
    let mut read_at: Vec<Place> = places.map(|link| link.place).chain([case.place()]).collect();
    read_at.sort();
    read_at.dedup();
    let mut edits: Vec<Edit> = read_at.into_iter().map(|place| Edit::word(place, read, right)).collect();
    if new != &**name {
        let set: Vec<Edit> = set_at(case, name).map(|place| Edit::word(place, &**name, new)).collect();
        if set.is_empty() {
            return None;
        }
        edits.extend(set);
    }
    Some(Fix::new(&ENV_PREFIX, format!("read `{right}`"), edits))
}

/// Where env files of the package of a place set a variable.
fn set_at<'c>(case: &'c Case<'_>, name: &'c str) -> impl Iterator<Item = Place> + 'c {
    let repository = &case.wiring.repository;
    let folders = std::iter::successors(case.facts.path.parent(), RepoPath::parent);
    let holds_manifest =
        |folder: &RepoPath| folder.join("package.json").is_some_and(|manifest| repository.find(&manifest).is_some());
    let package = folders.into_iter().find(holds_manifest).unwrap_or_else(RepoPath::root);
    repository.below(&package).flat_map(move |(file, facts)| {
        let entries = facts.env.iter().filter(move |entry| *entry.name == *name);
        entries.map(move |entry| Place::new(file, entry.name_span)).collect::<Vec<_>>()
    })
}
