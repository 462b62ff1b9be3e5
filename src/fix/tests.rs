//! Edits in every language: what stands between `«` and `»` is the place.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::base::{FileId, FileKind, Place};

/// The text after a change; `None` where there is no edit.
fn after(kind: FileKind, marked: &str, change: Change) -> Option<String> {
    let (before, rest) = marked.split_once('«').unwrap();
    let (inside, behind) = rest.split_once('»').unwrap();
    let text = format!("{before}{inside}{behind}");
    let place = Place::new(FileId(0), Span::new(before.len(), before.len() + inside.len()));
    let document = Document { text: &text, kind };
    let mut change_of_file = FileChange { before: text.clone(), replacements: Vec::new() };
    let made = made(&document, &Wiring::default(), &Edit { place, change })?;
    assert!(change_of_file.join(&made));
    Some(change_of_file.after())
}

fn is(kind: FileKind, marked: &str, change: Change, expected: &str) {
    assert_eq!(after(kind, marked, change.clone()).as_deref(), Some(expected), "{marked} {change:?}");
}

fn none(kind: FileKind, marked: &str, change: Change) {
    assert_eq!(after(kind, marked, change.clone()), None, "{marked} {change:?}");
}

fn word(from: &str, to: &str) -> Change {
    Change::Word { from: from.into(), to: to.into() }
}

fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn a_word_is_replaced_where_it_stands_alone() {
    is(FileKind::Env, "A=«ws://a:8001/ws»\n", word("8001", "8000"), "A=ws://a:8000/ws\n");
    is(FileKind::TypeScript, "f('«/api/book»')", word("/api/book", "/api/books"), "f('/api/books')");
    none(FileKind::TypeScript, "f('«/api/books»')", word("/api/book", "/api/cook"));
    none(FileKind::TypeScript, "f('«/ws/chat»')", word("/ws", "/live"));
    none(FileKind::TypeScript, "«a:80, b:80»", word("80", "81"));
    none(FileKind::TypeScript, "f(«'a'»)", word("a", "b'c"));
    is(FileKind::Yaml, "url: «\"ws://a/b\"» # ws:\n", word("ws:", "wss:"), "url: \"wss://a/b\" # ws:\n");
}

#[test]
fn host_and_port_change_as_far_as_they_are_written() {
    let address = |from: &str, to: &str| Change::Address { from: from.into(), to: to.into() };
    is(
        FileKind::Nginx,
        "proxy_pass «http://api:3001/»;",
        address("api:3001", "api:3000"),
        "proxy_pass http://api:3000/;",
    );
    is(FileKind::Compose, "- «a.server.port=8988»", address("x:8988", "x:8989"), "- a.server.port=8989");
    is(
        FileKind::Nginx,
        "proxy_pass «http://localhost»;",
        address("localhost:80", "api:8000"),
        "proxy_pass http://api:8000;",
    );
    none(FileKind::Nginx, "proxy_pass «http://$backend»;", address("a:1", "b:2"));
}

#[test]
fn paths_change_without_what_their_base_says() {
    let path = |from: &str, to: &str| Change::Path { from: from.into(), to: to.into() };
    is(FileKind::TypeScript, "get(«'/book'»)", path("/api/book", "/api/books"), "get('/books')");
    is(FileKind::TypeScript, "`${a}«/ws/»`", path("/ws/", "/ws"), "`${a}/ws`");
    none(FileKind::TypeScript, "get(«'/'»)", path("/api/book", "/api/books"));
    let ending = Change::Ending("/api".into());
    is(FileKind::TypeScript, "x = «'http://a:1'»", ending.clone(), "x = 'http://a:1/api'");
    is(FileKind::Env, "A=«http://a:1»\n", ending.clone(), "A=http://a:1/api\n");
    none(FileKind::Env, "A=«http://a:1/»\n", ending);
}

#[test]
fn statements_take_the_indentation_and_the_line_breaks_of_their_neighbours() {
    let set = lines(&["proxy_set_header Host $host;"]);
    let text = "location / {\r\n\t«proxy_pass http://a;» # up\r\n}\r\n";
    let expected = "location / {\r\n\tproxy_pass http://a; # up\r\n\tproxy_set_header Host $host;\r\n}\r\n";
    is(FileKind::Nginx, text, Change::After(set.clone()), expected);
    let inline = "location / { «proxy_pass http://a;» }";
    is(
        FileKind::Nginx,
        inline,
        Change::After(set.clone()),
        "location / { proxy_pass http://a; proxy_set_header Host $host; }",
    );
    is(
        FileKind::Nginx,
        "«upstream a »{\n   server b;\n}\n",
        Change::First(lines(&["ip_hash;"])),
        "upstream a {\n   ip_hash;\n   server b;\n}\n",
    );
    is(
        FileKind::Nginx,
        "«upstream a »{ server b; }\n",
        Change::First(lines(&["ip_hash;"])),
        "upstream a { ip_hash; server b; }\n",
    );
    let map = lines(&["map $a $b {", "    default 1;", "}"]);
    let text = "# one\n# two\n«server »{\n  listen 80;\n}\n";
    is(
        FileKind::Nginx,
        text,
        Change::Before(map),
        "map $a $b {\n  default 1;\n}\n\n# one\n# two\nserver {\n  listen 80;\n}\n",
    );
    is(FileKind::Nginx, "a {\n    «b c;»\n    d;\n}\n", Change::Remove, "a {\n    d;\n}\n");
    is(FileKind::Nginx, "a { «b c;» d; }", Change::Remove, "a { d; }");
    // In a text of YAML as well.
    let text = "data:\n  a.conf: |\n    location / {\n      «proxy_pass http://a;»\n    }\n";
    is(
        FileKind::Yaml,
        text,
        Change::After(lines(&["b;"])),
        "data:\n  a.conf: |\n    location / {\n      proxy_pass http://a;\n      b;\n    }\n",
    );
    // Without a line break at the end.
    is(FileKind::Nginx, "«a b;»", Change::After(lines(&["c;"])), "a b;\nc;");
    is(FileKind::Python, "«A» = 1", Change::Line("B = 2".into()), "A = 1\nB = 2\n");
}

#[test]
fn elements_keep_the_quotes_and_the_shape_of_their_list() {
    let element = |value: &str| Change::Element(value.into());
    let new = element("http://b");
    is(FileKind::Python, "x = [«\"http://a\"»]", new.clone(), "x = [\"http://a\", \"http://b\"]");
    is(FileKind::Python, "x = («'http://a'»,)", new.clone(), "x = ('http://a', 'http://b',)");
    is(
        FileKind::Python,
        "x = [\n    «'http://a'»,  # one\n]\n",
        new.clone(),
        "x = [\n    'http://a',\n    'http://b',  # one\n]\n",
    );
    is(FileKind::TypeScript, "o = [\n  «'http://a'»\n];", new.clone(), "o = [\n  'http://a',\n  'http://b'\n];");
    is(
        FileKind::TypeScript,
        "cors({ origin: «'http://a'» })",
        new.clone(),
        "cors({ origin: ['http://a', 'http://b'] })",
    );
    none(FileKind::TypeScript, "const origin_of = f(«'http://a'»)", new.clone());
    none(FileKind::TypeScript, "const ORIGIN = «'http://a'»;", new.clone());
    is(FileKind::Env, "ALLOWED=«http://a»\n", new.clone(), "ALLOWED=http://a,http://b\n");
    is(FileKind::Env, "ALLOWED=\"«x»,y\"\n", element("z"), "ALLOWED=\"x,z,y\"\n");
    is(FileKind::Env, "ALLOWED=«x», y\n", element("z"), "ALLOWED=x, z, y\n");
    is(FileKind::Yaml, "o:\n  - «\"http://a\"» # one\n", new.clone(), "o:\n  - \"http://a\" # one\n  - \"http://b\"\n");
    is(FileKind::Yaml, "o: [«http://a»]\n", new.clone(), "o: [http://a, http://b]\n");
    is(FileKind::Yaml, "- «A=http://a»\n", new.clone(), "- A=http://a,http://b\n");
    is(FileKind::Compose, "A: «http://a»\n", new.clone(), "A: http://a,http://b\n");
    is(FileKind::Json, "[«\"http://a\"»]", new.clone(), "[\"http://a\", \"http://b\"]");
    is(FileKind::Python, "A: str = «\"http://a,http://c\"»\n", new, "A: str = \"http://a,http://c,http://b\"\n");
    none(FileKind::Python, "x = [«'a'»]", element("it's"));
}

#[test]
fn members_are_put_behind_the_last_one() {
    let member = |text: &str| Change::Member(text.into());
    is(FileKind::Python, "f(«run(\"a\", port=1)»)", member("host=\"0\""), "f(run(\"a\", port=1, host=\"0\"))");
    none(FileKind::Python, "«run(\"a\", host=h)»", member("host=\"0\""));
    is(FileKind::TypeScript, "«{}»", member("a: 1"), "{ a: 1 }");
    is(FileKind::TypeScript, "«{ b: 2, }»", member("a: 1"), "{ b: 2, a: 1, }");
    is(FileKind::Tsx, "«{\n  b: 2, // two\n}»", member("a: 1"), "{\n  b: 2, // two\n  a: 1,\n}");
    is(FileKind::Tsx, "«{\n  b: { c: 1 }\n}»", member("a: 1"), "{\n  b: { c: 1 },\n  a: 1\n}");
    none(FileKind::TypeScript, "«{ ...all }»", member("a: 1"));
    none(FileKind::TypeScript, "«{ a: 2 }»", member("a: 1"));
    // What is in strings and comments is no bracket.
    is(
        FileKind::TypeScript,
        "«{ b: '}', c: `${d}}` /* } */ }»",
        member("a: 1"),
        "{ b: '}', c: `${d}}`, a: 1 /* } */ }",
    );
    let spread = |member: &str| Change::Spread { name: "target", member: member.into() };
    is(FileKind::TypeScript, "«'/ws': 'http://a'»", spread("ws: true"), "'/ws': { target: 'http://a', ws: true }");
    is(FileKind::TypeScript, "«'/ws': backend»", spread("ws: true"), "'/ws': { target: backend, ws: true }");
    is(FileKind::TypeScript, "«'/ws': { target }»", spread("ws: true"), "'/ws': { target, ws: true }");
    none(FileKind::TypeScript, "«'/ws': a ? b : c»", spread("ws: true"));
    is(
        FileKind::Json,
        "«\"/ws\": { \"target\": \"a\" }»",
        spread("\"ws\": true"),
        "\"/ws\": { \"target\": \"a\", \"ws\": true }",
    );
    let option = |member: &str| Change::Option { member: member.into() };
    is(
        FileKind::TypeScript,
        "use(«cors({ origin: a })»)",
        option("credentials: true"),
        "use(cors({ origin: a, credentials: true }))",
    );
    is(FileKind::TypeScript, "«@G()»", option("cors: {}"), "@G({ cors: {} })");
    is(FileKind::TypeScript, "«new Server(http)»", option("cors: {}"), "new Server(http, { cors: {} })");
    none(FileKind::TypeScript, "«f(() => { g(); })»", option("a: 1"));
    let port = Change::Property { name: "port".into(), with: "clientPort: 443".into() };
    is(FileKind::TypeScript, "hmr: { port: «24678» }", port.clone(), "hmr: { clientPort: 443 }");
    is(FileKind::Json, "{ \"port\": «1» }", port, "{ clientPort: 443 }");
}

#[test]
fn code_takes_the_place_of_text() {
    let choice = Change::Expression { from: "ws".into(), code: "s() ? 'wss' : 'ws'".into() };
    is(FileKind::TypeScript, "`«ws://»${h}`", choice.clone(), "`${s() ? 'wss' : 'ws'}://${h}`");
    is(FileKind::TypeScript, "const p = «'ws'»;", choice.clone(), "const p = s() ? 'wss' : 'ws';");
    is(
        FileKind::Vue,
        "<script>\nx = «'ws://'» + h\n</script>",
        choice.clone(),
        "<script>\nx = `${s() ? 'wss' : 'ws'}://` + h\n</script>",
    );
    is(FileKind::TypeScript, "const p = «\"ws\"» + x;", choice.clone(), "const p = (s() ? 'wss' : 'ws') + x;");
    none(FileKind::Python, "p = «'ws'»", choice);
    let colon = Change::Compared { from: "https".into(), to: "https:".into() };
    is(FileKind::Svelte, "p === 'https' ? 'wss' : «'ws'»", colon.clone(), "p === 'https:' ? 'wss' : 'ws'");
    none(FileKind::TypeScript, "p = 'https'; q ? 'wss' : «'ws'»", colon.clone());
    none(FileKind::TypeScript, "f('https') ? 'wss' : «'ws'»", colon);
    let encoded = Change::Wrapped("encodeURIComponent");
    is(FileKind::TypeScript, "`«/ws?t=»${a.b}&c`", encoded.clone(), "`/ws?t=${encodeURIComponent(a.b)}&c`");
    is(FileKind::TypeScript, "'«/ws?t=»' + token;", encoded.clone(), "'/ws?t=' + encodeURIComponent(token);");
    none(FileKind::TypeScript, "'«/ws?t=»' + f(x);", encoded.clone());
    none(FileKind::TypeScript, "`«/ws?t=»${encodeURIComponent(a)}`", encoded);
}

#[test]
fn commands_get_words_where_they_end() {
    let host = Change::Words(vec!["--host".into(), "0.0.0.0".into()]);
    is(FileKind::Compose, "command: «uvicorn a:b»\n", host.clone(), "command: uvicorn a:b --host 0.0.0.0\n");
    is(
        FileKind::Dockerfile,
        "CMD «[\"uvicorn\", \"a:b\"]»\n",
        host.clone(),
        "CMD [\"uvicorn\", \"a:b\", \"--host\", \"0.0.0.0\"]\n",
    );
    is(FileKind::PackageJson, "{ \"dev\": \"«vite»\" }", host, "{ \"dev\": \"vite --host 0.0.0.0\" }");
    let list = Change::Behind(" '$A'".into());
    is(FileKind::Shell, "«envsubst» < a > b", list.clone(), "envsubst '$A' < a > b");
    none(FileKind::Shell, "sh -c '«envsubst» < a'", list);
    let extra = Change::Extra { name: "uvicorn", extra: "standard" };
    is(FileKind::Requirements, "«uvicorn==0.34.0»\n", extra.clone(), "uvicorn[standard]==0.34.0\n");
    none(FileKind::Requirements, "«uvicorn[x]»\n", extra);
}

#[test]
fn comments_go_with_their_line_and_entries_with_their_comma() {
    is(FileKind::TypeScript, "  «// a»\nb", Change::Comment, "b");
    is(FileKind::TypeScript, "b «// a»\nc", Change::Comment, "b\nc");
    is(FileKind::Html, "«<!-- wirelint x -->»\n", Change::CommentWords("y".into()), "<!-- y -->\n");
    is(FileKind::Nginx, "  «# wirelint: off»\n", Change::CommentWords("y".into()), "  # y\n");
    let gone = |name: &str| Change::Listed(name.into());
    is(FileKind::TypeScript, "«// i[a, b-c] why»", gone("a"), "// i[b-c] why");
    is(FileKind::TypeScript, "«// i[a, b-c] why»", gone("b-c"), "// i[a] why");
}

#[test]
fn a_directive_leaves_its_server() {
    let text = "http {\n    # site\n    server {\n        listen 80;\n        map $a $b {\n            default 1;\n        }\n    }\n}\n";
    let at = |part: &str| {
        let start = text.find(part).unwrap();
        Span::new(start, start + part.len())
    };
    let moved = Change::MoveBefore(Place::new(FileId(0), at("server ")));
    let document = Document { text, kind: FileKind::Nginx };
    let made = match moved {
        Change::MoveBefore(target) => statement::move_before(&document, at("map $a $b ").range(), target.span.range()),
        _ => None,
    };
    let mut change = FileChange { before: text.to_owned(), replacements: Vec::new() };
    assert!(change.join(&made.unwrap()));
    let expected = "http {\n    map $a $b {\n        default 1;\n    }\n\n    # site\n    server {\n        listen 80;\n    }\n}\n";
    assert_eq!(change.after(), expected);
    let listen = u32::try_from(text.find("listen").unwrap()).unwrap();
    assert_eq!(&expected[change.moved(listen) as usize..][..6], "listen");
}

#[test]
fn edits_over_one_another_are_not_made_together() {
    let change = |span: Span, text: &str| {
        let replacements = vec![Replacement { span, text: text.to_owned() }];
        Changes::from([(RepoPath::new("a").unwrap(), FileChange { before: "abcdef".to_owned(), replacements })])
    };
    let one = change(Span::new(0, 2), "x");
    assert!(together(&one, &change(Span::new(1, 3), "y")).is_none());
    assert!(together(&one, &change(Span::new(2, 3), "y")).is_none());
    let both = together(&one, &change(Span::new(3, 4), "y")).unwrap();
    assert_eq!(both.values().next().unwrap().after(), "xcyef");
}
