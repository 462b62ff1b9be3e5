//! Fixes that the editor is offered.

use serde_json::{Value, json};

use crate::client::Client;
use crate::edits;
use crate::support::Repo;

const PACKAGE: &str =
    r#"{ "scripts": { "dev": "vite", "build": "vite build" }, "devDependencies": { "vite": "^7.0.0" } }"#;
const CODE: &str = "const base = process.env.REACT_APP_API_URL || 'http://localhost:8080';\nfetch(`${base}/items`);\n";

fn renamed() -> Repo {
    Repo::new()
        .with("package.json", PACKAGE)
        .with("index.html", "<script type=\"module\" src=\"/src/api.ts\"></script>\n")
        .with(".env", "# the back end\nREACT_APP_API_URL=https://api.example.com\n")
        .with("src/api.ts", CODE)
}

/// The edits of an action by file, each file with the version that they are for.
fn documents(action: &Value) -> Vec<(String, Value, Vec<Value>)> {
    let changes = action["edit"]["documentChanges"].as_array().unwrap();
    let document = |change: &Value| {
        let uri = change["textDocument"]["uri"].as_str().unwrap().to_owned();
        (uri, change["textDocument"]["version"].clone(), change["edits"].as_array().unwrap().clone())
    };
    changes.iter().map(document).collect()
}

#[test]
fn a_fix_over_several_files_names_the_versions_that_it_is_for_and_holds() {
    let repo = renamed();
    let mut editor = Client::open(repo.path());
    editor.open_text("src/api.ts", CODE);
    let before = editor.findings();
    let finding = "src/api.ts unexposed-env-var";
    assert!(before.contains(&finding.to_owned()), "{before:?}");
    let shown = editor.shown["src/api.ts"].iter().find(|one| one["code"] == "unexposed-env-var").unwrap().clone();
    let actions = editor.actions("src/api.ts", &shown);
    let titles: Vec<&str> = actions.iter().map(|action| action["title"].as_str().unwrap()).collect();
    assert_eq!(titles[0], "Read `import.meta.env.VITE_API_URL`");
    assert!(titles[1].starts_with("Suppress unexposed-env-var"), "{titles:?}");
    assert_eq!(actions[0]["isPreferred"], Value::Null);
    let documents = documents(&actions[0]);
    let of = |path: &str| documents.iter().find(|(uri, ..)| *uri == editor.uri(path)).unwrap().clone();
    assert_eq!(documents.len(), 2);
    assert_eq!((of("src/api.ts").1, of(".env").1), (json!(1), Value::Null));
    for (uri, _, edits) in &documents {
        let path = repo.path().join(uri.strip_prefix(&editor.uri("x").replace("/x", "/")).unwrap());
        let mut text = std::fs::read_to_string(&path).unwrap();
        for edit in edits.iter().rev() {
            text = edits::with(&text, &edit["range"], edit["newText"].as_str().unwrap());
        }
        std::fs::write(path, text).unwrap();
    }
    let after = std::fs::read_to_string(repo.path().join("src/api.ts")).unwrap();
    assert_eq!(after, CODE.replace("process.env.REACT_APP_API_URL", "import.meta.env.VITE_API_URL"));
    let set = std::fs::read_to_string(repo.path().join(".env")).unwrap();
    assert_eq!(set, "# the back end\nVITE_API_URL=https://api.example.com\n");
    editor.change("src/api.ts", 2, &Value::Null, &after);
    let change = json!({ "uri": editor.uri(".env"), "type": 2 });
    editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
    let left: Vec<String> = before.into_iter().filter(|one| one != finding).collect();
    assert_eq!(editor.findings(), left);
}

/// What a fix changes of an open text is where it is in that text.
#[test]
fn positions_are_those_of_the_open_text() {
    let nginx = "server {\n    listen 443 ssl;\n    server_name app.example.com;\n    root /srv;\n}\n";
    let code = "export const socket = new WebSocket('ws://chat.example.com/ws');\n";
    let repo = Repo::new()
        .with("package.json", PACKAGE)
        .with("index.html", "<script type=\"module\" src=\"/src/main.ts\"></script>\n")
        .with("nginx.conf", nginx)
        .with("wirelint.toml", "[[pages]]\norigin = \"https://app.example.com\"\n")
        .with("src/main.ts", code);
    let mut editor = Client::open_as(repo.path(), json!({}));
    let open = format!("// 😀 above\r\n{}", code.replace('\n', "\r\n"));
    editor.open_text("src/main.ts", &open);
    editor.settle();
    let insecure = |editor: &Client| {
        let all = editor.shown.get("src/main.ts").cloned().unwrap_or_default();
        all.into_iter().find(|one| one["code"] == "insecure-websocket-url")
    };
    let Some(finding) = insecure(&editor) else { panic!("{:?}", editor.shown) };
    let actions = editor.actions("src/main.ts", &finding);
    let edits = actions[0]["edit"]["changes"][editor.uri("src/main.ts")].as_array().unwrap().clone();
    assert_eq!((actions[0]["isPreferred"].clone(), edits.len()), (json!(true), 1));
    let after = edits::with(&open, &edits[0]["range"], edits[0]["newText"].as_str().unwrap());
    assert_eq!(after, open.replace("'ws:", "'wss:"));
}
