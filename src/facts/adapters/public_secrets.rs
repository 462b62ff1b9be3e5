//! Variables that a bundler writes into what browsers load, by their prefix, and whose names say that nobody may know them.

use std::sync::{Arc, LazyLock};

use aho_corasick::AhoCorasick;
use tree_sitter::Node;

use super::ecma_runs;
use crate::facts::known::{PUBLIC_PREFIXES, split_public};
use crate::facts::lang::ecma::node::every;
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx, Needle};
use crate::facts::{FileFacts, PublicSecretFact};

/// Reads of `import.meta.env.VITE_JWT_SECRET` and the like.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "public secrets",
    needles: &[
        Needle::plain("_SECRET").only_beside(has_a_public_prefix),
        Needle::plain("_PRIVATE_KEY").without_first(3).only_beside(has_a_public_prefix),
        Needle::plain("_PASSWORD").only_beside(has_a_public_prefix),
    ],
    also: &[],
    visit: |_, _, _| {},
    whole: Some(whole),
    read_calls: &[],
};

static PREFIX: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(PUBLIC_PREFIXES.iter().map(|(prefix, _)| prefix)).ok());

fn has_a_public_prefix(bytes: &[u8]) -> bool {
    PREFIX.as_ref().is_some_and(|prefixes| prefixes.is_match(bytes))
}

fn whole(cx: &EcmaCx<'_>, facts: &mut FileFacts) {
    if !has_a_public_prefix(cx.source.as_bytes())
        || !["SECRET", "_PRIVATE_KEY", "_PASSWORD", "SERVICE_ROLE"].into_iter().any(|word| cx.says(word))
    {
        return;
    }
    every(cx.root, |node| look(cx, node, facts));
}

fn look<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    if node.kind() != "member_expression" {
        return;
    }
    let (Some(object), Some(property)) = (node.child_by_field_name("object"), node.child_by_field_name("property"))
    else {
        return;
    };
    let name = cx.text(property);
    if matches!(cx.text(object), "import.meta.env" | "process.env")
        && let Some((prefix, rest)) = split_public(name)
        && is_secret(rest)
    {
        facts.public_secrets.push(PublicSecretFact {
            span: cx.span(node),
            name: Arc::from(name),
            prefix: Arc::from(prefix),
            runs: ecma_runs::at(cx, node),
        });
    }
}

/// Whether the words of a name say that nobody may know its value. Keys and tokens of services are often made for browsers
/// (`MAPBOX_TOKEN`, `FIREBASE_API_KEY`, `STRIPE_PUBLISHABLE_KEY`), and a site key of a captcha is public as well.
fn is_secret(rest: &str) -> bool {
    let words: Vec<&str> = rest.split('_').collect();
    let two = |first: &str, second: &str| words.windows(2).any(|pair| pair == [first, second]);
    let open =
        words.iter().any(|word| matches!(*word, "PUBLIC" | "PUBLISHABLE" | "ANON" | "NAME" | "MIN" | "LENGTH" | "URL"));
    !open
        && (words.contains(&"SECRET")
            || two("PRIVATE", "KEY")
            || two("SERVICE", "ROLE")
            || words.last() == Some(&"PASSWORD"))
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn words_decide() {
        for (name, secret) in [
            ("JWT_SECRET", true),
            ("SECRET_KEY", true),
            ("CLIENT_SECRET", true),
            ("DB_PASSWORD", true),
            ("PRIVATE_KEY", true),
            ("SUPABASE_SERVICE_ROLE_KEY", true),
            ("SUPABASE_ANON_KEY", false),
            ("API_KEY", false),
            ("MAPBOX_TOKEN", false),
            ("PASSWORD_MIN_LENGTH", false),
            ("SECRETARY_MAIL", false),
            ("FORGOT_PASSWORD_URL", false),
        ] {
            assert_eq!(is_secret(name), secret, "{name}");
        }
    }
}
