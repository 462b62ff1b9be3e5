//! Who may pass: addresses, passwords, and other requests that are asked.

use std::net::IpAddr;

use super::run::{Run, Step};
use super::tree::Statement;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{Gate, Outcome, Sent};

/// What one of the checks says.
enum Check {
    /// It has nothing to say, or nobody knows.
    Silent,
    /// The request may pass.
    Passes,
    Refused(u16, Place),
    /// It refuses, and how hangs on what is not known.
    Unknown(Place),
}

impl Run<'_> {
    /// The access phase; `None`: the next phase follows.
    pub(super) fn access(&mut self) -> Option<Step> {
        // a request that is asked about another one is not checked itself
        if self.subrequest > 0 {
            return None;
        }
        let any = self.setting("satisfy") == Some("any");
        let mut refused: Option<(u16, Place)> = None;
        let checks = [Self::address_rules, Self::password, Self::asked];
        for check in checks {
            match check(self) {
                Check::Silent => {}
                Check::Passes if any => return None,
                Check::Passes => {}
                Check::Refused(code @ (401 | 403), place) if any => {
                    if refused.is_none_or(|(known, _)| known != 401) {
                        refused = Some((code, place));
                    }
                }
                Check::Refused(code, place) => return Some(self.special(code, place, None)),
                Check::Unknown(place) => return Some(self.give_up(HoleReason::Runtime, place)),
            }
        }
        let (code, place) = refused?;
        Some(self.special(code, place, None))
    }

    /// `allow` and `deny`; a level with rules of its own replaces those around it.
    fn address_rules(&mut self) -> Check {
        let rule = |statement: &&Statement| matches!(&*statement.name, "allow" | "deny");
        let rules = self.tree.outward(self.level).find_map(|(_, level)| {
            let rules: Vec<_> = level.statements.iter().filter(rule).collect();
            (!rules.is_empty()).then_some(rules)
        });
        let mut open = false;
        for rule in rules.unwrap_or_default() {
            match covers(rule, self.client()) {
                // somebody may pass here
                None => open |= &*rule.name == "allow",
                Some(false) => {}
                Some(true) if &*rule.name == "allow" => return Check::Passes,
                Some(true) if open => return Check::Silent,
                Some(true) => return Check::Refused(403, rule.place),
            }
        }
        Check::Silent
    }

    fn password(&mut self) -> Check {
        let Some((_, realm)) = self.tree.effective(self.level, "auth_basic") else { return Check::Silent };
        let Some(realm) = realm.into_iter().next() else { return Check::Silent };
        let file = self.tree.effective(self.level, "auth_basic_user_file");
        let text = realm.args.first().map(|arg| self.argument(arg));
        let off = text.is_none_or(|text| text.settled().is_ok_and(|text| text == "off"));
        if off || file.is_none() {
            return Check::Silent;
        }
        if self.received("authorization") == Sent::Nothing {
            return Check::Refused(401, realm.place);
        }
        self.gates.push(Gate { place: realm.place, status: 401 });
        Check::Passes
    }

    fn asked(&mut self) -> Check {
        let Some((_, found)) = self.tree.effective(self.level, "auth_request") else { return Check::Silent };
        let Some(statement) = found.into_iter().next() else { return Check::Silent };
        let Some(uri) = statement.arg(0).filter(|uri| *uri != "off") else { return Check::Silent };
        let Some(asked) = self.ask_inside(uri) else { return self.may_ask(statement.place) };
        match (asked.outcome, asked.kept_status) {
            // an error page that is no file is another error
            (Outcome::Files { .. }, Some(401 | 403)) if !asked.names_file => Check::Unknown(statement.place),
            // it keeps the status of the error, or states one, whoever makes it
            (Outcome::Proxied(_) | Outcome::Files { .. }, Some(code)) | (Outcome::Status { code, .. }, _) => match code
            {
                200..=299 => Check::Passes,
                401 | 403 => Check::Refused(code, statement.place),
                _ => Check::Refused(500, statement.place),
            },
            (Outcome::Redirect { .. }, _) => Check::Refused(500, statement.place),
            (Outcome::Proxied(_) | Outcome::Files { .. }, None) | (Outcome::Unknown(_), _) => {
                self.may_ask(statement.place)
            }
        }
    }

    /// Whoever is asked lets somebody pass.
    fn may_ask(&mut self, place: Place) -> Check {
        self.gates.push(Gate { place, status: 401 });
        Check::Passes
    }
}

/// Whether a rule speaks of the client; `None` when that is not known.
fn covers(rule: &Statement, client: Option<IpAddr>) -> Option<bool> {
    let text = rule.arg(0)?;
    if text == "all" {
        return Some(true);
    }
    let client = client?;
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
        None => (text, None),
    };
    let same = |one: u128, other: u128, width: u32| {
        let bits = bits.unwrap_or(width).min(width);
        let shift = width - bits;
        bits == 0 || one >> shift == other >> shift
    };
    match (address.parse().ok()?, client) {
        (IpAddr::V4(rule), IpAddr::V4(client)) => {
            Some(same(u32::from(rule).into(), u32::from(client).into(), u32::BITS))
        }
        (IpAddr::V6(rule), IpAddr::V6(client)) => Some(same(u128::from(rule), u128::from(client), u128::BITS)),
        _ => Some(false),
    }
}
