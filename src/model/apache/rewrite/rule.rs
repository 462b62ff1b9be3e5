//! Rules with their conditions and flags, as written.

use crate::base::Place;
use crate::model::Unknown;
use crate::model::apache::tree::{Argument, Block, Directive};

/// A `RewriteRule` with the `RewriteCond`s above it.
pub(super) struct Rule<'a> {
    pub pattern: &'a Argument,
    pub output: &'a Argument,
    pub conditions: Vec<Condition<'a>>,
    pub flags: Flags<'a>,
    pub place: Place,
}

/// A `RewriteCond`.
pub(super) struct Condition<'a> {
    pub input: &'a Argument,
    pub pattern: &'a Argument,
    pub ignore_case: bool,
    /// One of this and the next ones is enough.
    pub or: bool,
}

/// Flags of a rule.
#[derive(Default)]
pub(super) struct Flags<'a> {
    pub ignore_case: bool,
    pub last: bool,
    pub end: bool,
    pub chained: bool,
    pub next: bool,
    pub proxy: bool,
    pub pass_through: bool,
    pub no_escape: bool,
    pub skip: usize,
    /// `R`: the status of the redirect.
    pub redirect: Option<u16>,
    /// `R` with whatever status: requests inside of others leave such rules out.
    pub is_redirect: bool,
    /// `F`, `G` and `R` with a status that is no redirect: nothing is substituted.
    pub status: Option<u16>,
    pub append_query: bool,
    pub discard_query: bool,
    /// `[DPI]`: what follows the file is forgotten.
    pub discard_path: bool,
    pub last_query: bool,
    pub allow_question_mark: bool,
    pub keep_slashes: bool,
    /// `B`: which characters of groups are escaped.
    pub escape: Option<Escape<'a>>,
    /// `BNP`
    pub no_plus: bool,
    /// `E=name:value`
    pub environment: Vec<&'a str>,
    /// `H=` and `T=application/...-handler`: what makes the content.
    pub handler: Option<&'a str>,
    /// A flag that is not known.
    pub unknown: bool,
}

/// Which characters `B` escapes.
#[derive(Clone, Copy)]
pub(super) enum Escape<'a> {
    All,
    These(&'a str),
    Controls,
}

/// The rules of a level, in order.
pub(super) fn rules(level: &Block) -> Result<Vec<Rule<'_>>, Unknown> {
    let mut rules = Vec::new();
    let mut conditions = Vec::new();
    for directive in level.named(&["rewritecond", "rewriterule"]) {
        if &*directive.name == "rewritecond" {
            conditions.extend(condition(directive)?);
            continue;
        }
        let (Some(pattern), Some(output)) = (directive.args.first(), directive.args.get(1)) else { continue };
        let flags = match directive.args.get(2) {
            Some(arg) => flags(arg.known()?),
            None => Flags::default(),
        };
        let conditions = std::mem::take(&mut conditions);
        rules.push(Rule { pattern, output, conditions, flags, place: directive.place });
    }
    Ok(rules)
}

fn condition(directive: &Directive) -> Result<Option<Condition<'_>>, Unknown> {
    let (Some(input), Some(pattern)) = (directive.args.first(), directive.args.get(1)) else { return Ok(None) };
    let mut found = Condition { input, pattern, ignore_case: false, or: false };
    if let Some(arg) = directive.args.get(2) {
        for (key, _) in keys(arg.known()?) {
            found.ignore_case |= ["nc", "nocase"].iter().any(|known| key.eq_ignore_ascii_case(known));
            found.or |= ["or", "ornext"].iter().any(|known| key.eq_ignore_ascii_case(known));
        }
    }
    Ok(Some(found))
}

/// `[A,B=c]` as keys with values.
fn keys(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    inner.split(',').map(|part| match part.trim().split_once('=') {
        Some((key, value)) => (key.trim(), value.trim()),
        None => (part.trim(), ""),
    })
}

fn flags(text: &str) -> Flags<'_> {
    let mut flags = Flags::default();
    for (key, value) in keys(text) {
        match key.to_ascii_lowercase().as_str() {
            "b" if value.is_empty() => flags.escape = Some(Escape::All),
            "b" => flags.escape = Some(Escape::These(value)),
            "bctls" => flags.escape = Some(Escape::Controls),
            "bnp" | "backrefnoplus" => flags.no_plus = true,
            "c" | "chain" => flags.chained = true,
            "co" | "cookie" | "ns" | "nosubreq" | "unsafeprefixstat" | "" => {}
            "e" | "env" => flags.environment.push(value),
            "end" => flags.end = true,
            "f" | "forbidden" => flags.status = Some(403),
            "g" | "gone" => flags.status = Some(410),
            "h" | "handler" => flags.handler = Some(value),
            "l" | "last" => flags.last = true,
            "n" | "next" => flags.next = true,
            "nc" | "nocase" => flags.ignore_case = true,
            "ne" | "noescape" => flags.no_escape = true,
            "p" | "proxy" => flags.proxy = true,
            "pt" | "passthrough" => flags.pass_through = true,
            "qsa" | "qsappend" => flags.append_query = true,
            "dpi" | "discardpath" => flags.discard_path = true,
            "qsd" | "qsdiscard" => flags.discard_query = true,
            "qsl" | "qslast" => flags.last_query = true,
            "r" | "redirect" => redirect(&mut flags, value),
            "s" | "skip" => flags.skip = value.parse().unwrap_or(0),
            "t" | "type" => {}
            "unsafeallow3f" => flags.allow_question_mark = true,
            "unc" => flags.keep_slashes = true,
            _ => flags.unknown = true,
        }
    }
    flags
}

fn redirect(flags: &mut Flags<'_>, value: &str) {
    flags.is_redirect = true;
    let status = match value.to_ascii_lowercase().as_str() {
        "" | "temp" => 302,
        "permanent" => 301,
        "seeother" => 303,
        number => number.parse().unwrap_or(302),
    };
    if (300..400).contains(&status) {
        flags.redirect = Some(status);
    } else {
        flags.status = Some(status);
    }
}
