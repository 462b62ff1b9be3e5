//! Which code reaches a browser.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{FileKind, is_tool_configuration};
use crate::facts::{ClientApi, ClientCall, Ecosystem, FileFacts, FrontEndTool, RunsIn};
use crate::model::topology::package_of;
use crate::model::{PackageId, Side, Wiring};

/// The folders that the applications of each package hand out, by the names that their paths end in.
pub(super) struct HandedOut(BTreeMap<PackageId, BTreeSet<Arc<str>>>);

impl HandedOut {
    pub(super) fn new(wiring: &Wiring) -> Self {
        let mut folders: BTreeMap<PackageId, BTreeSet<Arc<str>>> = BTreeMap::new();
        for served in &wiring.folders {
            let path = wiring.repository.get(served.place.file).map(|facts| &facts.path);
            if let Some(package) = path.and_then(|path| package_of(wiring, path)) {
                folders.entry(package).or_default().insert(Arc::clone(&served.folder));
            }
        }
        Self(folders)
    }

    /// Whether a file is in one of them, and is no part of the program itself.
    pub(super) fn handing(&self, package: PackageId, facts: &FileFacts) -> Handing {
        let Some(folders) = self.0.get(&package).filter(|_| facts.routers.is_empty() && facts.listeners.is_empty())
        else {
            return Handing::Unknown;
        };
        let names: Vec<&str> = facts.path.parts().collect();
        let inside = names.split_last().map_or([].as_slice(), |(_, inside)| inside);
        let is_one = |part: &[&str]| folders.contains(part.join("/").as_str());
        let is_inside = (1..=inside.len().min(MOST_PARTS)).any(|parts| inside.windows(parts).any(is_one));
        if is_inside { Handing::Out } else { Handing::Unknown }
    }
}

/// Whether an application hands a file out as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handing {
    Out,
    Unknown,
}

/// Parts of the name of a folder that is handed out.
const MOST_PARTS: usize = 12;

/// Whether a call is made by a browser.
pub(super) fn reaches_a_browser(
    wiring: &Wiring,
    handing: Handing,
    facts: &FileFacts,
    package: PackageId,
    call: &ClientCall,
) -> bool {
    match call.runs {
        RunsIn::Browser => return true,
        RunsIn::Server => return false,
        RunsIn::Unknown => {}
    }
    if matches!(facts.kind, FileKind::Vue | FileKind::Html) {
        return true;
    }
    let Some(info) = wiring.packages.get(package.0 as usize) else { return false };
    if is_server_file(facts, info.tool) {
        return false;
    }
    // Scripts inside a package of another language are what its pages load.
    if info.ecosystem != Some(Ecosystem::Node) {
        return true;
    }
    (match info.side {
        Side::Browser => true,
        Side::Both => info.tool.is_some() || call.api == ClientApi::WebSocket && facts.kind == FileKind::Tsx,
        Side::Server | Side::Unknown => false,
    }) || facts.kind != FileKind::TypeScript && (is_served_file(facts) || handing == Handing::Out)
}

/// Scripts in the folders that applications hand out as they are.
fn is_served_file(facts: &FileFacts) -> bool {
    facts.path.parts().rev().skip(1).any(|part| matches!(part, "public" | "static" | "www" | "htdocs" | "wwwroot"))
}

/// Files that only a server runs, by the conventions of the tools.
fn is_server_file(facts: &FileFacts, tool: Option<FrontEndTool>) -> bool {
    let path = &facts.path;
    let name = path.name();
    let stem = name.split('.').next().unwrap_or(name);
    if name.contains(".server.") || is_tool_configuration(name) || name.starts_with("+server.") {
        return true;
    }
    let folder = |part: &str| path.parts().rev().skip(1).any(|other| other == part);
    if folder("scripts") || folder("e2e") || folder("cypress") || folder("server") || folder("bin") {
        return true;
    }
    if tool != Some(FrontEndTool::Next) {
        return false;
    }
    let api_route = path.as_str().contains("pages/api/") || path.as_str().contains("app/api/");
    // Pages and layouts of the app folder run on the server unless they say `use client`, which the file's facts know.
    let server_component =
        folder("app") && matches!(stem, "page" | "layout" | "template" | "route" | "sitemap" | "robots");
    api_route || server_component || matches!(stem, "middleware" | "instrumentation")
}
