//! `wirelint lsp`, as an editor sees it.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod actions;
mod client;
mod edits;
mod fixes;
mod odd;
mod protocol;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;

use client::{Client, capabilities};
use serde_json::{Value, json};
use support::{BROKEN_NGINX, Repo};

const FIXED_NGINX: &str = "server {\n    listen 80;\n    location / { root /srv; }\n}\n";
const MISPLACED: &str = "nginx.conf misplaced-directive";

/// A copy of the files of a fixture.
fn fixture(name: &str) -> Repo {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).join("repo");
    let mut folders = vec![root.clone()];
    let mut repo = Repo::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let inside = path.strip_prefix(&root).unwrap().to_str().unwrap();
                repo = repo.with(inside, std::fs::read(&path).unwrap());
            }
        }
    }
    repo
}

fn broken() -> Repo {
    Repo::new().with("nginx.conf", BROKEN_NGINX)
}

fn start(value: &Value) -> (u64, u64) {
    let start = &value["range"]["start"];
    (start["line"].as_u64().unwrap(), start["character"].as_u64().unwrap())
}

#[test]
fn a_finding_is_shown_where_its_fix_goes_with_the_other_places_of_its_chain() {
    let repo = fixture("vaidol-broken");
    let mut editor = Client::open(repo.path());
    let expected = [
        "backend/src/vaidol/routes.py missing-origin-check",
        "backend/src/vaidol/server.py wildcard-origin-with-credentials",
        "deploy/nginx/sites-available/vaidol misplaced-directive",
        "frontend/src/utils/websocket.ts port-fallback-bypasses-proxy",
    ];
    assert_eq!(editor.findings(), expected);
    let finding = editor.shown["frontend/src/utils/websocket.ts"][0].clone();
    assert_eq!(start(&finding), (7, 50));
    assert_eq!((&finding["severity"], &finding["source"]), (&json!(1), &json!("wirelint")));
    let page = finding["codeDescription"]["href"].as_str().unwrap();
    assert!(page.ends_with("/rules/port-fallback-bypasses-proxy.md"), "{page}");
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains("past the proxy") && message.contains("\nhelp: write `location.host`"), "{message}");
    let related = finding["relatedInformation"].as_array().unwrap();
    let others: Vec<&str> = related.iter().map(|one| one["location"]["uri"].as_str().unwrap()).collect();
    for path in
        ["frontend/.env.production", "deploy/nginx/sites-available/vaidol", "frontend/src/context/WebSocketContext.tsx"]
    {
        assert!(others.contains(&editor.uri(path).as_str()), "{path}: {others:?}");
    }
    assert_eq!(editor.asked, ["client/registerCapability"]);
    assert_eq!(editor.leave(), Some(0));

    // An editor that shows no related places gets them as words.
    let mut editor = Client::open_as(repo.path(), json!({}));
    editor.settle();
    let finding = &editor.shown["frontend/src/utils/websocket.ts"][0];
    assert!(finding.get("relatedInformation").is_none());
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains("\nfrontend/.env.production:2 `NEXT_PUBLIC_WS_PORT` is empty"), "{message}");
}

#[test]
fn what_is_typed_counts_before_it_is_saved_and_no_more_when_it_is_closed() {
    let repo = broken();
    let mut editor = Client::open(repo.path());
    assert_eq!(editor.findings(), [MISPLACED]);
    editor.open_text("nginx.conf", FIXED_NGINX);
    assert!(editor.findings().is_empty());
    editor.change("nginx.conf", 2, &Value::Null, BROKEN_NGINX);
    assert_eq!(editor.findings(), [MISPLACED]);
    editor.change("nginx.conf", 3, &Value::Null, FIXED_NGINX);
    assert!(editor.findings().is_empty());
    editor.close("nginx.conf");
    assert_eq!(editor.findings(), [MISPLACED]);
}

#[test]
fn columns_are_those_of_the_editor() {
    // Behind an emoji and a mark that turns the direction, on lines that end as on Windows, in a file with a byte order mark.
    let file = "frontend/src/utils/websocket.ts";
    let repo = fixture("vaidol-broken");
    let text = std::fs::read_to_string(repo.path().join(file)).unwrap().replace('\n', "\r\n");
    let text = text.replace("  const port", "/* 😀\u{202e} */ const port");
    let line = text.lines().find(|line| line.contains("const port")).unwrap();
    let column = |units: fn(&str) -> usize| units(&line[..line.find("'12393'").unwrap()]) as u64;
    let repo = repo.with(file, format!("\u{feff}{text}"));
    let mut editor = Client::open(repo.path());
    let shown = editor.findings();
    assert_eq!(shown.len(), 4);
    assert_eq!(start(&editor.shown[file][0]), (7, column(|text| text.encode_utf16().count())), "{shown:?}");
    editor.open_text(file, &format!("// a\r\n{text}"));
    assert_eq!(editor.findings(), shown);
    assert_eq!(start(&editor.shown[file][0]), (8, column(|text| text.encode_utf16().count())));
    assert_eq!(editor.server["capabilities"]["positionEncoding"], "utf-16");

    let mut all = capabilities();
    all["general"] = json!({ "positionEncodings": ["utf-8", "utf-16"] });
    let mut editor = Client::open_as(repo.path(), all);
    assert_eq!(editor.findings(), shown);
    assert_eq!(start(&editor.shown[file][0]), (7, column(str::len)));
    assert_eq!(editor.server["capabilities"]["positionEncoding"], "utf-8");
}

#[test]
fn a_text_without_a_file_counts_as_one_that_git_would_see() {
    let repo = Repo::new().with(".gitignore", "/dist/\n").with("README.md", "# It\n");
    let mut editor = Client::open(repo.path());
    assert!(editor.findings().is_empty());
    for path in ["dist/nginx.conf", ".git/nginx.conf"] {
        editor.open_text(path, BROKEN_NGINX);
        assert!(editor.findings().is_empty(), "{path}");
    }
    // Some editors write brackets as they are.
    editor.open_text("deploy/[stage]/nginx.conf", BROKEN_NGINX);
    assert_eq!(editor.findings(), ["deploy/[stage]/nginx.conf misplaced-directive"]);
    editor.close("deploy/[stage]/nginx.conf");
    assert!(editor.findings().is_empty());
}

#[test]
fn what_is_elsewhere_or_behind_a_link_is_left_out() {
    let other = broken();
    let repo = Repo::new().with("README.md", "# It\n").with_link("linked", other.path());
    let mut editor = Client::open(repo.path());
    editor.open_text("../elsewhere/nginx.conf", BROKEN_NGINX);
    editor.open_text("linked/nginx.conf", BROKEN_NGINX);
    let untitled = json!({ "uri": "untitled:nginx.conf", "languageId": "nginx", "version": 1, "text": BROKEN_NGINX });
    editor.notify("textDocument/didOpen", json!({ "textDocument": untitled }));
    assert!(editor.findings().is_empty());
}

#[test]
fn a_folder_of_a_repository_is_followed_through_all_of_it() {
    let repo = broken().with("wirelint.toml", "").with("web/nginx.conf", BROKEN_NGINX);
    let mut editor = Client::open(&repo.path().join("web"));
    assert_eq!(editor.findings(), [MISPLACED]);
    assert_eq!(editor.shown.keys().collect::<Vec<_>>(), ["nginx.conf"]);
    // The folder around it is opened, too.
    let added = json!([{ "uri": lsp_types::Url::from_file_path(repo.path()).unwrap(), "name": "all" }]);
    editor.notify("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": added, "removed": [] } }));
    editor.settle();
    assert_eq!(editor.shown.len(), 2, "{:?}", editor.shown);
}

#[test]
fn what_happens_on_disk_is_seen_when_it_is_told() {
    let repo = broken();
    let mut editor = Client::open(repo.path());
    editor.open_text("nginx.conf", BROKEN_NGINX);
    assert_eq!(editor.findings(), [MISPLACED]);
    let told = |editor: &mut Client, path: &str, kind: u32| {
        let change = json!({ "uri": editor.uri(path), "type": kind });
        editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
    };
    std::fs::write(repo.path().join("Caddyfile"), "example.com {\n\treverse_proxy localhost:8000\n}\n").unwrap();
    std::fs::remove_file(repo.path().join("nginx.conf")).unwrap();
    told(&mut editor, "nginx.conf", 3);
    assert!(editor.findings().is_empty(), "the file is gone, though its text is still open");
    editor.change("nginx.conf", 2, &Value::Null, BROKEN_NGINX);
    assert_eq!(editor.findings(), [MISPLACED], "whoever goes on typing will save it");
    std::fs::create_dir(repo.path().join("other")).unwrap();
    std::fs::write(repo.path().join("other/nginx.conf"), BROKEN_NGINX).unwrap();
    told(&mut editor, "other/nginx.conf", 1);
    assert_eq!(editor.findings(), [MISPLACED, "other/nginx.conf misplaced-directive"]);
}

#[test]
fn a_broken_configuration_is_told_in_its_file_and_hides_nothing() {
    let repo = broken().with("wirelint.toml", "ignore = [\"misplaced-directive\"]\n");
    let mut editor = Client::open(repo.path());
    assert!(editor.findings().is_empty());
    editor.open_text("wirelint.toml", "\nignore = [\"misplaced-directiv\"]\n");
    assert_eq!(editor.findings(), [MISPLACED, "wirelint.toml -"]);
    let refused = &editor.shown["wirelint.toml"][0];
    assert_eq!((start(refused), &refused["severity"]), ((1, 0), &json!(1)));
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("did you mean `misplaced-directive`?"), "{message}");
    editor.close("wirelint.toml");
    assert!(editor.findings().is_empty());
}

#[test]
fn half_a_file_takes_nothing_from_the_others() {
    let repo = broken().with("src/socket.ts", "export const chat = new WebSocket('/ws');\n");
    let mut editor = Client::open(repo.path());
    let text = "export const chat = new WebSocket(`ws://${location.h";
    for end in 0..text.len() {
        editor.open_text("src/socket.ts", &text[..end]);
    }
    assert!(editor.findings().contains(&MISPLACED.to_owned()));
}

#[test]
fn hover_shows_the_hops_and_the_other_end_is_one_step_away() {
    let repo = fixture("vaidol-broken");
    let mut editor = Client::open(repo.path());
    let socket = "frontend/src/context/WebSocketContext.tsx";
    let hops = editor.at("hover", socket, (12, 26));
    assert_eq!(hops["contents"]["kind"], "markdown");
    let text = hops["contents"]["value"].as_str().unwrap();
    let trace = repo.run(&["trace", "--at", &format!("{socket}:13")]);
    assert_eq!(text, format!("```\n{}\n```\n", trace.out.trim_end()));
    assert!(text.contains("    location      ok     location / takes it"), "{text}");
    // A location of nginx that the connection passes, and a line that none does.
    assert_eq!(editor.at("hover", "deploy/nginx/sites-available/vaidol", (24, 8))["contents"]["kind"], "markdown");
    assert_eq!(editor.at("hover", socket, (0, 0)), Value::Null);

    let route = editor.at("definition", socket, (12, 26));
    assert_eq!(route[0]["uri"], editor.uri("backend/src/vaidol/routes.py"));
    assert_eq!(start(&route[0]).0, 13);
    let opened = editor.at("definition", "backend/src/vaidol/routes.py", (13, 10));
    assert_eq!(opened[0]["uri"], editor.uri(socket));
    assert_eq!(start(&opened[0]).0, 12);
    assert_eq!(editor.at("definition", socket, (0, 0)), Value::Null);

    let mut editor = Client::open_as(repo.path(), json!({}));
    let hops = editor.at("hover", socket, (12, 26));
    assert_eq!(
        (&hops["contents"]["kind"], &hops["contents"]["value"]),
        (&json!("plaintext"), &json!(trace.out.trim_end()))
    );
}

#[test]
fn no_secret_is_told() {
    let secret = "hunter2-Correct-Horse-91";
    let repo = broken()
        .with(".env", format!("API_PASSWORD={secret}\n"))
        .with("nginx.conf", BROKEN_NGINX.replace("listen 80;", &format!("listen 80; set $api_password \"{secret}\";")));
    let mut editor = Client::open(repo.path());
    editor.open_text("wirelint.toml", &format!("api_password = \"{secret}\"\n"));
    assert_eq!(editor.findings().len(), 2);
    let shown = format!("{:?} {:?}", editor.shown, editor.told);
    assert!(!shown.contains(secret), "{shown}");
}
