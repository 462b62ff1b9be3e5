//! What the editor is offered to do about a finding.

use serde_json::{Value, json};

use crate::client::Client;
use crate::support::Repo;
use crate::{edits, fixture};

/// Makes the edit of an action on disk, as an editor that saves would.
fn make(repo: &Repo, editor: &Client, action: &Value) {
    let edit = &action["edit"];
    let edits: Vec<(String, Value)> = match edit["changes"].as_object() {
        Some(changes) => changes.iter().map(|(uri, edits)| (uri.clone(), edits[0].clone())).collect(),
        None => {
            assert_eq!(edit["documentChanges"][0]["kind"], "create");
            let change = &edit["documentChanges"][1];
            vec![(change["textDocument"]["uri"].as_str().unwrap().to_owned(), change["edits"][0].clone())]
        }
    };
    for (uri, edit) in edits {
        let path = repo.path().join(uri.strip_prefix(&editor.uri("x").replace("/x", "/")).unwrap());
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::write(path, edits::with(&text, &edit["range"], edit["newText"].as_str().unwrap())).unwrap();
    }
}

#[test]
fn an_action_leaves_a_tree_without_the_finding() {
    let file = "frontend/src/utils/websocket.ts";
    let repo = fixture("vaidol-broken");
    let text = std::fs::read_to_string(repo.path().join(file)).unwrap().replace('\n', "\r\n");
    let repo = repo.with(file, &text);
    let mut editor = Client::open(repo.path());
    for left in (0..editor.findings().len()).rev() {
        let (path, all) = editor.shown.first_key_value().unwrap();
        let (path, finding) = (path.clone(), all[0].clone());
        let actions = editor.actions(&path, &finding);
        let suppressing = actions.iter().find(|action| action["title"].as_str().unwrap().starts_with("Suppress"));
        let Some(action) = suppressing else { panic!("{actions:?}") };
        let rule = finding["code"].as_str().unwrap();
        assert_eq!(action["title"], format!("Suppress {rule} with a comment"));
        assert_eq!(action["diagnostics"][0]["code"], rule);
        make(&repo, &editor, action);
        let change = json!({ "uri": editor.uri(&path), "type": 2 });
        editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
        assert_eq!(editor.findings().len(), left);
    }
    let run = repo.run(&["check", "--format", "concise", "--quiet"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let after = std::fs::read_to_string(repo.path().join(file)).unwrap();
    let comment = "  // wirelint: ignore[port-fallback-bypasses-proxy] say here why this is fine\r\n";
    assert_eq!(after.replacen(comment, "", 1), text);
    assert_ne!(after, text);
}

#[test]
fn what_no_comment_can_suppress_is_suppressed_in_a_configuration_that_may_be_new() {
    let package = r#"{ "scripts": { "build": "vite build" }, "devDependencies": { "vite": "^7.0.0" } }"#;
    let manifest = r#"{ "dependencies": { "fastify": "^5.0.0" } }"#;
    let repo = Repo::new()
        .with("package.json", package)
        .with("index.html", "<script type=\"module\" src=\"/src/main.ts\"></script>\n")
        .with("nginx.conf", "server {\n    listen 443 ssl;\n    server_name app.example.com;\n    root /srv;\n}\n")
        .with("src/main.ts", "import routes from './routes.json';\nexport const s = new WebSocket(routes.connect);\n")
        .with("src/routes.json", "{ \"connect\": \"ws://chat.example.com/ws\" }\n")
        .with("other/package.json", manifest);
    let mut editor = Client::open(repo.path());
    let finding = "src/routes.json insecure-websocket-url";
    let before = editor.findings();
    assert!(before.contains(&finding.to_owned()), "{before:?}");
    let actions = editor.actions("src/routes.json", &editor.shown["src/routes.json"][0].clone());
    let action = actions.last().unwrap();
    assert_eq!(action["title"], "Suppress insecure-websocket-url in wirelint.toml");
    make(&repo, &editor, action);
    let change = json!({ "uri": editor.uri("wirelint.toml"), "type": 1 });
    editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
    let left: Vec<String> = before.into_iter().filter(|one| one != finding).collect();
    assert_eq!(editor.findings(), left);

    // An editor that makes no files is offered none.
    std::fs::remove_file(repo.path().join("wirelint.toml")).unwrap();
    let mut editor = Client::open_as(repo.path(), json!({}));
    editor.settle();
    let actions = editor.actions("src/routes.json", &editor.shown["src/routes.json"][0].clone());
    assert!(actions.iter().all(|action| !action["title"].as_str().unwrap().starts_with("Suppress")), "{actions:?}");
    assert!(editor.asked.is_empty());
}
