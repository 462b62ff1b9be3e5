//! Who may come in: `Require`, and `Allow` and `Deny` of old.

use std::net::IpAddr;

use super::run::{Run, Stop};
use super::tree::{Block, Directive};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::Gate;

/// `<RequireAll>` and the like inside each other.
const MAX_DEPTH: usize = 16;

/// What a requirement says of a client.
#[derive(Clone, Debug)]
enum Verdict {
    Granted,
    Denied(Place),
    /// Granted to whoever can say who he is.
    ByName(Place),
    /// A negated requirement that does not hold against the client.
    Neutral,
    Unknown(Unknown),
}

/// The directives that require something.
const ALL: [&str; 4] = ["require", "requireall", "requireany", "requirenone"];

impl<'a> Run<'a> {
    /// Ends the request where the client may not come in; notes where only clients with credentials may.
    pub(super) fn check_access(&mut self) -> Result<(), Stop> {
        let levels: Vec<u32> = self.scope.levels.iter().map(|level| level.id).collect();
        let same = self.checked.as_ref() == Some(&levels);
        self.checked = Some(levels);
        if same {
            // what the same sections have said of the request before is not asked again
            return Ok(());
        }
        let by_host = self.old_rules()?;
        let holders = self.requirements();
        let required = holders.map(|(level, inner)| self.any_of(inner.unwrap_or(level), 0));
        let any =
            self.scope.last("satisfy").is_some_and(|satisfy| satisfy.args.first().is_some_and(|arg| arg.is("any")));
        let verdict = match (by_host, required) {
            (Some(Verdict::Granted), Some(_)) if any => Verdict::Granted,
            (Some(Verdict::Denied(place)), Some(other)) if !any => {
                let _ = other;
                Verdict::Denied(place)
            }
            (Some(Verdict::Unknown(why)), _) => Verdict::Unknown(why),
            (_, Some(verdict)) => verdict,
            (Some(verdict), None) => verdict,
            (None, None) => Verdict::Granted,
        };
        match verdict {
            Verdict::Granted | Verdict::Neutral => Ok(()),
            Verdict::Denied(place) => {
                self.steps.push((place, "Apache lets nobody in here".to_owned()));
                Err(Stop::Error { code: 403, place })
            }
            Verdict::ByName(place) => {
                if self.scope.last("authtype").is_none() {
                    return Err(Stop::Error { code: 500, place });
                }
                self.gates.push(Gate { place, status: 401 });
                Ok(())
            }
            Verdict::Unknown(why) => Err(Stop::Unknown(why)),
        }
    }

    /// The level whose requirements hold: the last one with any. In `<Limit>` they are for some methods, and the others are
    /// let in, whatever levels outside require.
    fn requirements(&self) -> Option<(&'a Block, Option<&'a Block>)> {
        for level in self.scope.levels.iter().rev().copied() {
            if level.named(&ALL).next().is_some() {
                return Some((level, None));
            }
            let mut is_limited = false;
            for limit in level.named(&["limit", "limitexcept"]) {
                let holds = |inner: &Block| inner.named(&ALL).next().is_some();
                is_limited |= limit.block.as_ref().is_some_and(holds);
                let names =
                    limit.args.iter().any(|arg| arg.is(&self.method) || &*self.method == "HEAD" && arg.is("GET"));
                let inner = limit.block.as_ref().filter(|_| names != (&*limit.name == "limitexcept"));
                if let Some(inner) = inner.filter(|inner| holds(inner)) {
                    return Some((level, Some(inner)));
                }
            }
            if is_limited {
                return None;
            }
        }
        None
    }

    fn any_of(&mut self, level: &'a Block, depth: usize) -> Verdict {
        let mut found: Option<Verdict> = None;
        for directive in level.named(&ALL) {
            let verdict = self.requirement(directive, depth);
            found = Some(match (found, verdict) {
                (Some(Verdict::Granted), _) | (_, Verdict::Granted) => Verdict::Granted,
                (Some(Verdict::Unknown(why)), _) | (_, Verdict::Unknown(why)) => Verdict::Unknown(why),
                (Some(Verdict::ByName(place)), _) | (_, Verdict::ByName(place)) => Verdict::ByName(place),
                (Some(Verdict::Denied(place)), _) | (_, Verdict::Denied(place)) => Verdict::Denied(place),
                (_, Verdict::Neutral) => Verdict::Neutral,
            });
        }
        match found {
            Some(Verdict::Neutral) => Verdict::Denied(level.place),
            Some(verdict) => verdict,
            None => Verdict::Granted,
        }
    }

    fn all_of(&mut self, level: &'a Block, depth: usize) -> Verdict {
        let mut found: Option<Verdict> = None;
        for directive in level.named(&ALL) {
            let verdict = self.requirement(directive, depth);
            found = Some(match (found, verdict) {
                (Some(Verdict::Denied(place)), _) | (_, Verdict::Denied(place)) => Verdict::Denied(place),
                (Some(Verdict::Unknown(why)), _) | (_, Verdict::Unknown(why)) => Verdict::Unknown(why),
                (Some(Verdict::ByName(place)), _) | (_, Verdict::ByName(place)) => Verdict::ByName(place),
                (Some(Verdict::Granted), _) | (_, Verdict::Granted) => Verdict::Granted,
                (_, Verdict::Neutral) => Verdict::Neutral,
            });
        }
        found.unwrap_or(Verdict::Neutral)
    }

    fn requirement(&mut self, directive: &'a Directive, depth: usize) -> Verdict {
        let place = directive.place;
        if let Some(inner) = &directive.block {
            if depth >= MAX_DEPTH {
                return Verdict::Unknown(Unknown { reason: HoleReason::Limit, place: Some(place) });
            }
            return match &*directive.name {
                "requireall" => self.all_of(inner, depth + 1),
                "requirenone" => match self.any_of(inner, depth + 1) {
                    Verdict::Granted => Verdict::Denied(place),
                    Verdict::Denied(_) | Verdict::Neutral => Verdict::Neutral,
                    other => other,
                },
                _ => self.any_of(inner, depth + 1),
            };
        }
        let mut words = directive.args.iter();
        let mut first = words.next();
        let negated = first.is_some_and(|word| word.is("not"));
        if negated {
            first = words.next();
        }
        let Some(kind) = first else { return Verdict::Denied(place) };
        let texts: Result<Vec<&str>, Unknown> = words.map(super::tree::Argument::known).collect();
        let texts = match (kind.known(), texts) {
            (Ok(_), Ok(texts)) => texts,
            (Err(why), _) | (_, Err(why)) => return Verdict::Unknown(why),
        };
        let verdict = self.kind(&kind.text.to_ascii_lowercase(), &texts, directive);
        match (negated, verdict) {
            (true, Verdict::Granted) => Verdict::Denied(place),
            (true, Verdict::Denied(_)) => Verdict::Neutral,
            (_, verdict) => verdict,
        }
    }

    fn kind(&mut self, kind: &str, words: &[&str], directive: &'a Directive) -> Verdict {
        let place = directive.place;
        let when = |holds: bool| if holds { Verdict::Granted } else { Verdict::Denied(place) };
        let unknown = |reason| Verdict::Unknown(Unknown { reason, place: Some(place) });
        match kind {
            "all" => when(words.first().is_some_and(|word| word.eq_ignore_ascii_case("granted"))),
            "ip" => match self.request.client {
                Some(client) => when(words.iter().any(|word| contains(word, client))),
                None => self.guessed(words, place),
            },
            "local" => match (self.request.client, self.request.address) {
                (Some(client), address) => when(client.is_loopback() || address == Some(client)),
                _ => Verdict::Denied(place),
            },
            "method" => when(words.iter().any(|word| {
                word.eq_ignore_ascii_case(&self.method) || &*self.method == "HEAD" && word.eq_ignore_ascii_case("GET")
            })),
            "env" => {
                let mut found = false;
                for word in words {
                    match self.environment.get(*word) {
                        Some(Some(_)) => found = true,
                        Some(None) => return Verdict::Unknown(self.runtime()),
                        None => {}
                    }
                }
                when(found)
            }
            "expr" => {
                let text = directive.rest.text.trim_start();
                let text = text.get(4..).unwrap_or_default().trim();
                let text =
                    text.strip_prefix(['"', '\'']).and_then(|rest| rest.strip_suffix(['"', '\''])).unwrap_or(text);
                match self.expression(text, place) {
                    Ok(holds) => when(holds),
                    Err(Stop::Unknown(why)) => Verdict::Unknown(why),
                    Err(_) => unknown(HoleReason::Unsupported),
                }
            }
            "valid-user" | "user" | "group" | "ldap-user" | "ldap-group" | "claim" => Verdict::ByName(place),
            "host" | "forward-dns" => unknown(HoleReason::Runtime),
            other => unknown(HoleReason::ExternalCall(format!("Require {other}").into())),
        }
    }

    /// Whether a client whose address nobody knows is in one of these networks: a browser out there is in no private one.
    fn guessed(&self, words: &[&str], place: Place) -> Verdict {
        let open = words.iter().any(|word| matches!(*word, "0.0.0.0/0" | "::/0"));
        if open {
            Verdict::Granted
        } else {
            Verdict::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(place) })
        }
    }

    /// `Order`, `Allow` and `Deny`; nothing when none is there.
    fn old_rules(&mut self) -> Result<Option<Verdict>, Stop> {
        let rules = self.scope.all(&["allow", "deny"]);
        let order = self.scope.last("order");
        if rules.is_empty() && order.is_none() {
            return Ok(None);
        }
        // the last section with any of them replaces what the others say
        let level =
            self.scope.levels.iter().rev().find(|level| level.named(&["allow", "deny", "order"]).next().is_some());
        let Some(level) = level.copied() else { return Ok(None) };
        let place = level.place;
        let mut matched = [false, false];
        for rule in level.named(&["allow", "deny"]) {
            for word in rule.args.iter().skip(1) {
                let text = self.known(word)?;
                let fits = if text.eq_ignore_ascii_case("all") {
                    true
                } else if let Some(name) = text.strip_prefix("env=") {
                    let (negated, name) = name.strip_prefix('!').map_or((false, name), |name| (true, name));
                    self.environment.get(name).is_some_and(Option::is_some) != negated
                } else if text.starts_with(|c: char| c.is_ascii_hexdigit()) && text.contains(['.', ':']) {
                    match self.request.client {
                        Some(client) => contains(text, client),
                        None => return Ok(Some(Verdict::Unknown(self.runtime()))),
                    }
                } else {
                    return Ok(Some(Verdict::Unknown(self.runtime())));
                };
                if let Some(slot) = matched.get_mut(usize::from(&*rule.name == "deny")) {
                    *slot |= fits;
                }
            }
        }
        let order = level.last("order").or(order);
        let text = order.map(|order| order.args.iter().map(|arg| arg.text.to_ascii_lowercase()).collect::<String>());
        let [allowed, denied] = matched;
        let may = match text.as_deref() {
            Some("allow,deny") | Some("mutual-failure") => allowed && !denied,
            _ => allowed || !denied,
        };
        Ok(Some(if may { Verdict::Granted } else { Verdict::Denied(place) }))
    }
}

/// Whether a network (`10`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0`) contains an address.
fn contains(network: &str, client: IpAddr) -> bool {
    let (base, mask) = network.split_once('/').map_or((network, None), |(base, mask)| (base, Some(mask)));
    let parts = base.trim_end_matches('.').split('.').count();
    let padded = if !base.contains(':') && parts < 4 {
        format!("{}{}", base.trim_end_matches('.'), ".0".repeat(4 - parts))
    } else {
        base.to_owned()
    };
    let Ok(base) = padded.parse::<IpAddr>() else { return false };
    match (base, client) {
        (IpAddr::V4(base), IpAddr::V4(client)) => {
            let bits = match mask {
                Some(mask) if mask.contains('.') => {
                    mask.parse::<std::net::Ipv4Addr>().map_or(32, |mask| u32::from(mask).leading_ones())
                }
                Some(mask) => mask.parse().unwrap_or(32),
                None => 8 * u32::try_from(parts).unwrap_or(4),
            };
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(0);
            u32::from(base) & mask == u32::from(client) & mask
        }
        (IpAddr::V6(base), IpAddr::V6(client)) => {
            let bits: u32 = mask.map_or(128, |mask| mask.parse().unwrap_or(128));
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(bits)).unwrap_or(0);
            u128::from(base) & mask == u128::from(client) & mask
        }
        _ => false,
    }
}
