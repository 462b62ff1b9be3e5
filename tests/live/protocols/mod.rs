//! Plain WebSockets and socket.io at each other's servers: what the libraries do, and what wirelint says of the same two sides.

use std::path::{Path, PathBuf};
use std::process::Command;

use wirelint::Settings;
use wirelint::base::MemoryTree;
use wirelint::config::Config;

use crate::process::program;

/// Each client as the script names it, and as a page writes it.
const CLIENTS: [(&str, &str); 6] = [
    ("WebSocket /", "new WebSocket('ws://localhost:3000/');"),
    ("WebSocket /chat", "new WebSocket('ws://localhost:3000/chat');"),
    ("WebSocket /socket.io/", "new WebSocket('ws://localhost:3000/socket.io/');"),
    (
        "WebSocket /socket.io/?EIO=4&transport=websocket",
        "new WebSocket('ws://localhost:3000/socket.io/?EIO=4&transport=websocket');",
    ),
    ("socket.io", "io('http://localhost:3000');"),
    ("socket.io websocket", "io('http://localhost:3000', { transports: ['websocket'] });"),
];

/// Each server as the script names it, and its code.
const SERVERS: [(&str, &str); 2] = [
    (
        "socket.io",
        "const { Server } = require('socket.io');\nconst server = require('http').createServer();\n\
         new Server(server, { cors: { origin: 'http://localhost:5173' } }).on('connection', () => {});\n\
         server.listen(3000);\n",
    ),
    (
        "ws",
        "const { WebSocketServer } = require('ws');\nconst server = require('http').createServer();\n\
         new WebSocketServer({ server }).on('connection', () => {});\nserver.listen(3000);\n",
    ),
];

/// What really becomes of each pair: `socket.io at ws: refused, not told`.
fn happens() -> Vec<String> {
    let node = program(&["/usr/bin/node", "/usr/local/bin/node"].map(PathBuf::from), "apt-get install -y nodejs");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(node);
    command.env("NODE_PATH", root.join("target/live/node/node_modules"));
    let output = command.arg(root.join("tests/live/protocols/ask.js")).output().expect("node starts");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Whether wirelint says of a page and a server that they speak different protocols.
fn is_told(client: &str, server: &str) -> bool {
    let page = r#"{ "scripts": { "dev": "vite" }, "devDependencies": { "vite": "7", "socket.io-client": "4" } }"#;
    let back_end = r#"{ "scripts": { "start": "node index.js" }, "dependencies": { "socket.io": "4", "ws": "8" } }"#;
    let files = [
        ("web/package.json", page.to_owned()),
        ("web/index.html", "<script type=\"module\" src=\"/src/main.js\"></script>".to_owned()),
        ("web/src/main.js", format!("import {{ io }} from 'socket.io-client';\n{client}\n")),
        ("server/package.json", back_end.to_owned()),
        ("server/index.js", server.to_owned()),
    ];
    let tree = MemoryTree::from_files(files);
    let report = wirelint::check(&tree, &Settings::new(Config::of_tree(&tree).expect("no settings")));
    report.findings.iter().any(|finding| finding.rule.0 == "protocol-mismatch")
}

#[test]
fn what_never_connects_is_told() {
    let happened = happens();
    let mut wrong = Vec::new();
    let mut broken = 0;
    for (server, code) in SERVERS {
        for (client, page) in CLIENTS {
            let pair = format!("{client} at {server}: ");
            let outcome = happened.iter().find_map(|line| line.strip_prefix(&pair)).expect("an answer for each");
            // An engine.io client written by hand opens its socket; what it says then is not read.
            let is_open = outcome.starts_with("opened");
            broken += u32::from(!is_open);
            if is_told(page, code) == is_open {
                wrong.push(format!("{pair}{outcome}"));
            }
        }
    }
    assert_eq!(broken, 5, "{happened:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
