//! `insecure-cookie`: session cookies that never come back.

use crate::model::{CauseKind, CookieFault, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, About, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "insecure-cookie";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/insecure-cookie.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::InsecureCookie { fault } => Some(Words {
            message: format!(
                "The session cookie never arrives, so who has just signed in is refused: {}.",
                fault.clause()
            ),
            label: label(fault).to_owned(),
            help: Some(help(fault, at)),
            strength: Strength::Full,
        }),
        _ => None,
    })
}

fn label(fault: &CookieFault) -> &'static str {
    match fault {
        CookieFault::SecureOverPlain { .. } => "`Secure`, and the page is http",
        CookieFault::NotSentOverPlain => "not sent over http",
        CookieFault::ProxyNotTrusted | CookieFault::SchemeNotTold => "not sent behind the proxy",
        CookieFault::NoneWithoutSecure => "refused without `Secure`",
        CookieFault::OtherSite { .. } => "not sent from another site",
    }
}

fn help(fault: &CookieFault, at: &About<'_>) -> String {
    match fault {
        CookieFault::SecureOverPlain { .. } | CookieFault::NotSentOverPlain => {
            format!(
                "serve the page over https, or set `secure` in {at} only where it is: `secure: process.env.NODE_ENV === 'production'`"
            )
        }
        CookieFault::ProxyNotTrusted => {
            "add before the session: `app.set('trust proxy', 1)`; the proxy has to send X-Forwarded-Proto".to_owned()
        }
        CookieFault::SchemeNotTold => "have the proxy send X-Forwarded-Proto: https".to_owned(),
        CookieFault::NoneWithoutSecure => format!("set `secure: true` in {at} as well"),
        CookieFault::OtherSite { .. } => {
            format!("serve both from one site, or set `sameSite: 'none', secure: true` in {at}, which needs https")
        }
    }
}
