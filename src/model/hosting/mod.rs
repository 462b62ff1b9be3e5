//! What a hosting service does with a request: its rules in their order, each as the service documents it.

mod pattern;

pub(in crate::model) use pattern::Takes;

use std::collections::BTreeMap;

use super::proxy::WITNESSES;
use super::{PackageId, PathText, Wiring};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{HostingAction, HostingFact, HostingRule, HostingService, HostingWhen};

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::model) enum Hosted<'w> {
    /// A rule takes it.
    Rule(Place, &'w HostingRule),
    /// No rule takes it: there is a file of this name, or the answer is 404.
    NoRule(Place),
    /// A function of the folder `api` takes it.
    Function,
    /// Not known, with the reason in words.
    Unknown(Place, &'static str),
}

/// What the service of a file does with a request for a path. Unknown parts of the path are tried with several texts.
pub(in crate::model) fn answer<'w>(
    wiring: &'w Wiring,
    functions: &Functions,
    package: PackageId,
    file: FileId,
    path: &PathText,
) -> Option<Hosted<'w>> {
    let files = rule_files(wiring, package, file);
    let (first, fact) = files.first()?;
    let place = Place::new(*first, fact.rules.first().map_or(crate::base::Span::default(), |rule| rule.span));
    if !is_for(wiring, package, *first, fact) {
        return Some(Hosted::Unknown(place, "which folder it publishes is not said"));
    }
    let mut found: Option<Hosted<'w>> = None;
    for witness in WITNESSES {
        let text = witness.fill(path);
        let one = answer_to_text(functions, &files, place, &text);
        match &found {
            None => found = Some(one),
            Some(known) if *known == one => {}
            Some(_) => return Some(Hosted::Unknown(place, "it depends on a part of the path that is not known")),
        }
    }
    found
}

/// Whether a file says that it is for a package: it is in its folder, or publishes something of it.
fn is_for(wiring: &Wiring, package: PackageId, file: FileId, fact: &HostingFact) -> bool {
    let root = wiring.packages.get(package.0 as usize).map(|info| &info.root);
    let folder = wiring.repository.get(file).and_then(|facts| facts.path.parent());
    fact.publishes.is_some() || fact.service == HostingService::Redirects || folder.as_ref() == root
}

/// The files whose rules hold for a package: `_redirects` comes before `netlify.toml`.
fn rule_files(wiring: &Wiring, package: PackageId, file: FileId) -> Vec<(FileId, &HostingFact)> {
    let rules = |file: FileId| wiring.repository.get(file).and_then(|facts| facts.hosting.as_deref());
    let Some(own) = rules(file) else { return Vec::new() };
    if !matches!(own.service, HostingService::Netlify | HostingService::Redirects) {
        return vec![(file, own)];
    }
    let mut files: Vec<(FileId, &HostingFact)> = wiring
        .index
        .files_of(wiring, package)
        .filter_map(|(file, facts)| Some((file, facts.hosting.as_deref()?)))
        .filter(|(_, fact)| matches!(fact.service, HostingService::Netlify | HostingService::Redirects))
        .collect();
    if !files.iter().any(|(known, _)| *known == file) {
        files.push((file, own));
    }
    files.sort_by_key(|(_, fact)| fact.service != HostingService::Redirects);
    files
}

fn answer_to_text<'w>(
    functions: &Functions,
    files: &[(FileId, &'w HostingFact)],
    place: Place,
    path: &str,
) -> Hosted<'w> {
    let of_vercel = files.first().is_some_and(|(_, fact)| fact.service == HostingService::Vercel);
    let has_function = files.first().is_some_and(|(file, _)| of_vercel && functions.has(*file, path));
    let anything = files.iter().any(|(file, _)| functions.may_answer(*file));
    let mut past_functions = false;
    for (file, fact) in files {
        let unread = fact.unread.map(|span| Place::new(*file, span));
        for rule in &fact.rules {
            // Functions are files: what comes after files comes after them.
            if rule.when == HostingWhen::NoFile && !past_functions {
                past_functions = true;
                if has_function {
                    return Hosted::Function;
                }
            }
            let at = Place::new(*file, rule.span);
            match pattern::takes(rule, path) {
                Takes::No => {}
                Takes::Unknown => return Hosted::Unknown(at, "whether its pattern takes the path is not known"),
                Takes::Yes if rule.when == HostingWhen::Sometimes => {
                    return Hosted::Unknown(at, "a condition of the rule is not followed");
                }
                Takes::Yes => {
                    // What else the service builds may take the path before the fallback to a file does.
                    let unread = unread.or(anything.then_some(at));
                    if let (Some(unread), HostingAction::File(_), HostingWhen::NoFile) =
                        (unread, &rule.action, rule.when)
                    {
                        return Hosted::Unknown(unread, "what else answers there is not read");
                    }
                    return Hosted::Rule(at, rule);
                }
            }
        }
        if let Some(unread) = unread {
            return Hosted::Unknown(unread, "what else answers there is not read");
        }
    }
    match (has_function, anything) {
        (true, _) => Hosted::Function,
        (false, true) => Hosted::Unknown(place, "what else answers there is not read"),
        (false, false) => Hosted::NoRule(place),
    }
}

/// The functions beside hosting files, looked up once: their names alone are known.
#[derive(Debug, Default)]
pub(in crate::model) struct Functions(BTreeMap<FileId, Beside>);

/// What is beside one hosting file.
#[derive(Debug, Default)]
struct Beside {
    /// The segments of the paths of Vercel's functions below `api`.
    routed: Vec<Vec<Box<str>>>,
    /// Whether there is code of the service that may answer any path.
    anything: bool,
}

/// More functions than that of one folder are not compared.
const MOST_FUNCTIONS: usize = 500;

impl Functions {
    /// Those of the repository.
    pub fn new(wiring: &Wiring) -> Self {
        let mut found = Self::default();
        for (file, facts) in wiring.repository.iter() {
            let Some(fact) = facts.hosting.as_deref() else { continue };
            let Some(folder) = facts.path.parent() else { continue };
            let beside = match fact.service {
                HostingService::Vercel => beside_vercel(wiring, &folder),
                HostingService::Netlify | HostingService::Redirects => Beside {
                    anything: ANYTHING.iter().any(|name| has_below(wiring, &folder, name))
                        || folder.parent().is_some_and(|folder| has_below(wiring, &folder, "functions"))
                        || !wiring.repository.paths_named("_worker.js").is_empty(),
                    ..Beside::default()
                },
                HostingService::Firebase | HostingService::Azure => Beside::default(),
            };
            found.0.insert(file, beside);
        }
        found
    }

    /// Whether code of the service may answer whatever it likes.
    fn may_answer(&self, file: FileId) -> bool {
        self.0.get(&file).is_some_and(|beside| beside.anything)
    }

    /// Whether a path is one of Vercel's functions.
    fn has(&self, file: FileId, path: &str) -> bool {
        let Some(rest) = path.strip_prefix("/api").filter(|rest| rest.is_empty() || rest.starts_with('/')) else {
            return false;
        };
        let asked: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
        self.0.get(&file).is_some_and(|beside| {
            beside.routed.iter().any(|parts| {
                let open = parts.iter().any(|part| part.starts_with("[..."));
                let fits = |part: &str, asked: &str| part == asked || part.starts_with('[');
                parts.iter().zip(&asked).all(|(part, asked)| fits(part, asked)) && (open || parts.len() == asked.len())
            })
        })
    }
}

/// Folders of code that Netlify or Cloudflare Pages may run for any path.
const ANYTHING: [&str; 3] = ["netlify/functions", "netlify/edge-functions", "functions"];

fn has_below(wiring: &Wiring, folder: &RepoPath, name: &str) -> bool {
    below(wiring, folder, name).next().is_some()
}

/// The paths below a folder, from there.
fn below<'w>(wiring: &'w Wiring, folder: &RepoPath, name: &str) -> impl Iterator<Item = &'w str> + use<'w> {
    let first = folder.join(name).unwrap_or_else(RepoPath::root);
    let start = format!("{}/", first.as_str());
    wiring
        .repository
        .paths
        .range(first..)
        .map(RepoPath::as_str)
        .skip_while({
            let start = start.clone();
            move |path| *path < start.as_str()
        })
        .map_while(move |path| path.strip_prefix(&start))
}

fn beside_vercel(wiring: &Wiring, folder: &RepoPath) -> Beside {
    let is_there = |name: &str| folder.join(name).is_some_and(|path| wiring.repository.paths.contains(&path));
    let routed = below(wiring, folder, "api").filter_map(|inside| {
        let (stem, extension) = inside.rsplit_once('.')?;
        let is_code = matches!(extension, "ts" | "js" | "mjs" | "cjs" | "py" | "tsx" | "go" | "rb");
        is_code.then(|| stem.split('/').filter(|part| *part != "index").map(Box::from).collect())
    });
    Beside {
        routed: routed.take(MOST_FUNCTIONS).collect(),
        anything: ["middleware.ts", "middleware.js"].into_iter().any(is_there),
    }
}
