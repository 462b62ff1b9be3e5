//! Stage 5: the origins that front ends are served from, with the evidence for https.

mod declared;
mod folder;
mod joined;
mod proxies;
mod stated;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) use self::joined::front_ends;

use super::follow::network::Network;
use super::topology::package_of;
use super::{
    Assumption, Declared, Deployment, DeploymentId, DeploymentKind, Known, Listener, ListenerId, Mode, Package,
    PackageId, PageOrigin, PageScheme, ServedBy, Side, Tls, Unknown, Wiring,
};
use crate::base::{FileKind, Limit, Place};
use crate::facts::{ExprKind, FrontEndTool, HoleReason, PageKind, PatternSyntax, Protocol, ServerProgram};

/// Origins of one front end in one deployment.
const ORIGINS: Limit = Limit::new(
    16,
    "origins of one front end in one deployment",
    "connections of pages from the remaining ones are unknown",
    "leave out deployments of no interest, with `exclude` in `wirelint.toml`",
);

/// Runs the stage.
pub fn find(wiring: &mut Wiring, declared: &Declared) {
    let pages = collect(wiring, declared);
    wiring.pages = pages;
}

fn collect(wiring: &Wiring, declared: &Declared) -> Vec<PageOrigin> {
    let mut pages: Vec<PageOrigin> = Vec::new();
    let mut same: BTreeMap<(PackageId, DeploymentId), Vec<usize>> = BTreeMap::new();
    let mut settled = stated::Settled::default();
    let hosting = hosting_files(wiring);
    for joined in front_ends(wiring) {
        let (package, id) = (joined.package, joined.deployment);
        let (Some(info), Some(deployment)) =
            (wiring.packages.get(package.0 as usize), wiring.deployments.get(id.0 as usize))
        else {
            continue;
        };
        if !has_pages(wiring, package, info) {
            continue;
        }
        let Some(network) = Network::new(wiring, id, &joined.mode) else { continue };
        let front_end = FrontEnd { wiring, network, id, deployment, package, info, mode: &joined.mode };
        let mut found = front_end.origins(&hosting, &mut settled, declared);
        if let Some(next) = found.get(ORIGINS.most_items()) {
            let place = next.host.places().iter().chain(next.port.places()).next();
            wiring.limits.reached(place.copied(), &ORIGINS);
            found.truncate(ORIGINS.most_items());
        }
        for mut page in found {
            if let Some(assumption) = &joined.assumption
                && !page.assumptions.contains(assumption)
            {
                page.assumptions.push(assumption.clone());
            }
            let known = same.entry((page.package, page.deployment)).or_default();
            if !known.iter().any(|index| pages.get(*index) == Some(&page)) {
                known.push(pages.len());
                pages.push(page);
            }
        }
    }
    pages
}

/// Whether a package may have pages at all.
fn has_pages(wiring: &Wiring, id: PackageId, package: &Package) -> bool {
    package.tool.is_some()
        || matches!(package.side, Side::Browser | Side::Both)
        || wiring.index.files_of(wiring, id).any(|(_, facts)| {
            facts.role.speaks()
                && (!facts.client_calls.is_empty() || facts.pages.iter().any(|page| page.kind == PageKind::Document))
        })
}

/// A front end in a deployment and mode.
struct FrontEnd<'w> {
    wiring: &'w Wiring,
    network: Network<'w>,
    id: DeploymentId,
    deployment: &'w Deployment,
    package: PackageId,
    info: &'w Package,
    mode: &'w Mode,
}

impl FrontEnd<'_> {
    fn origins(
        &self,
        hosting: &[(PackageId, Arc<str>, Place)],
        settled: &mut stated::Settled,
        declared: &Declared,
    ) -> Vec<PageOrigin> {
        let mut found = self.behind_labels();
        found.extend(self.behind_proxies());
        // A hosting file says who serves the build; a script of the manifest only how it may be tried out.
        if found.is_empty() && *self.mode != Mode::Development && self.deployment.services.is_empty() {
            found.extend(self.hosted(hosting));
        }
        if found.is_empty() {
            found.extend(self.listening());
        }
        if found.is_empty() && *self.mode == Mode::Development && self.deployment.kind == DeploymentKind::Development {
            found.extend(self.default_dev_server());
        }
        if *self.mode != Mode::Development {
            if found.is_empty() {
                found.extend(self.hosted(hosting));
            }
            let declarations = self.declarations(declared);
            if declarations.is_empty() {
                let stated = self.stated(&found, settled);
                found.extend(stated);
            } else {
                let file = declared.file.as_ref().and_then(|file| self.wiring.repository.find(file));
                found = self.declared(&declarations, file, found);
            }
        }
        if found.is_empty() {
            found.extend(self.beside_the_application());
        }
        if found.is_empty() {
            found.extend(self.at_the_one_server());
        }
        found
    }

    /// Pages that a hosting service publishes.
    fn hosted(&self, hosting: &[(PackageId, Arc<str>, Place)]) -> Vec<PageOrigin> {
        let own = hosting.iter().filter(|(package, ..)| *package == self.package);
        own.map(|(_, name, place)| {
            let scheme = Known::Is(PageScheme::Https, vec![*place]);
            self.page(ServedBy::Hosting(name.clone()), scheme, vec![*place])
        })
        .collect()
    }

    /// A page with an unknown host and port.
    fn page(&self, served_by: ServedBy, scheme: Known<PageScheme>, https: Vec<Place>) -> PageOrigin {
        let port = match scheme {
            // The public address of a TLS site has no port unless somebody says so.
            Known::Is(PageScheme::Https, ref places) => Known::Is(443, places.clone()),
            _ => Known::Unknown(nobody_says(None)),
        };
        PageOrigin {
            package: self.package,
            deployment: self.id,
            mode: self.mode.clone(),
            served_by,
            scheme,
            host: Known::Unknown(nobody_says(https.first().copied())),
            port,
            https,
            assumptions: Vec::new(),
        }
    }

    /// Development servers, `next start`, static servers, and applications that serve the pages themselves.
    fn listening(&self) -> Vec<PageOrigin> {
        let mut found = Vec::new();
        for (id, listener) in self.network.listeners() {
            let Some(served_by) = self.serves_pages(id, listener) else { continue };
            let port = listener.port.value().copied();
            let is_outside = |service| port.is_some_and(|port| self.is_outside(service, port));
            if self.deployment.kind == DeploymentKind::Cluster && !listener.service.is_some_and(is_outside) {
                continue;
            }
            let https: Vec<Place> = if listener.tls == Tls::Tls { vec![listener.place] } else { Vec::new() };
            let scheme = match listener.tls {
                Tls::Tls => Known::Is(PageScheme::Https, https.clone()),
                Tls::Plain if self.deployment.kind != DeploymentKind::Cluster => {
                    Known::Is(PageScheme::Http, vec![listener.place])
                }
                Tls::Plain | Tls::Unknown => Known::Unknown(nobody_says(Some(listener.place))),
            };
            let mut page = self.page(served_by, scheme, https);
            page.port = listener.port.clone();
            let local = self.deployment.kind == DeploymentKind::Development || *self.mode == Mode::Development;
            if let Some(service) = listener.service {
                page.port = match listener.port.value().and_then(|port| self.network.published(service, *port)) {
                    Some((port, place)) => Known::Is(port, vec![place]),
                    None => Known::Unknown(nobody_says(Some(listener.place))),
                };
            }
            if local {
                page.host = Known::Is(given_out(listener), vec![listener.place]);
            }
            found.push(page);
        }
        found
    }

    fn serves_pages(&self, id: ListenerId, listener: &Listener) -> Option<ServedBy> {
        use ServerProgram as P;
        match listener.program {
            P::Vite | P::VitePreview | P::Cra if listener.package == Some(self.package) => {
                Some(ServedBy::DevServer(id))
            }
            P::Next if listener.package == Some(self.package) && *self.mode == Mode::Development => {
                Some(ServedBy::DevServer(id))
            }
            P::Next | P::StaticServer if listener.package == Some(self.package) => Some(ServedBy::App(id)),
            _ => {
                let own = listener
                    .apps
                    .iter()
                    .any(|app| self.wiring.apps.get(app.0 as usize).is_some_and(|app| app.package == self.package));
                let handed = self.is_handed_out(listener) || own && !self.is_bundled() && self.has_a_root(listener);
                handed.then_some(ServedBy::App(id))
            }
        }
    }

    fn is_bundled(&self) -> bool {
        self.info.tool.is_some_and(|tool| tool != FrontEndTool::Plain)
    }

    /// Whether an application of the listener hands out the folder of this front end, or what is built in it.
    fn is_handed_out(&self, listener: &Listener) -> bool {
        let served =
            self.wiring.folders.iter().filter(|served| served.apps.iter().any(|app| listener.apps.contains(app)));
        served.filter_map(|served| Some((served, self.wiring.repository.get(served.place.file)?))).any(
            |(served, facts)| {
                folder::inside(&self.info.root, &served.folder, &facts.path).is_some_and(|inner| {
                    let is_output = inner.split('/').any(|name| matches!(name, "dist" | "build" | "out" | "public"));
                    !self.is_bundled() || is_output && *self.mode != Mode::Development
                })
            },
        )
    }

    /// Whether the applications of a listener hand out files, or have something at their root.
    fn has_a_root(&self, listener: &Listener) -> bool {
        let routes = self.wiring.index.routes(self.wiring).of(&listener.apps);
        routes.iter().filter_map(|id| self.wiring.routes.get(id.0 as usize)).any(|route| {
            route.protocol == Protocol::Static
                || route.protocol == Protocol::Http
                    && match &route.path {
                        Known::Is(path, _) => path.as_deref().is_none_or(|path| matches!(path, "/" | "^/$" | "^/?$")),
                        // A function that tells the paths of all requests apart by itself.
                        Known::Unknown(_) => route.syntax == PatternSyntax::Prefix && route.handler.is_none(),
                    }
        })
    }

    /// Templates and static files in the folders of the one application of the deployment: it hands them out, however it is
    /// started.
    fn beside_the_application(&self) -> Option<PageOrigin> {
        if self.info.tool.is_some_and(|tool| tool != FrontEndTool::Plain) {
            return None;
        }
        let mut serving = self.network.listeners().filter(|(_, listener)| !listener.apps.is_empty());
        let (id, listener) = serving.next()?;
        if serving.any(|(_, other)| other.apps != listener.apps) {
            return None;
        }
        let owner = listener.package?;
        let around = &self.wiring.packages.get(owner.0 as usize)?.root;
        let folder = self.info.root.name();
        let inside = matches!(folder, "static" | "templates" | "public" | "assets" | "www");
        if owner != self.package && !(inside && self.info.root.is_under(around)) {
            return None;
        }
        let mut page = self.page(ServedBy::App(id), Known::Unknown(nobody_says(Some(listener.place))), Vec::new());
        page.assumptions.push(Assumption::LikelyPairing);
        Some(page)
    }

    /// The tool's own port when no command line of the repository starts its server.
    fn default_dev_server(&self) -> Option<PageOrigin> {
        let port = match self.info.tool? {
            FrontEndTool::Vite => 5173,
            FrontEndTool::Next | FrontEndTool::Cra | FrontEndTool::Nuxt => 3000,
            FrontEndTool::VueCli | FrontEndTool::Webpack => 8080,
            FrontEndTool::Angular => 4200,
            FrontEndTool::Plain => return None,
        };
        // Where a command line starts the server, its configured port made a listener. A port that could not be understood
        // must not be guessed here.
        let place = self.manifest_place()?;
        let mut stated = self.wiring.index.dev_servers_under(self.wiring, &self.info.root).flat_map(|(_, facts)| {
            facts.dev_servers.iter().filter_map(move |server| Some((facts, server.port.as_ref()?)))
        });
        let configured = stated.next();
        // Of several files, and of one in a folder further down, nobody says that the tool reads it.
        let only = configured.filter(|(facts, _)| facts.path.parent().as_ref() == Some(&self.info.root));
        let literal = only.filter(|_| stated.next().is_none()).and_then(|(facts, port)| match &port.kind {
            ExprKind::Num(text) | ExprKind::Str(text) => {
                let file = self.wiring.repository.find(&facts.path)?;
                Some((text.parse::<u16>().ok()?, Place::new(file, port.span)))
            }
            _ => None,
        });
        let mut page = self.page(ServedBy::Unknown, Known::Is(PageScheme::Http, vec![place]), Vec::new());
        page.host = Known::Is(Arc::from("localhost"), vec![place]);
        page.port = match (configured, literal) {
            (None, _) => Known::Is(port, vec![place]),
            (Some(_), Some((literal, stated))) => Known::Is(literal, vec![place, stated]),
            (Some(_), None) => Known::Unknown(nobody_says(None)),
        };
        Some(page)
    }

    fn manifest_place(&self) -> Option<Place> {
        let file = *self.info.manifests.first()?;
        Some(Place::new(file, crate::base::Span::default()))
    }
}

/// The host under which a development server tells people to open its pages: Vite prints the one address that it was given.
fn given_out(listener: &Listener) -> Arc<str> {
    let is_vite = matches!(listener.program, ServerProgram::Vite | ServerProgram::VitePreview);
    let bound = listener.host.value().filter(|host| is_vite && host.starts_with("127."));
    bound.cloned().unwrap_or_else(|| Arc::from("localhost"))
}

fn nobody_says(place: Option<Place>) -> Unknown {
    Unknown { reason: HoleReason::Runtime, place }
}

/// Hosting files with the packages whose pages they publish.
fn hosting_files(wiring: &Wiring) -> Vec<(PackageId, Arc<str>, Place)> {
    let mut found = Vec::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.may_be_accused()) {
        for page in &facts.pages {
            let PageKind::Hosting(name) = &page.kind else { continue };
            let Some(mut folder) = facts.path.parent() else { continue };
            // `_redirects` is in the folder whose files are copied into the build.
            if facts.kind == FileKind::Hosting && matches!(folder.name(), "public" | "static") {
                folder = folder.parent().unwrap_or(folder);
            }
            let place = Place::new(file, page.span);
            // The build of another folder, such as that of the documentation, is another site.
            let publishes = facts.hosting.as_deref().and_then(|hosting| hosting.publishes.as_deref());
            let built_in = publishes.and_then(|published| package_of(wiring, &folder.join(published)?));
            let packages = (0u32..).map(PackageId).zip(&wiring.packages);
            let inside: Vec<_> = packages.filter(|(_, info)| info.tool.is_some()).collect();
            let exact: Vec<_> = inside.iter().filter(|(_, info)| info.root == folder).collect();
            match (exact.as_slice(), inside.as_slice()) {
                ([(package, _)], _) | ([], [(package, _)]) if built_in.is_none_or(|built_in| built_in == *package) => {
                    // `_redirects` beside `netlify.toml`: one service
                    let known = found.iter().any(|(known, ..): &(PackageId, _, _)| known == package);
                    let is_netlify = facts.kind == FileKind::Hosting || &**name == "Netlify";
                    if !is_netlify || !known {
                        found.push((*package, name.clone(), place));
                    }
                }
                _ => {}
            }
        }
    }
    found
}
