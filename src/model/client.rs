//! Stage 6: connections of browser code, and their URLs bound to each page.

mod base_element;
mod defaults;
mod extension;
mod form;
mod guards;
mod handed_out;
mod headers;
mod side;
mod wrapper;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::extension::Extensions;
use super::evaluate::{Scope, evaluate_for_callers, evaluate_in, evaluate_within, ways_to_reach};
use super::page::front_ends;
use super::topology::package_of;
use super::url::{Given, SchemeChoice, bind as bind_url};
use super::{
    Alternative, Assumption, Component, Connection, ConnectionId, DeploymentId, Handshake, Mode, PackageId, PageId,
    PageOrigin, Piece, ServiceId, Side, Text, Value, Wiring,
};
use crate::base::{FileId, Limit, Place};
use crate::facts::{ClientApi, ClientCall, Expr, ExprKind, Op, Sense, Test};

/// Handshakes of one run.
const HANDSHAKES: Limit = Limit::new(
    20_000,
    "connections, counted in each place where their page is served",
    "what becomes of the remaining ones is unknown",
    "leave out code and deployments of no interest, with `exclude` in `wirelint.toml`",
);
/// Ways of one call, each with its pages.
const WAYS: Limit = Limit::new(
    1_000,
    "ways of one call, counted in each place where its page is served",
    "what becomes of the remaining ones is unknown",
    "leave out code and deployments of no interest, with `exclude` in `wirelint.toml`",
);

/// Runs the stage: adds the connections, and a handshake without hops for each deployment, page and URL.
pub fn bind(wiring: &mut Wiring) {
    let mut connections = Vec::new();
    let mut handshakes = Vec::new();
    let mut unresolved = Vec::new();
    let places = Deployments::new(wiring);
    let extensions = Extensions::new(wiring);
    let bases = base_element::paths(wiring);
    let handed_out = side::HandedOut::new(wiring);
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.may_be_accused()) {
        if facts.client_calls.is_empty() {
            continue;
        }
        let Some(package) = package_of(wiring, &facts.path) else { continue };
        let handing = handed_out.handing(package, facts);
        for call in &facts.client_calls {
            if !side::reaches_a_browser(wiring, handing, facts, package, call)
                || !form::is_client(wiring, file, package, call)
            {
                continue;
            }
            if extensions.hold(package, &facts.path) {
                let reason = "it belongs to a browser extension, whose pages no site serves".to_owned();
                unresolved.push((Place::new(file, call.span), reason));
                continue;
            }
            let id = ConnectionId(u32::try_from(connections.len()).unwrap_or(u32::MAX));
            let base = bases.get(&package).cloned();
            let site = Site { wiring, file, call, package, base };
            let credentials = site.credentials(&places);
            let headers = headers::sent(wiring, file, call, places.of(package).first().map(|it| site.scope(it)));
            connections.push(Connection {
                place: Place::new(file, call.span),
                url_place: Place::new(file, call.url.span),
                api: call.api,
                method: call.method.clone(),
                package,
                credentials,
                headers,
                answer: call.answer,
            });
            let mut bound = site.bind(id, &places);
            match site.why_unresolved(&bound) {
                Some(reason) => unresolved.push((Place::new(file, call.span), reason)),
                None => {
                    // Where not all of its handshakes have room, none is followed: a part says nothing of the whole.
                    if bound.len() > HANDSHAKES.most_items().saturating_sub(handshakes.len()) {
                        bound.clear();
                        wiring.limits.reached(None, &HANDSHAKES);
                        unresolved.push((Place::new(file, call.span), "there are too many connections".to_owned()));
                    }
                    handshakes.extend(bound);
                }
            }
        }
    }
    wiring.connections = connections;
    wiring.handshakes = handshakes;
    wiring.unresolved.extend(unresolved);
}

/// Where each package's code is deployed, and its pages there.
struct Deployments {
    of_package: Vec<Vec<Deployed>>,
}

struct Deployed {
    deployment: DeploymentId,
    mode: Mode,
    pages: Vec<PageId>,
    assumption: Option<Assumption>,
    /// The service whose image build makes the bundle.
    service: Option<ServiceId>,
}

impl Deployments {
    fn new(wiring: &Wiring) -> Self {
        let mut of_package: Vec<Vec<Deployed>> = wiring.packages.iter().map(|_| Vec::new()).collect();
        let mut pages: BTreeMap<(PackageId, DeploymentId, &Mode), Vec<PageId>> = BTreeMap::new();
        for (id, page) in (0u32..).map(PageId).zip(&wiring.pages) {
            pages.entry((page.package, page.deployment, &page.mode)).or_default().push(id);
        }
        for joined in front_ends(wiring) {
            let Some(list) = of_package.get_mut(joined.package.0 as usize) else { continue };
            let pages = pages.get(&(joined.package, joined.deployment, &joined.mode)).cloned().unwrap_or_default();
            list.push(Deployed {
                deployment: joined.deployment,
                mode: joined.mode,
                pages,
                assumption: joined.assumption,
                service: builder(wiring, joined.package, joined.deployment),
            });
        }
        Self { of_package }
    }

    fn of(&self, package: PackageId) -> &[Deployed] {
        self.of_package.get(package.0 as usize).map_or(&[], Vec::as_slice)
    }
}

/// The service of a deployment that a package's code is built into.
fn builder(wiring: &Wiring, package: PackageId, deployment: DeploymentId) -> Option<ServiceId> {
    let services = &wiring.deployments.get(deployment.0 as usize)?.services;
    services
        .iter()
        .copied()
        .find(|id| wiring.services.get(id.0 as usize).is_some_and(|service| service.packages.contains(&package)))
}

/// A call that opens a connection.
struct Site<'w> {
    wiring: &'w Wiring,
    file: FileId,
    call: &'w ClientCall,
    package: PackageId,
    /// The path that relative addresses are resolved against, where the pages state it.
    base: Option<Arc<str>>,
}

impl Site<'_> {
    fn scope(&self, deployed: &Deployed) -> Scope {
        Scope {
            package: self.package,
            deployment: Some(deployed.deployment),
            service: deployed.service,
            mode: deployed.mode.clone(),
            side: Side::Browser,
        }
    }

    fn bind(&self, id: ConnectionId, places: &Deployments) -> Vec<Handshake> {
        let mut bound = Vec::new();
        let wrapper = wrapper::base(self.wiring, self.file, self.call);
        let expression = if wrapper.is_some() { self.call.url.clone() } else { self.address() };
        let function = (self.call.function.as_deref(), self.call.closure);
        let built = places.of(self.package).iter().filter(|it| it.mode != Mode::Development && !it.pages.is_empty());
        let several = if built.count() > 1 { Servers::Several } else { Servers::One };
        for deployed in places.of(self.package) {
            let scope = self.scope(deployed);
            let socket_path = self.socket_path(&scope);
            let bases = match &wrapper {
                Some(wrapper) => self.wrapped(wrapper, &scope),
                None => vec![Base { text: defaults::base(self.wiring, self.call, &scope), made_by: None }],
            };
            for called in evaluate_within(self.wiring, self.file, function, &expression, &scope) {
                let pages: Vec<Option<PageId>> = if deployed.pages.is_empty() {
                    vec![None]
                } else {
                    self.pages(deployed).into_iter().map(Some).collect()
                };
                let reached = self.reached(&called.alternatives, &scope);
                for page in pages {
                    for (alternative, base) in combined(&tell_apart(&reached), &bases) {
                        let call = called.call;
                        let way = Way { id, deployed, page, call, base, alternative: &alternative, several };
                        self.bind_one(&way, socket_path.as_ref(), &mut bound);
                    }
                }
                if bound.len() > WAYS.most_items() {
                    self.wiring.limits.reached(Some(Place::new(self.file, self.call.span)), &WAYS);
                    return bound;
                }
            }
        }
        bound
    }

    /// The pages of a deployment that run the code around the call.
    fn pages(&self, deployed: &Deployed) -> Vec<PageId> {
        match self.wiring.repository.get(self.file) {
            Some(facts) if deployed.pages.len() > 1 => handed_out::pages(self.wiring, &facts.path, &deployed.pages),
            _ => deployed.pages.clone(),
        }
    }

    /// The alternatives under which the call is reached, each with the tests of the page that it then rests on.
    fn reached(&self, alternatives: &[Alternative], scope: &Scope) -> Vec<Alternative> {
        let function = self.call.function.as_deref();
        let mut found = Vec::new();
        for alternative in alternatives {
            let ways = ways_to_reach(self.wiring, self.file, function, &self.call.reach, scope, &alternative.taken);
            for tests in ways {
                let mut alternative = alternative.clone();
                let more = tests.into_iter().filter(|test| !alternative.taken.contains(test)).collect::<Vec<_>>();
                alternative.taken.extend(more);
                found.push(alternative);
            }
        }
        found
    }

    /// What an own client puts in front of the path.
    fn wrapped(&self, wrapper: &wrapper::Base, scope: &Scope) -> Vec<Base> {
        let function = Some(&*wrapper.function);
        let called = evaluate_for_callers(self.wiring, wrapper.file, function, &wrapper.expr, scope);
        let alternatives: Vec<Alternative> = called.into_iter().flat_map(|called| called.alternatives).collect();
        let mut bases: Vec<Base> = Vec::new();
        for alternative in tell_apart(&alternatives) {
            let base = Base { text: Some(self.text(&alternative.value)), made_by: Some(alternative.clone()) };
            if !bases.contains(&base) {
                bases.push(base);
            }
        }
        bases
    }

    /// The address, with the library's base in front.
    fn address(&self) -> Expr {
        match &self.call.base {
            Some(base) => {
                let operands = vec![base.clone(), self.call.url.clone()];
                Expr::new(self.call.url.span, ExprKind::Op(Op::JoinUrl, operands))
            }
            None => self.call.url.clone(),
        }
    }

    fn bind_one(&self, way: &Way<'_>, socket_path: Option<&Text>, bound: &mut Vec<Handshake>) {
        let Way { id, deployed, page, call, alternative, .. } = *way;
        let origin = page.and_then(|page| self.wiring.pages.get(page.0 as usize));
        if !guards::may_happen(&alternative.taken, origin) {
            return;
        }
        if self.is_of_another_server(alternative, deployed, origin, way.several) {
            return;
        }
        let chosen = alternative.taken.iter().any(|(test, _)| *test == Test::PageIsHttps);
        let mut text = self.text(&alternative.value);
        if let Some(base) = way.base {
            text = defaults::join(base, text);
        }
        let given = Given {
            text: &text,
            api: self.call.api,
            socket_path,
            page: origin,
            base: self.base.as_deref(),
            scheme_choice: if chosen { SchemeChoice::ByPage } else { SchemeChoice::Text },
        };
        let read = bind_url(&given);
        let Some(mut url) = read.url.or_else(|| read.problem.is_some().then(|| unreadable(&text))) else { return };
        url.problem = read.problem;
        url.guards = alternative.taken.iter().filter(|(test, _)| !test.is_of_page()).cloned().collect();
        url.page_guards = alternative.taken.iter().filter(|(test, _)| test.is_of_page()).cloned().collect();
        url.evidence = alternative.evidence.clone();
        url.assumptions = alternative.assumptions.clone();
        let of_page = origin.map(|origin| origin.assumptions.as_slice()).unwrap_or_default();
        for assumption in of_page.iter().chain(&deployed.assumption) {
            if !url.assumptions.contains(assumption) {
                url.assumptions.push(assumption.clone());
            }
        }
        let handshake = Handshake {
            connection: id,
            deployment: deployed.deployment,
            mode: deployed.mode.clone(),
            call,
            page,
            url,
            hops: Vec::new(),
            served: None,
        };
        if !bound.contains(&handshake) {
            bound.push(handshake);
        }
    }

    /// Whether a value comes from a file that pages ask their own server for, and more than one may be the one that serves them.
    fn is_of_another_server(
        &self,
        alternative: &Alternative,
        deployed: &Deployed,
        page: Option<&PageOrigin>,
        several: Servers,
    ) -> bool {
        let of_page = page.map(|page| page.assumptions.as_slice()).unwrap_or_default();
        several == Servers::Several
            && deployed.mode != Mode::Development
            && of_page.iter().chain(&deployed.assumption).any(|it| *it == Assumption::LikelyPairing)
            && alternative.assumptions.iter().any(|it| matches!(it, Assumption::ServedAsIs(_)))
    }

    fn text(&self, value: &Value) -> Text {
        let place = Some(Place::new(self.file, self.call.url.span));
        match value {
            Value::Text(text) => text.clone(),
            Value::Number(number) => Text::known(number, place),
            // `io()` and `io(undefined)` mean the page's host; everything else prints the word.
            Value::Undefined | Value::Null if self.call.api == ClientApi::SocketIo => Text::default(),
            Value::Undefined => Text::known("undefined", place),
            Value::Null => Text::known("null", place),
            Value::Unknown(unknown) => Text(vec![Piece::Unknown(unknown.clone())]),
            Value::Bool(_) | Value::List(_) | Value::Object(_) | Value::Regex { .. } => {
                Text(vec![Piece::Unknown(super::Unknown { reason: crate::facts::HoleReason::Unsupported, place })])
            }
        }
    }

    fn socket_path(&self, scope: &Scope) -> Option<Text> {
        let option = self.call.socket_path.as_ref()?;
        let alternatives = evaluate_in(self.wiring, self.file, self.call.function.as_deref(), option, scope);
        match alternatives.as_slice() {
            [Alternative { value: Value::Undefined, .. }] => None,
            [one] => Some(self.text(&one.value)),
            _ => Some(Text(vec![Piece::Unknown(super::Unknown {
                reason: crate::facts::HoleReason::Limit,
                place: Some(Place::new(self.file, option.span)),
            })])),
        }
    }

    fn credentials(&self, places: &Deployments) -> Option<bool> {
        let Some(option) = &self.call.credentials else { return Some(false) };
        match &option.kind {
            ExprKind::Bool(value) => return Some(*value),
            ExprKind::Str(text) => return Some(&**text == "include"),
            _ => {}
        }
        let deployed = places.of(self.package).first()?;
        match evaluate_in(self.wiring, self.file, self.call.function.as_deref(), option, &self.scope(deployed))
            .as_slice()
        {
            [Alternative { value: Value::Bool(value), .. }] => Some(*value),
            [Alternative { value, .. }] => value.as_known_text().map(|text| text == "include"),
            _ => None,
        }
    }

    /// The reason, when nothing of the address is known anywhere.
    fn why_unresolved(&self, bound: &[Handshake]) -> Option<String> {
        if bound.is_empty() {
            let reason = if self.call.reach.is_always() {
                "no deployment of its package is known, or its address is no network address"
            } else {
                "the condition around it holds in no known build, or its address is no network address"
            };
            return Some(reason.to_owned());
        }
        let known = |handshake: &Handshake| {
            let url = &handshake.url;
            url.problem.is_some()
                || url.scheme.value().is_some()
                || url.host.value().is_some()
                || url.relation != super::UrlRelation::Absolute
        };
        if bound.iter().any(known) {
            return None;
        }
        let words = bound.iter().find_map(|handshake| match &handshake.url.host {
            Component::Unknown(unknown) => Some(unknown.words()),
            Component::Is(..) | Component::FromPage(..) => None,
        });
        Some(words.unwrap_or_else(|| "the address is not known".to_owned()))
    }
}

/// What is in front of a path.
#[derive(Clone, Debug, PartialEq)]
struct Base {
    /// Its text; none when the path stands for itself.
    text: Option<Text>,
    /// How it came about, when it was evaluated apart from the path.
    made_by: Option<Alternative>,
}

/// Each path with each base, and with what made both.
fn combined<'b>(paths: &[&Alternative], bases: &'b [Base]) -> Vec<(Alternative, Option<&'b Text>)> {
    let mut found = Vec::new();
    for path in paths {
        for base in bases {
            let mut both = (*path).clone();
            if let Some(base) = &base.made_by {
                both.evidence.splice(0..0, base.evidence.iter().copied());
                both.taken.extend(base.taken.iter().cloned());
                both.assumptions.extend(base.assumptions.iter().cloned());
            }
            found.push((both, base.text.as_ref()));
        }
    }
    found
}

/// One way to an address.
struct Way<'a> {
    id: ConnectionId,
    deployed: &'a Deployed,
    page: Option<PageId>,
    call: Option<Place>,
    base: Option<&'a Text>,
    alternative: &'a Alternative,
    several: Servers,
}

/// How many servers the built pages of a package may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Servers {
    One,
    Several,
}

/// The alternatives that are followed: what a variable would be when something outside sets it is left out where it is also
/// known what happens when nothing does.
fn tell_apart(alternatives: &[Alternative]) -> Vec<&Alternative> {
    let set_outside = |alternative: &&Alternative| {
        alternative.taken.iter().any(|(test, sense)| {
            *sense == Sense::Holds
                && matches!(test, Test::Defined(expr) | Test::Truthy(expr) if matches!(expr.kind, ExprKind::Env { .. }))
        })
    };
    let inside: Vec<&Alternative> = alternatives.iter().filter(|alternative| !set_outside(alternative)).collect();
    if inside.is_empty() { alternatives.iter().collect() } else { inside }
}

/// A URL of which nothing but the text is known.
fn unreadable(text: &Text) -> super::ConnectionUrl {
    let unknown = || super::Unknown { reason: crate::facts::HoleReason::Unsupported, place: None };
    super::ConnectionUrl {
        display: text.as_known().unwrap_or_else(|| "{...}".to_owned()),
        scheme: Component::Unknown(unknown()),
        host: Component::Unknown(unknown()),
        port: Component::Unknown(unknown()),
        path: Component::Unknown(unknown()),
        namespace: None,
        query: None,
        relation: super::UrlRelation::Absolute,
        problem: None,
        guards: Vec::new(),
        page_guards: Vec::new(),
        evidence: Vec::new(),
        assumptions: Vec::new(),
    }
}

/// Whether a test came out in a way.
pub(super) type Taken = (Test, Sense);
