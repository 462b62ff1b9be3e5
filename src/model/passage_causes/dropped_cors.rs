//! Access-Control-Allow-Origin that nginx is told to add and does not: because an inner level replaces it, or because the
//! status of an answer keeps it away.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::added::{Added, Emits, added, emits, holds_for, map_of_origins, may_be_changed};
use super::answers::{Kind, is_answered_by_back_end};
use crate::base::Place;
use crate::model::nginx::{Level, LevelId, LevelKind, NginxInstance, Statement, Tree};
use crate::model::{
    Assumption, Callers, Cause, CauseKind, Chain, Component, CorsLoss, Handshake, Link, PageOrigin, Passage, ProxyId,
    UrlRelation, Wiring,
};

/// The causes.
pub(super) fn check(wiring: &Wiring) -> Vec<Cause> {
    let instances = wiring.proxies.all::<NginxInstance>().filter(|(_, instance)| instance.accusable);
    let mut through: BTreeMap<(ProxyId, Place), Vec<&Passage>> = BTreeMap::new();
    for passage in &wiring.passages {
        through.entry((passage.proxy, passage.proxied.location_place)).or_default().push(passage);
    }
    let mut causes = Vec::new();
    for (id, instance) in instances {
        for (level, location) in instance.tree.of_kind(LevelKind::Location) {
            if location.statements.iter().any(|statement| &*statement.name == "proxy_pass") {
                let here = Here {
                    wiring,
                    instance,
                    level,
                    location,
                    passages: through.get(&(id, location.place)).cloned().unwrap_or_default(),
                };
                causes.extend(here.replaced());
                causes.extend(here.without_always());
            }
            causes.extend(preflights(wiring, &instance.tree, level, location));
        }
    }
    causes
}

/// A location that forwards.
struct Here<'w> {
    wiring: &'w Wiring,
    instance: &'w NginxInstance,
    level: LevelId,
    location: &'w Level,
    passages: Vec<&'w Passage>,
}

impl Here<'_> {
    /// The header of an outer level, lost because a level within has an `add_header` of its own.
    fn replaced(&self) -> Option<Cause> {
        let tree = &self.instance.tree;
        let in_effect = added(tree, self.level);
        let first = in_effect.first().filter(|_| !in_effect.iter().any(Added::allows_origin))?;
        let outer = tree.level(first.level)?.parent?;
        let lost = added(tree, outer).into_iter().find(Added::allows_origin)?;
        let off = tree.effective(self.level, "add_header_inherit").is_some();
        let place = first.statement.place;
        if off || self.is_out_of_sight(first.level) || !self.wiring.repository.may_be_accused(place.file) {
            return None;
        }
        if self.passages.iter().any(|passage| is_answered_by_back_end(self.wiring, passage)) {
            return None;
        }
        let by_nginx_alone = self.passages.iter().any(|passage| !passage.apps.is_empty()).then(Vec::new);
        let mut links =
            vec![Link { place: lost.statement.place, shows: "set here, for all that is inside".to_owned() }];
        links.extend(self.callers(&lost).or(by_nginx_alone)?);
        let known = !self.passages.is_empty();
        let unknown = || Assumption::OpaqueOperand(Arc::from("what the back end adds by itself"));
        let word = tree.level(lost.level).map_or("server", |level| level.kind.word());
        Some(self.cause(place, lost.text(), CorsLoss::Replaced(Arc::from(word)), links, (!known).then(unknown)))
    }

    /// The header that is in effect, and that answers with an error status lack.
    fn without_always(&self) -> Option<Cause> {
        let tree = &self.instance.tree;
        let header = added(tree, self.level).into_iter().find(Added::allows_origin)?;
        let place = header.statement.place;
        if header.is_always()
            || self.is_out_of_sight(header.level)
            || !self.wiring.repository.may_be_accused(place.file)
        {
            return None;
        }
        // What takes errors over adds headers of its own.
        let elsewhere = tree.effective(self.level, "error_page").is_some_and(|(_, pages)| {
            pages.iter().flat_map(|page| &page.args).any(|arg| arg.text.starts_with(['=', '@']))
        });
        if elsewhere || self.passages.iter().any(|passage| is_answered_by_back_end(self.wiring, passage)) {
            return None;
        }
        let by_nginx_alone = self.passages.iter().any(|passage| !passage.apps.is_empty());
        let (callers, links) = match self.callers(&header) {
            Some(links) => (Callers::Shown, links),
            None if by_nginx_alone => (Callers::Supposed, Vec::new()),
            None => return None,
        };
        Some(self.cause(place, header.text(), CorsLoss::Errors(callers), links, None))
    }

    /// Whether something that cannot be read here may decide, or nothing but handshakes comes this way.
    fn is_out_of_sight(&self, outermost: LevelId) -> bool {
        let tree = &self.instance.tree;
        let inner = || tree.outward(self.level).take_while(|(id, _)| *id != outermost).map(|(_, level)| level);
        let own = tree.level(outermost);
        let hidden = inner().chain(own).any(|level| !level.unseen.is_empty());
        let read = |passage: &&Passage| Kind::of(self.wiring, passage).is_some();
        let sockets_only = if self.passages.is_empty() {
            let upgrades = |header: &&Statement| header.arg(0).is_some_and(|name| name.eq_ignore_ascii_case("upgrade"));
            tree.effective(self.level, "proxy_set_header").is_some_and(|(_, set)| set.iter().any(upgrades))
        } else {
            !self.passages.iter().any(read)
        };
        let internal = tree.effective(self.level, "internal").is_some();
        hidden || sockets_only || internal || may_be_changed(tree, self.level)
    }

    /// What shows that pages of another origin call this location.
    fn callers(&self, header: &Added<'_>) -> Option<Vec<Link>> {
        let calls = self.passages.iter().filter(|passage| Kind::of(self.wiring, passage).is_some());
        let mut calls = calls.filter(|passage| crosses(self.wiring, passage));
        if let Some(link) = calls.find_map(|passage| passage.links.first()) {
            return Some(vec![link.clone()]);
        }
        let tree = &self.instance.tree;
        let own = tree
            .outward(self.level)
            .find(|(_, level)| level.kind == LevelKind::Server)
            .map(|(_, server)| names(server))
            .unwrap_or_default();
        let (origin, place) = named(tree, header).into_iter().find(|(origin, _)| is_foreign(origin, &own))?;
        Some(vec![Link { place, shows: format!("pages of `{origin}` are to read the answers") }])
    }

    fn cause(
        &self,
        place: Place,
        value: Arc<str>,
        loss: CorsLoss,
        mut links: Vec<Link>,
        assumption: Option<Assumption>,
    ) -> Cause {
        let location = written(self.location);
        let replaced = matches!(loss, CorsLoss::Replaced(_));
        let shows = if replaced { "answers from here lack it" } else { "errors from here lack it" };
        links.insert(0, Link { place: self.location.place, shows: shows.to_owned() });
        links.retain(|link| link.place != place);
        Cause {
            // One line may be in effect at many locations, and is fixed once.
            key: if replaced { location.to_string() } else { "errors".to_owned() },
            kind: CauseKind::DroppedCorsHeader { location, value, loss },
            place,
            chains: vec![Chain { wire: None, hop: None, links }],
            assumptions: assumption.into_iter().collect(),
        }
    }
}

/// The blocks of a location that answer preflights, and lose its header by an `add_header` of their own.
fn preflights(wiring: &Wiring, tree: &Tree, level: LevelId, location: &Level) -> Vec<Cause> {
    let Some(header) = added(tree, level).into_iter().find(Added::allows_origin) else { return Vec::new() };
    let answers = |block: &Level| {
        let code = |statement: &Statement| statement.arg(0).is_some_and(|code| code.starts_with('2'));
        block.statements.iter().any(|statement| &*statement.name == "return" && code(statement))
    };
    let mut causes = Vec::new();
    for statement in location.statements.iter().filter(|statement| &*statement.name == "if") {
        let Some((id, block)) = statement.block.and_then(|id| Some((id, tree.level(id)?))) else { continue };
        if holds_for(statement, "OPTIONS") != Some(true) || !answers(block) || !block.unseen.is_empty() {
            continue;
        }
        let in_effect = added(tree, id);
        let own = in_effect.iter().find(|header| header.level == id);
        let Some(own) = own.filter(|_| !in_effect.iter().any(Added::allows_origin)) else { continue };
        let place = own.statement.place;
        if may_be_changed(tree, id) || !wiring.repository.may_be_accused(place.file) {
            continue;
        }
        let links = vec![
            Link { place: header.statement.place, shows: "other answers get it here".to_owned() },
            Link { place: statement.place, shows: "preflights are answered here".to_owned() },
        ];
        let location = written(location);
        causes.push(Cause {
            key: location.to_string(),
            kind: CauseKind::DroppedCorsHeader { location, value: header.text(), loss: CorsLoss::Preflight },
            place,
            chains: vec![Chain { wire: None, hop: None, links }],
            assumptions: Vec::new(),
        });
    }
    causes
}

/// Whether a page of another origin makes the request.
fn crosses(wiring: &Wiring, passage: &Passage) -> bool {
    let of_passage = |handshake: &&Handshake| {
        Some((handshake.connection, handshake.deployment)) == passage.wire && handshake.mode == passage.mode
    };
    let other = |handshake: &Handshake| {
        let url = &handshake.url;
        let page: Option<&PageOrigin> = handshake.page.and_then(|page| wiring.pages.get(page.0 as usize));
        let Some(page) = page.filter(|_| url.relation == UrlRelation::Absolute) else { return false };
        let (Component::Is(host, _), Some(page_host)) = (&url.host, page.host.value()) else { return false };
        let ports = (url.port.value(), page.port.value());
        host != page_host || matches!(ports, (Some(one), Some(other)) if one != other)
    };
    wiring.handshakes.iter().filter(of_passage).any(other)
}

/// The origins that a header names, with their places.
fn named(tree: &Tree, header: &Added<'_>) -> Vec<(Arc<str>, Place)> {
    match emits(tree, header) {
        Emits::Always => vec![(header.text(), header.statement.place)],
        Emits::For(origins) => {
            let entries = map_of_origins(tree, &header.text()).unwrap_or_default();
            let place = |origin: &Arc<str>| entries.iter().find(|entry| entry.name == *origin).map(|entry| entry.place);
            origins.into_iter().filter_map(|origin| Some((origin.clone(), place(&origin)?))).collect()
        }
        Emits::Unknown => Vec::new(),
    }
}

/// Whether it is the origin of pages on the net that do not come from a server of these names.
fn is_foreign(origin: &str, own: &[Arc<str>]) -> bool {
    let Ok(url) = url::Url::parse(origin) else { return false };
    let Some(url::Host::Domain(host)) = url.host() else { return false };
    host.contains('.') && !own.iter().any(|name| name.eq_ignore_ascii_case(host))
}

fn names(server: &Level) -> Vec<Arc<str>> {
    let stated = server.statements.iter().filter(|statement| &*statement.name == "server_name");
    stated.flat_map(|statement| &statement.args).map(|arg| Arc::clone(&arg.text)).collect()
}

/// The head of a location as written, without the word itself.
fn written(location: &Level) -> Arc<str> {
    let words: Vec<&str> = location.args.iter().map(|arg| &*arg.text).collect();
    Arc::from(words.join(" "))
}
