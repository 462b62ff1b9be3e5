//! Access-Control-Allow-Origin that comes twice: from nginx and from the back end, or twice from nginx.

use std::sync::Arc;

use super::added::{Added, Emits, added, answering_level, emits, may_be_changed};
use super::answers::{Kind, answers};
use crate::facts::{HoleReason, OriginLibrary};
use crate::model::nginx::{LevelKind, NginxInstance, Tree};
use crate::model::proxy::{AddedHeader, BackEndHeader, NGINX, Proxy};
use crate::model::{Admits, Assumption, Cause, CauseKind, Chain, Link, Passage, SecondSource, Wiring};

/// The causes.
pub(super) fn check(wiring: &Wiring) -> Vec<Cause> {
    let mut causes: Vec<Cause> = wiring.passages.iter().flat_map(|passage| on_passage(wiring, passage)).collect();
    for (_, instance) in wiring.proxies.all::<NginxInstance>().filter(|(_, instance)| instance.accusable) {
        causes.extend(written_twice(wiring, &instance.tree));
    }
    causes
}

/// Two lines of one level that both add the header to whatever is answered there, by a file as well as by a back end.
fn written_twice(wiring: &Wiring, tree: &Tree) -> Vec<Cause> {
    let kinds = [LevelKind::Http, LevelKind::Server, LevelKind::Location, LevelKind::LocationIf];
    let mut causes = Vec::new();
    for (id, level) in kinds.into_iter().flat_map(|kind| tree.of_kind(kind)) {
        let own = level.statements.iter().filter(|statement| &*statement.name == "add_header");
        let own = own.map(|statement| Added { level: id, statement });
        let fixed: Vec<Added<'_>> =
            own.filter(|header| header.allows_origin() && emits(tree, header) == Emits::Always).collect();
        let [one, other, ..] = fixed.as_slice() else { continue };
        if may_be_changed(tree, id) || !wiring.repository.may_be_accused(other.statement.place.file) {
            continue;
        }
        let named = level.args.iter().map(|arg| &*arg.text).collect::<Vec<_>>().join(" ");
        let link = |place, shows: &str| Link { place, shows: shows.to_owned() };
        let links = vec![link(one.statement.place, "the first one"), link(level.place, "both are in effect here")];
        let location = if level.kind == LevelKind::Location { named } else { level.kind.word().to_owned() };
        causes.push(Cause {
            kind: CauseKind::DuplicateCorsHeader {
                by: &NGINX,
                location: Arc::from(location),
                value: other.text(),
                second: SecondSource::Nginx,
            },
            place: other.statement.place,
            key: "nginx".to_owned(),
            chains: vec![Chain { wire: None, hop: None, links }],
            assumptions: Vec::new(),
        });
    }
    causes
}

fn on_passage(wiring: &Wiring, passage: &Passage) -> Vec<Cause> {
    let Some(proxy) = wiring.proxies.get(passage.proxy).filter(|proxy| proxy.accusable()) else { return Vec::new() };
    let Some(instance) = wiring.proxies.one::<NginxInstance>(passage.proxy) else {
        return beside_the_back_end(wiring, passage, proxy).into_iter().collect();
    };
    let tree = &instance.tree;
    let Some(kind) = Kind::of(wiring, passage) else { return Vec::new() };
    let level = passage.proxied.level;
    let Some(level) = answering_level(tree, level, &passage.request.method) else { return Vec::new() };
    if may_be_changed(tree, level) {
        return Vec::new();
    }
    let headers: Vec<Added<'_>> = added(tree, level).into_iter().filter(Added::allows_origin).collect();
    let Some(first) = headers.first().filter(|first| wiring.repository.may_be_accused(first.statement.place.file))
    else {
        return Vec::new();
    };
    let mut causes = Vec::new();
    let fixed = |header: &&Added<'_>| emits(tree, header) == Emits::Always;
    if let [one, other, ..] = headers.iter().filter(fixed).collect::<Vec<_>>().as_slice() {
        let links = vec![
            Link { place: one.statement.place, shows: "the first one".to_owned() },
            Link { place: passage.proxied.location_place, shows: "both are in effect here".to_owned() },
        ];
        causes.push(cause(passage, other, SecondSource::Nginx, links, Vec::new()));
    }
    if hides(tree, passage) {
        return causes;
    }
    let second = wiring
        .index
        .policies_of(wiring, &passage.apps)
        .find(|policy| answers(wiring, policy, passage, kind) && meet(tree, first, &policy.admits));
    if let Some(policy) = second {
        let mut links = vec![
            Link {
                place: passage.proxied.location_place,
                shows: "answers of the back end pass through here".to_owned(),
            },
            Link { place: policy.place, shows: "the back end adds the header as well".to_owned() },
        ];
        links.extend(passage.links.first().cloned());
        let unseen = unseen(instance, passage);
        let open = matches!(policy.admits, Admits::Unknown(_) | Admits::List { more: Some(_), .. })
            .then(|| Assumption::OpaqueOperand(Arc::from("the allow-list of the back end")));
        let assumptions = policy.assumptions.iter().cloned().chain(unseen).chain(open).collect();
        causes.push(cause(passage, first, SecondSource::BackEnd(named(policy.library)), links, assumptions));
    }
    causes
}

/// The header of a proxy that says by itself what it adds to an answer.
fn beside_the_back_end(wiring: &Wiring, passage: &Passage, proxy: &dyn Proxy) -> Option<Cause> {
    let kind = Kind::of(wiring, passage)?;
    let added = proxy.added_headers(passage.proxied.level);
    let adds = |header: &&AddedHeader| {
        header.name.eq_ignore_ascii_case("access-control-allow-origin")
            && !header.value.is_empty()
            && header.back_end == BackEndHeader::Kept
    };
    let header = added.iter().find(adds).filter(|header| wiring.repository.may_be_accused(header.place.file))?;
    let is_literal = !header.value.contains(['{', '%']);
    let meets = |admits: &Admits| match admits {
        Admits::Any(_) | Admits::Reflected(_) => true,
        Admits::List { entries, patterns, more } => {
            !entries.is_empty() || !is_literal && (!patterns.is_empty() || more.is_some())
        }
        Admits::SameOrigin | Admits::Unchecked(_) | Admits::Nobody | Admits::Unknown(_) => false,
    };
    let mut policies = wiring.index.policies_of(wiring, &passage.apps);
    let policy = policies.find(|policy| answers(wiring, policy, passage, kind) && meets(&policy.admits))?;
    let mut links = vec![
        Link { place: passage.proxied.location_place, shows: "answers of the back end pass through here".to_owned() },
        Link { place: policy.place, shows: "the back end adds the header as well".to_owned() },
    ];
    links.extend(passage.links.first().cloned());
    links.retain(|link| link.place != header.place);
    let kind = CauseKind::DuplicateCorsHeader {
        by: proxy.words(),
        location: Arc::clone(&passage.proxied.location),
        value: Arc::clone(&header.value),
        second: SecondSource::BackEnd(named(policy.library)),
    };
    Some(Cause {
        key: "back end".to_owned(),
        kind,
        place: header.place,
        chains: vec![Chain { wire: passage.wire, hop: None, links }],
        assumptions: passage.assumptions.iter().chain(&policy.assumptions).cloned().collect(),
    })
}

fn cause(
    passage: &Passage,
    header: &Added<'_>,
    second: SecondSource,
    mut links: Vec<Link>,
    assumptions: Vec<Assumption>,
) -> Cause {
    let location = Arc::clone(&passage.proxied.location);
    let place = header.statement.place;
    links.retain(|link| link.place != place);
    Cause {
        key: match &second {
            SecondSource::BackEnd(_) => "back end".to_owned(),
            SecondSource::Nginx => "nginx".to_owned(),
        },
        kind: CauseKind::DuplicateCorsHeader { by: &NGINX, location, value: header.text(), second },
        place,
        chains: vec![Chain { wire: passage.wire, hop: None, links }],
        assumptions: [passage.assumptions.clone(), assumptions].concat(),
    }
}

/// Whether there is a page that gets the header from both.
fn meet(tree: &Tree, header: &Added<'_>, admits: &Admits) -> bool {
    let everybody = match admits {
        Admits::Any(_) | Admits::Reflected(_) => true,
        Admits::List { entries, patterns, more } => {
            return match emits(tree, header) {
                Emits::Always => !entries.is_empty() || !patterns.is_empty() || more.is_some(),
                Emits::For(origins) => entries.iter().any(|entry| origins.contains(&entry.text)),
                Emits::Unknown => false,
            };
        }
        // Somebody is let in, or there would be no such variable.
        Admits::Unknown(unknown) if matches!(unknown.reason, HoleReason::OutsideEnv(_)) => {
            return emits(tree, header) == Emits::Always;
        }
        Admits::SameOrigin | Admits::Nobody | Admits::Unchecked(_) | Admits::Unknown(_) => false,
    };
    everybody
        && match emits(tree, header) {
            Emits::Always => true,
            Emits::For(origins) => !origins.is_empty(),
            Emits::Unknown => false,
        }
}

/// Whether nginx keeps the back end's own header from clients.
fn hides(tree: &Tree, passage: &Passage) -> bool {
    let hidden = tree.effective(passage.proxied.level, "proxy_hide_header");
    hidden.is_some_and(|(_, names)| {
        names
            .iter()
            .any(|name| name.arg(0).is_some_and(|name| name.eq_ignore_ascii_case("access-control-allow-origin")))
    })
}

/// Includes around the location that nobody can read here may hide the header.
fn unseen(instance: &NginxInstance, passage: &Passage) -> Option<Assumption> {
    let mut unseen = instance.tree.unseen_around(passage.proxied.level);
    unseen.next().map(|(_, path)| Assumption::UnseenInclude(Arc::clone(path)))
}

/// A library for people.
fn named(library: OriginLibrary) -> Arc<str> {
    use OriginLibrary as L;
    Arc::from(match library {
        L::StarletteCors => "`CORSMiddleware`",
        L::NodeCors => "the `cors` package",
        L::HonoCors | L::KoaCors => "its CORS middleware",
        L::SocketIoCors => "socket.io's `cors` option",
        L::PythonSocketIo => "`cors_allowed_origins` of python-socketio",
        L::DjangoCors => "django-cors-headers",
        L::FlaskCors => "Flask-Cors",
        L::FastifyCors => "`@fastify/cors`",
        L::QuartCors => "Quart-CORS",
        L::Headers | L::ChannelsValidator | L::Websockets | L::OwnCheck => "its own code",
    })
}
