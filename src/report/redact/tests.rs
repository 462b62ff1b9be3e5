//! Tables of secrets and of texts that are none, and the work that is done for them.

use std::fmt::Write;

use super::lex::Grammar;
use super::*;
use crate::base::FileKind;

const PLANTED: &str = include_str!("../../../tests/data/secrets/planted.txt");
const ATTACK: &str = include_str!("../../../tests/data/secrets/attack.txt");
const HARMLESS: &str = include_str!("../../../tests/data/secrets/harmless.txt");

/// The blocks of a table: `### kind`, then text.
fn blocks(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.split("### ").skip(1).filter_map(|block| block.split_once('\n'))
}

fn shown(kind: &str, text: &str) -> String {
    let kind = match kind {
        "ts" => FileKind::Tsx,
        "py" => FileKind::Python,
        "nginx" => FileKind::Nginx,
        "env" => FileKind::Env,
        "yaml" => FileKind::Yaml,
        "json" => FileKind::Json,
        "toml" => FileKind::Toml,
        "docker" => FileKind::Dockerfile,
        "sh" => FileKind::Shell,
        "html" => FileKind::Html,
        "vue" => FileKind::Vue,
        _ => return prose(text, &Known::default()),
    };
    source(text, kind, &Known::default())
}

#[test]
fn no_planted_secret_shows() {
    let (mut planted, mut report) = (0, String::new());
    for (kind, text) in blocks(PLANTED).chain(blocks(ATTACK)) {
        planted += text.matches("planted").count();
        let shown = shown(kind, text);
        assert_eq!(shown.len(), text.len(), "{kind}: positions stay");
        for (before, after) in text.lines().zip(shown.lines()).filter(|(_, after)| after.contains("planted")) {
            let _ = writeln!(report, "{kind}: {before}\n    => {after}");
        }
    }
    assert!(planted >= 700, "{planted}");
    assert!(report.is_empty(), "{report}");
}

#[test]
fn what_is_no_secret_stays() {
    let (mut lines, mut report) = (0, String::new());
    for (kind, text) in blocks(HARMLESS) {
        lines += text.lines().count();
        let shown = shown(kind, text);
        for (before, after) in text.lines().zip(shown.lines()).filter(|(before, after)| before != after) {
            let _ = writeln!(report, "{kind}: {before}\n    => {after}");
        }
    }
    assert!(report.is_empty(), "{report}");
    assert!(lines >= 230, "{lines}");
}

#[test]
fn redacted_text_is_redacted_already() {
    for (kind, text) in blocks(PLANTED).chain(blocks(ATTACK)).chain(blocks(HARMLESS)) {
        let once = shown(kind, text);
        for (one, two) in once.lines().zip(shown(kind, &once).lines()) {
            assert_eq!(one, two, "{kind}");
        }
    }
}

#[test]
fn a_known_value_is_hidden_where_it_turns_up_again() {
    let known = Known::new(values("JWT_SECRET=hunter2-and-more\nDB_PASSWORD=postgres\n", FileKind::Env));
    let text = "`hunter2-and-more` is sent to `postgres`, and hunter2-and-moreover is another word";
    let shown = "`****************` is sent to `postgres`, and hunter2-and-moreover is another word";
    assert_eq!(prose(text, &known), shown);
}

/// The bytes that are looked at for each byte of a text that repeats `unit`.
fn looks(grammar: Grammar, unit: &str, length: usize) -> usize {
    let text = unit.repeat(length / unit.len() + 1);
    secrets(&text, grammar).1 / text.len()
}

#[test]
fn the_work_grows_with_the_text_and_no_faster() {
    let units = [
        "token=\"a\",",
        "token=",
        "?key=",
        "?key=$",
        "&key=a",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "-----END ",
        "token=(",
        "token={",
        "token=[",
        "token: ",
        "token:\n  ",
        "- token:\n",
        "eyJ",
        "eyJ.",
        "sk-",
        "sk-a-",
        "://",
        "://a:",
        "://a:b@",
        "@",
        "a:b@c.d/",
        "$",
        "${",
        "${token:-",
        "`",
        "`${",
        "\"",
        "'",
        "\\\"",
        "\\",
        "#",
        "//",
        "/*",
        "<!--",
        "<token>",
        "\"token\",",
        "(\"token\",",
        "token,",
        "token.a",
        "token.a(",
        "token in ",
        "name: token\n",
        "name=\"token\" value=\"a\" ",
        "{\"name\":\"token\",\"value\":\"a\"}",
        "map $token $a {",
        "if ($token = a) {",
        "set $token a;",
        "def f(token):",
        "f(",
        "const f = (token",
        "jwt.sign(a,",
        "\"a\"+",
        "\"a\" == token",
        "Bearer ",
        "basic a1B2c3D4 ",
        "/bot1:",
        "{SHA}",
        "$apr1$",
        "token |\n",
        "token: |\n a\n",
        "token <<EOF\n",
        "mysql -p a ",
        "--token ",
        "-u a:b ",
        "kind: Secret\n---\n",
        "a_",
        "A",
        "{",
        "}",
        "env TOKEN=",
        "token=\\\n",
        "token=\"",
        "token='",
        "token=`",
        "\"token=",
        "'token: ",
        "token: {a: [",
        "token='''",
        "token=\"\"\"",
        "h:5432:d:u:a\n",
        "a:1:",
        "*:",
        "<<< a ",
        "<<<",
        "echo ",
        "echo a | ",
        "echo a | docker login --password-stdin\n",
        "<(echo a) ",
        "? token\n: a\n",
        "? token\n",
        "token: { value: a }\n",
        "token: { ",
        "enum Token {",
        "enum Token { A = \"a\" } ",
        "a, token = ",
        "token, ",
        "set(a, \"token\", ",
        "a.token\": \"b\", ",
        "set_by_lua_block $token { return \"a\" } ",
        "`token=a`",
        "` ",
    ];
    let grammars = [
        Grammar::Ecma,
        Grammar::Markup,
        Grammar::Python,
        Grammar::Nginx,
        Grammar::Env,
        Grammar::Yaml,
        Grammar::Json,
        Grammar::Toml,
        Grammar::Docker,
        Grammar::Shell,
        Grammar::Prose,
    ];
    let mut report = String::new();
    for grammar in grammars {
        for unit in units {
            let (small, large) = (looks(grammar, unit, 1_000), looks(grammar, unit, 4_000));
            if large > 2 * small.max(100) {
                let _ = writeln!(report, "{grammar:?} {unit:?}: {small}, then {large} for each byte");
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn a_sentence_that_quotes_a_line_hides_what_the_file_hides() {
    let (mut quoted, mut report) = (0, String::new());
    for (kind, text) in blocks(PLANTED).chain(blocks(ATTACK)).filter(|(kind, _)| *kind != "prose") {
        for line in text.lines().filter(|line| line.contains("planted") && !line.contains('`')) {
            if shown(kind, line).contains("planted") {
                // What says that it is a secret is on another line.
                continue;
            }
            quoted += 1;
            let shown = prose(&format!("the condition `{}` decides", line.trim()), &Known::default());
            if shown.contains("planted") {
                let _ = writeln!(report, "{kind}: {shown}");
            }
        }
    }
    assert!(quoted >= 600, "{quoted}");
    assert!(report.is_empty(), "{report}");
}
