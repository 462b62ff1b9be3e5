//! Which code reaches a browser.

use crate::base::{FileKind, is_tool_configuration};
use crate::facts::{ClientApi, ClientCall, Ecosystem, FileFacts, FrontEndTool, RunsIn};
use crate::model::{PackageId, Side, Wiring};

/// Whether a call is made by a browser.
pub(super) fn reaches_a_browser(wiring: &Wiring, facts: &FileFacts, package: PackageId, call: &ClientCall) -> bool {
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
    }) || is_served_file(facts) && facts.kind != FileKind::TypeScript
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
