//! Trees of routers as somebody might write them, and requests that are near their routes.

use crate::differential::dice::Dice;

/// A route of a router.
#[derive(Clone, Copy)]
pub struct Leaf {
    pub method: &'static str,
    pub path: &'static str,
}

/// A router (an application, a blueprint, an `include`) with what hangs on it.
pub struct Router {
    /// The prefix that it is created with.
    pub own: Option<&'static str>,
    /// The prefix that it is registered with.
    pub given: Option<&'static str>,
    pub leaves: Vec<Leaf>,
    pub below: Vec<Router>,
}

/// What the texts of a framework look like.
pub struct Spelling {
    /// Paths of routes.
    pub paths: &'static [&'static str],
    /// Prefixes at creation, none where the framework has no such thing.
    pub own: &'static [&'static str],
    /// Prefixes at registration.
    pub given: &'static [&'static str],
    /// Methods of routes.
    pub methods: &'static [&'static str],
    pub joins: Joins,
}

/// What becomes of the prefixes above a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joins {
    /// Each is in front of those below it.
    All,
    /// The one at registration takes the place of the one at creation.
    Replaced,
    /// Only the one of the whole application is in front of the router's own.
    Flat,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    pub method: &'static str,
    pub path: String,
}

/// Requests that are asked of one application.
const REQUESTS: usize = 14;

pub fn router(dice: &mut Dice, spelling: &Spelling, depth: usize) -> Router {
    let some =
        |dice: &mut Dice, from: &'static [&'static str]| (!from.is_empty() && !dice.one_in(3)).then(|| dice.pick(from));
    let count = 1 + dice.below(2);
    let leaves = (0..count).map(|_| Leaf { method: dice.pick(spelling.methods), path: dice.pick(spelling.paths) });
    let leaves = leaves.collect();
    let children = if depth == 0 { 2 } else { dice.below(3usize.saturating_sub(depth)) };
    let below = (0..children).map(|_| router(dice, spelling, depth + 1)).collect();
    let (own, given) = if depth == 0 { (None, None) } else { (some(dice, spelling.own), some(dice, spelling.given)) };
    Router { own, given, leaves, below }
}

/// The prefix that an application is given as a whole: every second one is given none.
pub fn whole_prefix(root: &Router) -> Option<&'static str> {
    (root.leaves.len() == 2).then_some("/api")
}

/// Requests for the paths of the routes, and for paths that differ a little.
pub fn requests(dice: &mut Dice, spelling: &Spelling, root: &Router) -> Vec<Request> {
    let mut paths = Vec::new();
    let whole = if spelling.joins == Joins::Flat { whole_prefix(root).unwrap_or("") } else { "" };
    collect(root, spelling, whole, &mut paths);
    let mut found = Vec::new();
    for _ in 0..REQUESTS {
        let (method, path) = paths[dice.below(paths.len())].clone();
        let path = filled(dice, &path);
        let path = varied(dice, path);
        let method = match dice.below(6) {
            0 => dice.pick(&["GET", "POST", "PUT", "DELETE"]),
            _ if method == "ALL" => "GET",
            _ => method,
        };
        found.push(Request { method, path });
    }
    found.sort();
    found.dedup();
    found
}

/// The prefixes and paths of all routes, joined as nobody need join them.
fn collect(router: &Router, spelling: &Spelling, before: &str, paths: &mut Vec<(&'static str, String)>) {
    let own = router.own.filter(|_| !(spelling.joins == Joins::Replaced && router.given.is_some()));
    let own = format!("{}{}", router.given.unwrap_or(""), own.unwrap_or(""));
    // where slashes are added, they are added here too
    let slash = |text: &str| if spelling.joins == Joins::Flat && !text.starts_with('/') { "/" } else { "" };
    let around = before;
    let before = format!("{before}{}{own}", slash(&own));
    for leaf in &router.leaves {
        paths.push((leaf.method, format!("{before}{}{}", slash(leaf.path), leaf.path)));
    }
    for child in &router.below {
        collect(child, spelling, if spelling.joins == Joins::Flat { around } else { &before }, paths);
    }
}

/// Something in the place of each parameter.
fn filled(dice: &mut Dice, path: &str) -> String {
    let mut text = String::new();
    let mut rest = path;
    while let Some(start) = rest.find(['<', '{', ':', '*']) {
        text.push_str(&rest[..start]);
        let (open, after) = (&rest[start..=start], &rest[start..]);
        let end = match open {
            "<" => after.find('>').map(|end| end + 1),
            "{" => {
                after.rfind('}').map(|end| end + 1).filter(|_| after.matches('{').count() == 1 || after.contains("\\d"))
            }
            _ => None,
        };
        let end = end.or_else(|| (open == "{").then(|| after.find('}').map(|end| end + 1)).flatten());
        let end = end.unwrap_or_else(|| after.find(['/', '(']).unwrap_or(after.len()));
        text.push_str(dice.pick(&["7", "42", "abc", "a-b", "a/b", "x.y"]));
        rest = &after[end..];
    }
    text.push_str(rest);
    let text = if text.starts_with('/') { text } else { format!("/{text}") };
    if dice.one_in(8) { text } else { text.replace("//", "/") }
}

fn varied(dice: &mut Dice, path: String) -> String {
    match dice.below(9) {
        0 | 1 => match path.strip_suffix('/') {
            Some(shorter) if !shorter.is_empty() => shorter.to_owned(),
            _ => format!("{path}/"),
        },
        2 => format!("{path}x"),
        3 => format!("{}/more", path.trim_end_matches('/')),
        4 => path
            .rsplit_once('/')
            .map_or_else(|| path.clone(), |(head, _)| if head.is_empty() { "/".to_owned() } else { head.to_owned() }),
        5 => path.to_uppercase(),
        _ => path,
    }
}
