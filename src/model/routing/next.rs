//! Next.js's own routes: files below `app` and `pages/api`, at the paths of their folders.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::flatten::Built;
use super::scope::{server_scope, text};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{CorsWords, DevServer, FileFacts, Framework, FrontEndTool, HoleReason, PatternSyntax, Protocol};
use crate::model::{Adds, App, AppId, Known, Opening, PackageId, Registration, Route, Unknown, Wiring};

/// A route file and where its folder is.
struct RouteFile<'a> {
    file: FileId,
    facts: &'a FileFacts,
    path: FolderPath,
}

/// The path that the names of folders make.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FolderPath {
    /// The pattern, as find-my-way writes it: `/api/users/:id`.
    pattern: String,
    /// Whether it takes everything below as well (`[...rest]`): what answers there is the code's affair.
    takes_all: bool,
}

/// Adds an application for each package whose route files are known, with its routes.
pub(super) fn add(wiring: &Wiring, built: &mut Built) {
    let mut found: BTreeMap<PackageId, Vec<RouteFile<'_>>> = BTreeMap::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        if facts.route_file.is_empty() {
            continue;
        }
        let Some(id) = crate::model::topology::package_of(wiring, &facts.path) else { continue };
        let package = wiring.packages.get(id.0 as usize).filter(|package| package.tool == Some(FrontEndTool::Next));
        if let Some(path) = package.and_then(|package| path_of(&package.root, &facts.path)) {
            found.entry(id).or_default().push(RouteFile { file, facts, path });
        }
    }
    for (package, files) in found {
        application(wiring, built, package, &files);
    }
}

/// The application of a package; none where the path in front of all its routes is not known.
fn application(wiring: &Wiring, built: &mut Built, package: PackageId, files: &[RouteFile<'_>]) {
    let (Some(first), Some(base)) = (files.first(), base_path(wiring, package)) else { return };
    let app = AppId(u32::try_from(built.apps.len()).unwrap_or(u32::MAX));
    let mut open = Vec::new();
    let at_run_time = |place: Place| Unknown { reason: HoleReason::Runtime, place: Some(place) };
    for (file, facts) in wiring.index.files_of(wiring, package) {
        if let Some(span) = facts.rewrites.first() {
            open.push(Opening { below: None, adds: Adds::Routes, why: at_run_time(Place::new(file, *span)) });
        }
    }
    // A server of one's own in front of Next.js answers before it.
    let answers_first = |app: &&App| app.package == package && takes_requests(app.framework);
    if let Some(other) = built.apps.iter().find(answers_first) {
        open.push(Opening { below: None, adds: Adds::Routes, why: at_run_time(other.place) });
    }
    let package_root = wiring.packages.get(package.0 as usize).map(|package| package.root.clone());
    if wiring.repository.leaves_out(|path| package_root.as_ref().is_some_and(|root| path_of(root, path).is_some())) {
        let why = Unknown { reason: HoleReason::Unresolved(Arc::from("a route file")), place: None };
        open.push(Opening { below: None, adds: Adds::Routes, why });
    }
    for RouteFile { file, facts, path } in files {
        let whole = format!("{base}{}", path.pattern);
        let whole = if whole.is_empty() { "/".to_owned() } else { whole };
        for fact in &facts.route_file {
            let place = Place::new(*file, fact.span);
            if path.takes_all {
                open.push(Opening {
                    below: Some(Arc::from(known_start(&whole))),
                    adds: Adds::Routes,
                    why: at_run_time(place),
                });
                continue;
            }
            built.routes.push(Route {
                app,
                protocol: Protocol::Http,
                methods: with_implied(fact.method.as_ref()),
                path: Known::Is(Some(Arc::from(whole.as_str())), vec![place]),
                syntax: PatternSyntax::FindMyWay,
                place,
                evidence: vec![place],
                registered: vec![Registration { place, function: None }],
                middlewares: Arc::from([]),
                kept_out: None,
                handler: None,
            });
        }
    }
    let place = first.facts.route_file.first().map(|fact| Place::new(first.file, fact.span));
    built.apps.push(App {
        place: place.unwrap_or_else(|| Place::new(first.file, crate::base::Span::default())),
        framework: Framework::Next,
        package,
        open,
        mounts_at: None,
        root_path: None,
        rivals: Vec::new(),
        speaks_of_cors: CorsWords::Headers,
        mounts: Vec::new(),
    });
}

/// Whether applications of a framework answer plain requests: what speaks sockets alone leaves those to others.
fn takes_requests(framework: Framework) -> bool {
    !matches!(
        framework,
        Framework::Next | Framework::Ws | Framework::SocketIo | Framework::NestGateway | Framework::ExpressWs
    )
}

/// What a handler of one method answers beside it: Next.js makes HEAD out of GET, and OPTIONS out of the list.
fn with_implied(method: Option<&Arc<str>>) -> Vec<Arc<str>> {
    let Some(method) = method else { return Vec::new() };
    let mut methods = vec![Arc::clone(method), Arc::from("OPTIONS")];
    if &**method == "GET" {
        methods.push(Arc::from("HEAD"));
    }
    methods.sort();
    methods.dedup();
    methods
}

/// `basePath` of the configuration; `None` where it is not known.
fn base_path(wiring: &Wiring, package: PackageId) -> Option<String> {
    let root = &wiring.packages.get(package.0 as usize)?.root;
    let mut configurations = wiring.index.files_of(wiring, package).flat_map(|(file, facts)| {
        let is_its = facts.path.parent().as_ref() == Some(root);
        let servers = facts.dev_servers.iter().filter(move |_| is_its);
        servers.filter(|server| server.tool == FrontEndTool::Next).map(move |server: &DevServer| (file, server))
    });
    let Some((file, server)) = configurations.next() else { return Some(String::new()) };
    if configurations.next().is_some() {
        return None;
    }
    let Some(path) = &server.base_path else { return Some(String::new()) };
    let known = text(wiring, file, None, path, &server_scope(package)).value().cloned()?;
    Some(known.trim_end_matches('/').to_owned())
}

/// The path of a route file of a package, by the names of its folders; `None` for files that are none.
fn path_of(root: &RepoPath, file: &RepoPath) -> Option<FolderPath> {
    let inside = match root.as_str() {
        "" => file.as_str(),
        root => file.as_str().strip_prefix(root)?.strip_prefix('/')?,
    };
    let inside = inside.strip_prefix("src/").unwrap_or(inside);
    let (folders, name) = inside.rsplit_once('/')?;
    let (stem, _) = name.rsplit_once('.')?;
    let mut parts: Vec<&str> = folders.split('/').collect();
    match parts.remove(0) {
        "app" if stem == "route" => {}
        "pages" if parts.first() == Some(&"api") => {
            if stem != "index" {
                parts.push(stem);
            }
        }
        _ => return None,
    }
    let mut path = FolderPath { pattern: String::new(), takes_all: false };
    for part in parts {
        if part.starts_with('_') && stem == "route" {
            return None;
        }
        let is_unseen = part.starts_with('(') && part.ends_with(')') || part.starts_with('@');
        if is_unseen {
            continue;
        }
        match part.strip_prefix('[').and_then(|part| part.strip_suffix(']')) {
            Some(name) if name.starts_with("...") || name.starts_with("[...") => {
                path.takes_all = true;
                return Some(path);
            }
            Some(name) => path.pattern.push_str(&format!("/:{name}")),
            None => path.pattern.push_str(&format!("/{part}")),
        }
    }
    Some(path)
}

/// The part of a pattern in front of its first parameter.
fn known_start(pattern: &str) -> &str {
    let end = pattern.find("/:").unwrap_or(pattern.len());
    pattern.get(..end).unwrap_or(pattern)
}

#[cfg(test)]
mod tests {
    use super::path_of;
    use crate::base::RepoPath;

    #[test]
    fn folders_make_the_paths_that_nextjs_gives_them() {
        for (file, expected, takes_all) in [
            ("web/app/api/users/route.ts", "/api/users", false),
            ("web/src/app/(shop)/api/cart/[id]/route.ts", "/api/cart/:id", false),
            ("web/app/api/auth/[...nextauth]/route.ts", "/api/auth", true),
            ("web/app/api/[[...route]]/route.ts", "/api", true),
            ("web/pages/api/index.ts", "/api", false),
            ("web/pages/api/users/[id].ts", "/api/users/:id", false),
            ("web/app/route.ts", "", false),
        ] {
            let path = RepoPath::new("web").zip(RepoPath::new(file)).and_then(|(root, file)| path_of(&root, &file));
            assert_eq!(
                path.map(|path| (path.pattern, path.takes_all)),
                Some((expected.to_owned(), takes_all)),
                "{file}"
            );
        }
        let path = RepoPath::new("").zip(RepoPath::new("app/_lib/route.ts")).map(|(root, file)| path_of(&root, &file));
        assert_eq!(path, Some(None));
    }
}
