//! Beginning, end, and what is no message.

use serde_json::{Value, json};

use crate::client::Client;
use crate::{MISPLACED, broken};

#[test]
fn what_is_no_message_does_not_end_the_server() {
    let repo = broken();
    let mut editor = Client::open(repo.path());
    editor.send_raw("nonsense\r\n");
    editor.send_raw("Content-Length: 5\r\n\r\n{\"a\":");
    editor.send_raw("Content-Length: 99999999999999\u{2026}\r\n\r\n");
    editor.notify("textDocument/didOpen", json!({ "textDocument": 7 }));
    editor.notify(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": "nothing", "version": 1 }, "contentChanges": [] }),
    );
    editor.notify("a/b", json!([1]));
    assert_eq!(editor.request("textDocument/hover", json!({}))["error"]["code"], -32602);
    assert_eq!(editor.request("textDocument/rename", json!({}))["error"]["code"], -32601);
    assert_eq!(editor.request("initialize", json!({ "capabilities": {} }))["error"]["code"], -32600);
    assert_eq!(editor.findings(), [MISPLACED]);
    assert_eq!(editor.told.len(), 5, "{:?}", editor.told);
    assert_eq!(editor.leave(), Some(0));
}

#[test]
fn a_session_ends_as_the_protocol_says() {
    let repo = broken();
    let mut editor = Client::start(repo.path());
    assert_eq!(editor.request("textDocument/hover", json!({}))["error"]["code"], -32002);
    assert_eq!(
        editor.request("initialize", json!({ "capabilities": {}, "rootUri": editor.uri("") }))["error"],
        Value::Null
    );
    assert_eq!(editor.request("shutdown", Value::Null)["result"], Value::Null);
    assert_eq!(editor.request("textDocument/hover", json!({}))["error"]["code"], -32600);
    assert_eq!(editor.hang_up(), Some(0));

    let editor = Client::open(repo.path());
    assert_eq!(editor.hang_up(), Some(1));
    let mut editor = Client::open(repo.path());
    editor.notify("exit", Value::Null);
    assert_eq!(editor.hang_up(), Some(1));
}
