//! Suppressions as people write them: in comments, in the configuration, rightly and wrongly.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use support::{BROKEN_NGINX, Repo, Run};

const JSON: [&str; 2] = ["--format", "json"];

/// `nginx.conf` with a comment above its one mistake.
fn commented(comment: &str) -> Repo {
    Repo::new().with("nginx.conf", BROKEN_NGINX.replace("    map", &format!("    # {comment}\n    map")))
}

/// Rule and help of each finding that is not suppressed.
fn open(run: &Run) -> Vec<(String, String)> {
    let document: serde_json::Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"));
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
    let findings = document["findings"].as_array().unwrap().clone();
    let open = findings.iter().filter(|finding| finding["suppressed"].is_null());
    open.map(|finding| (text(&finding["rule"]), text(&finding["help"]))).collect()
}

fn rules(run: &Run) -> Vec<String> {
    open(run).into_iter().map(|(rule, _)| rule).collect()
}

#[test]
fn a_rule_or_its_family_is_suppressed() {
    for name in ["misplaced-directive", "upgrade-headers", "tls, upgrade-headers"] {
        let run = commented(&format!("wirelint: ignore[{name}] not deployed")).run(&JSON);
        assert!(!rules(&run).contains(&"misplaced-directive".to_owned()), "{name}: {run:?}");
        assert_eq!(rules(&run).contains(&"unused-suppression".to_owned()), name.starts_with("tls"), "{name}");
    }
    let unknown = commented("wirelint: ignore[upgrade-header] x").run(&JSON);
    assert!(open(&unknown).contains(&("unknown-rule".to_owned(), "did you mean `upgrade-headers`?".to_owned())));
}

#[test]
fn the_configuration_takes_families_folders_and_patterns() {
    let entry = |rule: &str, path: &str| {
        let stated = format!("[[suppress]]\nrule = '{rule}'\npath = '{path}'\nreason = 'not deployed'\n");
        let repo = Repo::new().with("deploy/[a]/nginx.conf", BROKEN_NGINX).with("wirelint.toml", stated);
        rules(&repo.run(&JSON))
    };
    for (rule, path) in [
        ("misplaced-directive", "deploy/[a]/nginx.conf"),
        ("misplaced-directive", "deploy/[a]"),
        ("misplaced-directive", "deploy"),
        ("upgrade-headers", "deploy/**"),
        ("upgrade-headers", "*/*/*.conf"),
    ] {
        assert_eq!(entry(rule, path), [] as [&str; 0], "{rule} {path}");
    }
    for path in ["deploy/*.conf", "other/**", "deploy/a"] {
        assert_eq!(entry("misplaced-directive", path), ["misplaced-directive", "unused-suppression"], "{path}");
    }
}

#[test]
fn every_malformed_form_is_told_of_with_what_to_type() {
    let table = [
        ("wirelint:ignore[misplaced-directive]", "write `wirelint: ignore[misplaced-directive] why it is fine`"),
        ("wirelint: ignore misplaced-directive old", "write `wirelint: ignore[misplaced-directive] old`"),
        ("wirelint: ignore misplaced-directives", "write `wirelint: ignore[misplaced-directive] why it is fine`"),
        ("wirelint: ignore[misplaced-directive old", "write `wirelint: ignore[misplaced-directive] old`"),
        ("wirelint: ignore[]", "write `wirelint: ignore[RULE] why it is fine` with the id of a rule"),
        ("wirelint: ignore", "write `wirelint: ignore[RULE] why it is fine` with the id of a rule"),
        ("wirelint: ignore this one", "write `wirelint: ignore[RULE] this one` with the id of a rule"),
        ("wirelint-ignore", "write `wirelint: ignore[RULE] why it is fine` with the id of a rule"),
        ("wirelint-ignore misplaced-directive", "write `wirelint: ignore[misplaced-directive] why it is fine`"),
        ("wirelint: disable misplaced-directive", "write `wirelint: ignore[misplaced-directive] why it is fine`"),
        ("wirelint: disable-next-line", "write `wirelint: ignore[RULE] why it is fine` with the id of a rule"),
        ("wirelint-disable-next-line upgrade-headers -- old", "write `wirelint: ignore[upgrade-headers] old`"),
    ];
    for (comment, help) in table {
        let run = commented(comment).run(&JSON);
        let found = open(&run);
        assert_eq!(rules(&run), ["misplaced-directive", "malformed-suppression"], "{comment}");
        assert!(found.iter().any(|(_, said)| said.starts_with(help)), "{comment}: {found:?}");
        assert_eq!(commented(comment).run(&[]).code, Some(1));
    }
    for prose in
        ["wirelint is run by CI", "wirelint: the map is wrong", "see wirelint: ignore[x]", "wirelint ignores it"]
    {
        assert_eq!(rules(&commented(prose).run(&JSON)), ["misplaced-directive"], "{prose}");
    }
}

#[test]
fn a_comment_is_told_of_where_nothing_else_is() {
    let repo = Repo::new().with("src/a.ts", "// wirelint-ignore port-mismatch\nexport const a = 1;\n");
    let repo = repo.with("src/b.py", "# wirelint: ignore[port-mismatch] old\na = 1\n");
    assert_eq!(repo.run(&JSON).findings(), ["src/a.ts malformed-suppression", "src/b.py unused-suppression"]);
}

#[test]
fn everything_is_shown_without_ignores() {
    let stated = "[[suppress]]\nrule = 'misplaced-directive'\npath = 'other'\nreason = 'not deployed'\n";
    let repo = commented("wirelint: ignore[misplaced-directive] not deployed").with("wirelint.toml", stated);
    let repo = repo.with("other/nginx.conf", BROKEN_NGINX);
    assert_eq!(rules(&repo.run(&JSON)), [] as [&str; 0]);
    let all = repo.run(&[&JSON[..], &["--no-ignores"]].concat());
    assert_eq!(rules(&all), ["misplaced-directive", "misplaced-directive"]);
    assert_eq!(repo.run(&["--no-ignores"]).code, Some(1));
}
