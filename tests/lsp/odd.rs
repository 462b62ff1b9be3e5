//! Editors that do odd things, and workspaces that are laid out oddly.

use serde_json::{Value, json};

use crate::client::{Client, capabilities};
use crate::support::{BROKEN_NGINX, Repo};
use crate::{FIXED_NGINX, MISPLACED, broken};

fn url(path: &std::path::Path) -> String {
    lsp_types::Url::from_file_path(path).unwrap().to_string()
}

fn opened(uri: &str, text: &str) -> Value {
    json!({ "textDocument": { "uri": uri, "languageId": "any", "version": 1, "text": text } })
}

#[test]
fn another_state_of_a_file_is_not_the_file() {
    let repo = broken();
    let mut editor = Client::open(repo.path());
    let path = repo.path().join("nginx.conf");
    for scheme in ["git", "vscode-vfs", "output", "conflictResolution"] {
        let uri = url(&path).replacen("file", scheme, 1);
        editor.notify("textDocument/didOpen", opened(&uri, FIXED_NGINX));
        assert_eq!(editor.findings(), [MISPLACED], "{scheme}");
        assert_eq!(
            editor.request(
                "textDocument/hover",
                json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 0 } })
            )["result"],
            Value::Null
        );
    }
    for uri in
        ["untitled:Untitled-1", "file:///C%3A/nginx.conf", "file:///c:/nginx.conf", "file://server/share/nginx.conf"]
    {
        editor.notify("textDocument/didOpen", opened(uri, BROKEN_NGINX));
        assert_eq!(editor.findings(), [MISPLACED], "{uri}");
    }
}

#[test]
fn one_file_has_many_addresses() {
    let repo = Repo::new().with("app/[id] ü/nginx.conf", BROKEN_NGINX);
    let mut editor = Client::open(repo.path());
    let root = url(repo.path());
    let (plain, coded) = (format!("{root}/app/[id] ü/nginx.conf"), format!("{root}/app/%5Bid%5D%20%C3%BC/nginx.conf"));
    assert_eq!(editor.findings().len(), 1);
    editor.notify("textDocument/didOpen", opened(&coded, BROKEN_NGINX));
    let change = json!({ "textDocument": { "uri": plain, "version": 2 }, "contentChanges": [{ "text": FIXED_NGINX }] });
    editor.notify("textDocument/didChange", change);
    assert!(editor.findings().is_empty());
    std::fs::remove_file(repo.path().join("app/[id] ü/nginx.conf")).unwrap();
    let change =
        json!({ "textDocument": { "uri": coded, "version": 3 }, "contentChanges": [{ "text": BROKEN_NGINX }] });
    editor.notify("textDocument/didChange", change);
    assert_eq!(editor.findings().len(), 1);
    editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": plain, "type": 3 }] }));
    assert!(editor.findings().is_empty(), "it was removed under its other address");
}

#[test]
fn a_folder_that_was_removed_takes_its_open_files_with_it() {
    let repo = Repo::new().with("README.md", "").with("deploy/web/nginx.conf", BROKEN_NGINX);
    let mut editor = Client::open(repo.path());
    editor.open_text("deploy/web/nginx.conf", BROKEN_NGINX);
    assert_eq!(editor.findings().len(), 1);
    std::fs::remove_dir_all(repo.path().join("deploy")).unwrap();
    let uri = editor.uri("deploy");
    editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri, "type": 3 }] }));
    assert!(editor.findings().is_empty());
}

#[test]
fn changes_out_of_range_are_made_at_the_nearest_place() {
    let repo = Repo::new().with("README.md", "");
    let mut editor = Client::open(repo.path());
    editor.open_text("nginx.conf", "");
    let at = |line: u64, character: u64| json!({ "line": line, "character": character });
    let most = u64::from(u32::MAX);
    // Line by line behind the end, then in a range whose end comes before its start.
    for (version, line) in (2..).zip(BROKEN_NGINX.split_inclusive('\n')) {
        let range = json!({ "start": at(most, most), "end": at(most, most) });
        editor.change("nginx.conf", version, &range, &line.replace('\n', "\r\n"));
    }
    assert_eq!(editor.findings(), [MISPLACED]);
    let range = json!({ "start": at(2, most), "end": at(2, 0) });
    editor.change("nginx.conf", 20, &range, "    # 😀");
    assert!(editor.findings().is_empty());
    // What is no number of the protocol is left out as a whole, and the text stays as it is.
    editor.change("nginx.conf", 21, &json!({ "start": at(2, u64::MAX), "end": at(2, 0) }), BROKEN_NGINX);
    editor.change("never-opened.conf", 2, &Value::Null, BROKEN_NGINX);
    assert!(editor.findings().is_empty());
    for position in [(u32::MAX, 0), (0, u32::MAX), (2, 7)] {
        assert_eq!(editor.at("hover", "nginx.conf", position), Value::Null);
    }
}

#[test]
fn a_workspace_behind_a_link_is_the_one_that_it_leads_to() {
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX).with("wirelint.toml", "");
    let outside = Repo::new().with_link("link", repo.path());
    let mut editor = Client::open(&outside.path().join("link"));
    assert_eq!(editor.findings(), [MISPLACED]);
    // Some editors resolve the names of files and not those of folders.
    let full = url(&repo.path().canonicalize().unwrap().join("nginx.conf"));
    editor.notify("textDocument/didOpen", opened(&full, FIXED_NGINX));
    assert!(editor.findings().is_empty());
}

#[test]
fn several_folders_and_repositories_are_each_their_own() {
    let one = broken();
    let two = Repo::new().with("b/nginx.conf", BROKEN_NGINX);
    let nested = Repo::new().with("README.md", "");
    let nested = ["first", "second"].iter().fold(nested, |repo, name| {
        repo.with(&format!("{name}/.git/HEAD"), "ref: refs/heads/main\n")
            .with(&format!("{name}/nginx.conf"), BROKEN_NGINX)
    });
    let mut editor = Client::open(one.path());
    assert_eq!(editor.findings(), [MISPLACED]);
    let folder = |path: &std::path::Path| json!({ "uri": url(path), "name": "it" });
    let change = |editor: &mut Client, added: Value, removed: Value| {
        let event = json!({ "event": { "added": added, "removed": removed } });
        editor.notify("workspace/didChangeWorkspaceFolders", event);
        // Each repository is asked for, so that each is known.
        for path in [one.path(), two.path(), nested.path()] {
            let uri = url(&path.join("any"));
            let position = json!({ "line": 0, "character": 0 });
            editor.request("textDocument/hover", json!({ "textDocument": { "uri": uri }, "position": position }));
        }
        editor.shown.len()
    };
    assert_eq!(change(&mut editor, json!([folder(two.path()), folder(nested.path())]), json!([])), 4);
    // The inner one by itself shows what the outer one does, once.
    let inner = nested.path().join("first");
    assert_eq!(change(&mut editor, json!([folder(&inner), folder(&inner)]), json!([])), 4);
    let uri = url(&inner.join("nginx.conf"));
    assert_eq!(editor.shown[&uri].len(), 1, "{:?}", editor.shown[&uri]);
    assert_eq!(change(&mut editor, json!([]), json!([folder(nested.path()), folder(&inner)])), 2);
    assert_eq!(change(&mut editor, json!([]), json!([folder(one.path()), folder(two.path())])), 0);
}

#[test]
fn odd_words_of_an_editor_cost_nothing_else() {
    let repo = broken();
    let mut all = capabilities();
    all["general"] = json!({ "positionEncodings": ["utf-32"], "markdown": 7 });
    all["window"] = json!(["nothing of this kind"]);
    all["workspace"]["workspaceEdit"]["resourceOperations"] = json!(["create", "teleport"]);
    let mut editor = Client::open_as(repo.path(), all);
    assert_eq!(editor.server["capabilities"]["positionEncoding"], "utf-32");
    assert_eq!(editor.findings(), [MISPLACED]);
    assert_eq!(editor.asked, ["client/registerCapability"]);
    // Diagnostics of other servers come along with a question, in whatever form they have.
    let finding = editor.shown["nginx.conf"][0].clone();
    let foreign = json!({ "range": finding["range"], "message": 7, "codeDescription": { "href": "not an address" } });
    let params = json!({
        "textDocument": { "uri": editor.uri("nginx.conf") },
        "range": finding["range"],
        "context": { "diagnostics": [foreign, finding], "triggerKind": 99 },
    });
    let answer = editor.request("textDocument/codeAction", params);
    let actions: Vec<&str> =
        answer["result"].as_array().unwrap().iter().filter_map(|one| one["title"].as_str()).collect();
    assert_eq!(actions, ["Move `map` out of the `server`", "Suppress misplaced-directive with a comment"]);
    // One event that is not understood may be of anything.
    std::fs::write(repo.path().join("nginx.conf"), FIXED_NGINX).unwrap();
    let changes = json!([{ "uri": "no address", "type": 2 }]);
    editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
    assert!(editor.findings().is_empty());
}

#[test]
fn a_length_beyond_all_lengths_swallows_nothing() {
    let repo = broken();
    let mut editor = Client::open(repo.path());
    editor.send_raw("Content-Length: 18446744073709551615\r\n\r\n");
    for _ in 0..100 {
        editor.send_raw("noise\r\n");
    }
    assert_eq!(editor.findings(), [MISPLACED]);
    assert_eq!(editor.told.len(), 2, "of those alike one is told: {:?}", editor.told);
}

#[test]
fn what_is_cancelled_is_answered_so_and_a_burst_of_changes_ends_in_the_last_state() {
    let repo = broken();
    let mut editor = Client::open(repo.path());
    editor.open_text("nginx.conf", BROKEN_NGINX);
    for version in 2..300 {
        let text = if version % 2 == 0 { FIXED_NGINX } else { BROKEN_NGINX };
        editor.change("nginx.conf", version, &Value::Null, text);
        editor.notify("$/cancelRequest", json!({ "id": 1_000_000 }));
    }
    assert_eq!(editor.findings(), [MISPLACED]);
    assert_eq!(editor.versions["nginx.conf"], 299);
    editor.change("nginx.conf", 300, &Value::Null, FIXED_NGINX);
    assert_eq!(editor.leave(), Some(0), "a run that is under way keeps nobody here");
}

#[test]
fn a_file_that_is_written_again_and_again_is_read_each_time() {
    // Within one tick of the clock, and of the same length.
    let repo = broken();
    let other = BROKEN_NGINX.replace("    map ", "    #map ").replace("/srv", "/sr");
    assert_eq!(other.len(), BROKEN_NGINX.len());
    let mut editor = Client::open(repo.path());
    for turn in 0..20 {
        let text = if turn % 2 == 0 { &other } else { BROKEN_NGINX };
        std::fs::write(repo.path().join("nginx.conf"), text).unwrap();
        let change = json!({ "uri": editor.uri("nginx.conf"), "type": 2 });
        editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
        assert_eq!(editor.findings().len(), turn % 2, "{turn}");
    }
}
