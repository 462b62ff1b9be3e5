//! Names and values of a stranger's repository reach no terminal and no log raw.
#![cfg(unix)]
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use support::{BROKEN_NGINX, Repo, Run};

/// What a terminal obeys, a command of a build service at the start of a line, and one in the middle.
const EVIL: &str = "e\u{1b}[2Jv\u{9b}31mi\u{202e}l\u{7f}\r\n::error::x##[error]y\u{61c}\u{2066}";

fn hostile() -> Repo {
    let name = |end: &str| format!("{EVIL}/{EVIL}{end}");
    Repo::new()
        .with(&name(".conf"), BROKEN_NGINX.replace("server {", "# \u{1b}[31m ##[error]z\nserver {"))
        .with(&name("/.env"), format!("VITE_WS_URL=\"ws://chat.example.com/{EVIL}\"\n"))
        .with(&name("/package.json"), r#"{ "dependencies": { "vite": "1" } }"#)
        .with(
            &name("/src/a.ts"),
            format!(
                "new WebSocket(import.meta.env.VITE_WS_URL + `/{EVIL}`);\nnew WebSocket(x{EVIL});\nnew WebSocket(y);\n"
            ),
        )
        .with(&name("/broken.conf"), format!("server {{\n include {EVIL}.conf; include \"a{EVIL}\";\n listen 80 \n"))
        .with(
            "nginx.conf",
            format!("server {{ listen 443 ssl; location / {{ root /a; }} include '{EVIL}'; {EVIL} on; }}"),
        )
        .with(
            "web/src/b.ts",
            format!(
                "const a = 'http://h.example.com/{}';\nfetch(a);\nnew WebSocket('ws://a b{EVIL}');\n",
                EVIL.escape_default()
            ),
        )
}

fn assert_harmless(run: &Run, colours: bool, what: &str) {
    for (name, text) in [("output", &run.out), ("errors", &run.err)] {
        let mut plain = text.clone();
        if colours {
            let parts: Vec<&str> = text.split("\u{1b}[").collect();
            let rest = parts.iter().skip(1).map(|part| {
                let end =
                    part.find('m').unwrap_or_else(|| panic!("{what}: {name}: an escape that is no colour: {part:?}"));
                assert!(
                    part[..end].bytes().all(|byte| byte.is_ascii_digit() || byte == b';'),
                    "{what}: {name}: {part:?}"
                );
                &part[end + 1..]
            });
            plain = parts[0].to_owned() + &rest.collect::<String>();
        }
        for line in plain.split('\n') {
            let bad = line.chars().find(|c| {
                c.is_control() || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            });
            assert_eq!(bad, None, "{what}: {name}: {line:?}");
            assert!(!line.trim_start().starts_with("::"), "{what}: {name}: {line:?}");
        }
    }
}

#[test]
fn nothing_of_the_repository_is_obeyed() {
    let repo = hostile();
    let human: [(&[&str], bool); 7] = [
        (&["check"], false),
        (&["check", "--verbose"], false),
        (&["check", "--verbose", "--color", "always"], true),
        (&["check", "--local", "--verbose"], false),
        (&["trace"], false),
        (&["trace", "--at", "example.com"], false),
        (&["explain", EVIL], false),
    ];
    for (arguments, colours) in human {
        let run = repo.run(arguments);
        assert_harmless(&run, colours, &format!("{arguments:?}"));
        assert!(!run.out.contains("##[") && !run.err.contains("##["), "{arguments:?}: {run:?}");
    }
    let run = repo.run(&["check", "--verbose"]);
    assert!(
        run.out.contains(r"e\u{1b}[2Jv\u{9b}31mi\u{202e}l\u{7f}\u{d}\u{a}::error::x"),
        "names are shown: {}",
        run.out
    );
}

#[test]
fn documents_hold_the_names_as_they_are() {
    let repo = hostile();
    let names: Vec<String> = repo.run(&["--format", "json", "--select", "misplaced-directive"]).findings();
    assert_eq!(names, [format!("{EVIL}/{EVIL}.conf misplaced-directive")]);
    for format in ["json", "sarif", "gitlab", "jsonl"] {
        let run = repo.run(&["--format", format]);
        assert_harmless(&run, false, format);
        let documents: Vec<&str> = if format == "jsonl" { run.out.lines().collect() } else { vec![&run.out] };
        for document in documents {
            serde_json::from_str::<serde_json::Value>(document).unwrap();
        }
    }
}

/// Formats for programs that are read line by line: what is theirs is obeyed, and nothing else.
#[test]
fn lines_for_programs_are_harmless() {
    let repo = hostile();
    for format in ["concise", "junit", "markdown"] {
        let run = repo.run(&["--format", format, "--verbose", "--explain-skipped", "--statistics"]);
        assert_harmless(&run, false, format);
        assert!(!run.out.contains("##[") && !run.err.contains("##["), "{format}: {run:?}");
    }
    let concise = repo.run(&["--format", "concise"]).out;
    let rows = concise
        .lines()
        .filter(|line| !line.contains(": error ") && !line.contains(": warning ") && !line.contains(": note "));
    assert_eq!(rows.count(), 0, "a line is a finding: {concise}");
    let mut github = repo.run(&["--format", "github"]);
    assert!(github.out.lines().count() > 0);
    let plain: Vec<String> = github.out.lines().map(|line| line.trim_start_matches("::").to_owned()).collect();
    for line in github.out.lines() {
        assert!(["::error ", "::warning ", "::notice "].iter().any(|start| line.starts_with(start)), "{line:?}");
    }
    github.out = plain.join("\n");
    assert_harmless(&github, false, "github");
    assert!(!github.out.contains("##["), "{}", github.out);
}

#[test]
fn errors_show_names_as_escapes() {
    let key: String = EVIL.chars().map(|character| format!("\\U{:08x}", u32::from(character))).collect();
    let repo = Repo::new().with("wirelint.toml", format!("\"{key}\" = 1\n"));
    let missing = format!("{EVIL}/missing");
    let odd_option = format!("--{EVIL}");
    let cases: [&[&str]; 8] = [
        &["check", "."],
        &["check", &missing],
        &["trace", &missing],
        &["check", "--select", EVIL],
        &["check", "--format", EVIL],
        &["check", "--jobs", EVIL],
        &["check", &odd_option],
        &["check", "--output", &missing],
    ];
    for arguments in cases {
        let run = repo.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {run:?}");
        assert!(run.err.contains(r"\u{1b}[2J"), "{arguments:?} shows what is wrong: {run:?}");
        assert_harmless(&run, false, &format!("{arguments:?}"));
    }
}
