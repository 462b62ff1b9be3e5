//! `wirelint ignore`: a second run has none of the findings, and no suppression too many.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::Path;

use support::{BROKEN_NGINX, Repo, Run, run_in};

const REASON: [&str; 3] = ["ignore", "--reason", "known since the move"];
const JSON: [&str; 2] = ["--format", "json"];

/// `path rule` of the findings that are open, those of wirelint about itself included.
fn open(run: &Run) -> Vec<String> {
    let document: serde_json::Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"));
    let findings = document["findings"].as_array().unwrap().clone();
    let open = findings.iter().filter(|finding| finding["suppressed"].is_null());
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
    open.map(|finding| format!("{} {}", text(&finding["place"]["path"]), text(&finding["rule"]))).collect()
}

fn read(repo: &Repo, path: &str) -> String {
    std::fs::read_to_string(repo.path().join(path)).unwrap()
}

/// Suppresses everything, and gives what was open before.
fn ignored(repo: &Repo) -> Vec<String> {
    let before = open(&repo.run(&JSON));
    let run = repo.run(&REASON);
    assert_eq!((run.code, run.err.replace("note: ", "")), (Some(0), run.err.replace("note: ", "")), "{run:?}");
    let own = |line: &&String| !line.ends_with("-suppression") && !line.ends_with("syntax-error");
    let left = open(&repo.run(&JSON));
    assert_eq!(left.iter().filter(own).collect::<Vec<_>>(), [] as [&String; 0], "{}", run.out);
    assert!(!left.iter().any(|line| line.ends_with("-suppression")), "{left:?}: {}", run.out);
    before
}

const PACKAGE: &str =
    r#"{ "scripts": { "dev": "vite", "build": "vite build" }, "devDependencies": { "vite": "^7.0.0" } }"#;
const PAGE: &str = "<!doctype html>\n<title>App</title>\n<script type=\"module\" src=\"/src/main.ts\"></script>\n";

/// A front end whose pages come over https.
fn front_end() -> Repo {
    let pages = "[[pages]]\norigin = 'https://app.example.com'\n";
    Repo::new().with("package.json", PACKAGE).with("index.html", PAGE).with("wirelint.toml", pages)
}

const MARK: &str = "wirelint: ignore[insecure-websocket-url] known since the move";

#[test]
fn typescript() {
    let repo = front_end()
        .with("src/main.ts", "export function open() {\n\treturn new WebSocket('ws://chat.example.com/ws');\n}\n");
    assert_eq!(ignored(&repo), ["src/main.ts insecure-websocket-url"]);
    assert!(read(&repo, "src/main.ts").contains(&format!("{{\n\t// {MARK}\n\treturn new WebSocket")));
}

#[test]
fn jsx_text_and_template_literals_get_no_line_that_the_page_would_show() {
    let code =
        "export const Chat = () => (\n  <p>\n    {String(new WebSocket('ws://chat.example.com/ws'))}\n  </p>\n);\n";
    let repo = front_end().with("src/main.ts", "import './chat';\n").with("src/chat.tsx", code);
    assert_eq!(ignored(&repo), ["src/chat.tsx insecure-websocket-url"]);
    assert!(read(&repo, "src/chat.tsx").contains(&format!("  <p>\n    {{/* {MARK} */}}\n    {{String")));
    let code = "const text = `\n${String(new WebSocket('ws://chat.example.com/ws'))}\n`;\nexport default text;\n";
    let repo = front_end().with("src/main.ts", code);
    assert_eq!(ignored(&repo), ["src/main.ts insecure-websocket-url"]);
    assert_eq!(read(&repo, "src/main.ts"), code, "a line more would be in the text");
    assert!(read(&repo, "wirelint.toml").ends_with(
        "\n[[suppress]]\nrule = \"insecure-websocket-url\"\npath = \"src/main.ts\"\nreason = \"known since the move\"\n"
    ));
}

#[test]
fn vue_and_html() {
    let component = "<script setup lang=\"ts\">\nconst socket = new WebSocket('ws://chat.example.com/ws')\n</script>\n\n<template><p /></template>\n";
    let repo = front_end().with("src/main.ts", "import './App.vue';\n").with("src/App.vue", component);
    assert_eq!(ignored(&repo), ["src/App.vue insecure-websocket-url"]);
    assert!(read(&repo, "src/App.vue").starts_with(&format!("<script setup lang=\"ts\">\n// {MARK}\nconst")));
    let page =
        "<!doctype html>\n<body>\n  <script>\n    new WebSocket('ws://chat.example.com/ws');\n  </script>\n</body>\n";
    let pages = "[[pages]]\norigin = 'https://app.example.com'\n";
    let repo = Repo::new().with("index.html", page).with("wirelint.toml", pages);
    assert_eq!(ignored(&repo), ["index.html insecure-websocket-url"]);
    assert!(read(&repo, "index.html").contains(&format!("  <script>\n    // {MARK}\n    new")));
}

#[test]
fn env_files() {
    let repo = front_end()
        .with("src/main.ts", "export const socket = new WebSocket(import.meta.env.VITE_WS_URL);\n")
        .with(".env.production", "VITE_A=1\r\nVITE_WS_URL=ws://chat.example.com/ws\r\n");
    assert_eq!(ignored(&repo), [".env.production insecure-websocket-url"]);
    let expected = format!("VITE_A=1\r\n# {MARK}\r\nVITE_WS_URL=ws://chat.example.com/ws\r\n");
    assert_eq!(read(&repo, ".env.production"), expected);
}

#[test]
fn nginx_and_several_findings_in_one_file() {
    let twice = format!("{BROKEN_NGINX}{}", BROKEN_NGINX.replace("80", "81"));
    let repo = Repo::new().with("nginx.conf", &twice);
    assert_eq!(ignored(&repo), ["nginx.conf misplaced-directive"; 2]);
    let text = read(&repo, "nginx.conf");
    assert_eq!(text.matches("    # wirelint: ignore[misplaced-directive] known since the move\n    map").count(), 2);
    assert_eq!(
        text.lines().filter(|line| !line.contains("wirelint")).collect::<Vec<_>>(),
        twice.lines().collect::<Vec<_>>()
    );
}

/// What the fixtures break: YAML, Python, Dockerfiles, nginx and code.
#[test]
fn every_fixture() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut kinds = std::collections::BTreeSet::new();
    for name in
        ["cluster-broken", "face-broken", "rooms-broken", "studyin-broken", "vaidol-broken", "nuxt-runtime-config"]
    {
        let mut repo = Repo::new();
        let root = fixtures.join(name).join("repo");
        let mut open = vec![root.clone()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let inside = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                    repo = repo.with(&inside, std::fs::read(path).unwrap());
                }
            }
        }
        let before = ignored(&repo);
        assert!(!before.is_empty(), "{name}");
        kinds.extend(
            before.iter().map(|line| line.split(' ').next().unwrap().rsplit(['.', '/']).next().unwrap().to_owned()),
        );
    }
    for kind in ["py", "yaml", "yml"] {
        assert!(kinds.contains(kind), "no finding in a file of {kind}: {kinds:?}");
    }
}

#[test]
fn dockerfiles() {
    let dockerfile = "FROM node:22 AS build\nARG API=ws://chat.example.com/ws\nENV VITE_WS_URL=ws://chat.example.com/ws\nWORKDIR /app\nCOPY . .\n\
                      RUN npm ci && npm run build\n\nFROM nginx:1.29\nCOPY --from=build /app/dist /usr/share/nginx/html\n";
    let repo = front_end().with("src/main.ts", "export const socket = new WebSocket(import.meta.env.VITE_WS_URL);\n");
    let repo = repo.with("Dockerfile", dockerfile);
    assert!(ignored(&repo).contains(&"Dockerfile insecure-websocket-url".to_owned()));
    assert!(read(&repo, "Dockerfile").contains(&format!("\n# {MARK}\nENV VITE_WS_URL")));
}

#[test]
fn files_without_comments_get_an_entry() {
    let manifest = r#"{
  "scripts": { "start": "next start", "build": "next build" },
  "dependencies": { "next": "^15.0.0" },
  "proxy": "http://localhost:1"
}
"#;
    let routes = r#"{ "connect": "ws://chat.example.com/ws" }"#;
    let repo = front_end()
        .with("src/main.ts", "import routes from './routes.json';\nexport const s = new WebSocket(routes.connect);\n");
    let repo = repo.with("src/routes.json", routes).with("other/package.json", manifest);
    let before = ignored(&repo);
    assert_eq!(before, ["src/routes.json insecure-websocket-url"]);
    assert_eq!(read(&repo, "src/routes.json"), routes);
    assert!(read(&repo, "wirelint.toml").contains("path = \"src/routes.json\"\n"));
    assert_eq!(repo.run(&["config", "check"]).code, Some(0));
}

#[test]
fn only_what_is_named() {
    let repo =
        || Repo::new().with("a/nginx.conf", BROKEN_NGINX).with("b/nginx.conf", BROKEN_NGINX).with(".git/HEAD", "");
    let left = |repo: &Repo| open(&repo.run(&JSON));
    let folder = repo();
    assert_eq!(folder.run(&[&REASON[..], &["a"]].concat()).code, Some(0));
    assert_eq!(left(&folder), ["b/nginx.conf misplaced-directive"]);
    let inside = repo();
    assert_eq!(run_in(&inside.path().join("a"), &[&REASON[..], &["."]].concat()).code, Some(0));
    assert_eq!(left(&inside), ["b/nginx.conf misplaced-directive"]);
    let rule = repo();
    let run = rule.run(&[&REASON[..], &["--rule", "port-mismatch,tls"]].concat());
    assert_eq!((run.code, run.out.as_str()), (Some(0), "nothing to suppress: no finding is open\n"));
    assert_eq!(left(&rule).len(), 2);
    let family = repo();
    assert_eq!(family.run(&[&REASON[..], &["--rule", "upgrade-headers"]].concat()).code, Some(0));
    assert_eq!(left(&family), [] as [&str; 0]);
}

#[test]
fn a_dry_run_shows_what_git_can_apply_and_writes_nothing() {
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX).with(".git/HEAD", "");
    let run = repo.run(&[&REASON[..], &["--dry-run"]].concat());
    assert_eq!(
        run.out,
        "--- a/nginx.conf\n+++ b/nginx.conf\n@@ -2,0 +3,1 @@\n+    # wirelint: ignore[misplaced-directive] known since the move\n"
    );
    assert_eq!(read(&repo, "nginx.conf"), BROKEN_NGINX);
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_written() {
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX).with(".git/HEAD", "");
    let table: [(&[&str], &str); 7] = [
        (&["ignore"], "--reason"),
        (&["ignore", "--reason", " "], "say why these findings are fine"),
        (&["ignore", "--reason", "a\nb"], "on one line"),
        (&["ignore", "--reason", "a */ b"], "without what ends a comment"),
        (&["ignore", "--reason", "a", "--rule", "port-mismach"], "did you mean `port-mismatch`?"),
        (&["ignore", "--reason", "a", "--staged"], "not to the index"),
        (&["ignore", "--reason", "a", "gone"], "no such file or folder"),
    ];
    for (arguments, words) in table {
        let run = repo.run(arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
    }
    assert_eq!(read(&repo, "nginx.conf"), BROKEN_NGINX);
}

#[cfg(unix)]
#[test]
fn a_script_stays_executable_and_no_link_is_written_through() {
    use std::os::unix::fs::PermissionsExt;
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX).with(".git/HEAD", "");
    let file = repo.path().join("nginx.conf");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(repo.run(&REASON).code, Some(0));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o755);
    let outside = Repo::new().with("wirelint.toml", "fail-on = 'error'\n");
    let routes = r#"{ "connect": "ws://chat.example.com/ws" }"#;
    let linked = Repo::new().with("package.json", PACKAGE).with("index.html", PAGE).with("src/routes.json", routes);
    let linked = linked
        .with("src/main.ts", "import routes from './routes.json';\nexport const s = new WebSocket(routes.connect);\n");
    let linked = linked.with_link("wirelint.toml", &outside.path().join("wirelint.toml"));
    assert_eq!(linked.run(&REASON).code, Some(2));
    assert_eq!(read(&outside, "wirelint.toml"), "fail-on = 'error'\n");
}

#[cfg(unix)]
#[test]
fn a_link_of_the_repository_on_the_command_line_leads_nowhere() {
    let outside = Repo::new().with("victim/nginx.conf", BROKEN_NGINX);
    let own = Repo::new().with("nginx.conf", BROKEN_NGINX).with(".git/HEAD", "");
    let repo = || {
        let repo = Repo::new().with("deploy/nginx.conf", BROKEN_NGINX).with(".git/HEAD", "");
        let repo = repo.with_link("folder", &outside.path().join("victim"));
        let repo = repo.with_link("deploy/other", own.path());
        repo.with_link("file.conf", &outside.path().join("victim/nginx.conf")).with_link("inside", Path::new("deploy"))
    };
    let paths = ["folder", "folder/nginx.conf", "file.conf", "deploy/other", "deploy/other/nginx.conf", "inside"];
    for path in paths {
        for with_root in [&[][..], &["--root", "."]] {
            let repo = repo();
            for command in [&REASON[..], &["check"], &["trace"], &["config", "explain"]] {
                let run = repo.run(&[command, with_root, &[path]].concat());
                assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{command:?} {with_root:?} {path}: {run:?}");
                assert!(run.err.contains("is a symbolic link in the repository"), "{run:?}");
            }
            assert_eq!(read(&repo, "deploy/nginx.conf"), BROKEN_NGINX);
        }
    }
    assert_eq!(read(&outside, "victim/nginx.conf"), BROKEN_NGINX);
    assert_eq!(read(&own, "nginx.conf"), BROKEN_NGINX);
    // A link that no repository holds is this machine's own.
    let machine = Repo::new().with_link("project", own.path());
    let run = machine.run(&[&REASON[..], &["--dry-run", "project"]].concat());
    assert!(run.code == Some(0) && run.out.contains("+++ b/nginx.conf"), "{run:?}");
}

#[test]
fn entries_that_are_one_value_and_an_empty_file_get_more() {
    let routes = r#"{ "connect": "ws://chat.example.com/ws" }"#;
    let code = "import routes from './routes.json';\nexport const s = new WebSocket(routes.connect);\n";
    let pages = "[[pages]]\norigin = 'https://app.example.com'\n";
    let repo = |configuration: &str| {
        let repo = Repo::new().with("package.json", PACKAGE).with("index.html", PAGE).with("src/main.ts", code);
        repo.with("src/routes.json", routes).with("wirelint.toml", format!("{configuration}{pages}"))
    };
    let listed = repo("suppress = []\n");
    assert_eq!(ignored(&listed), ["src/routes.json insecure-websocket-url"]);
    assert!(
        read(&listed, "wirelint.toml").starts_with("suppress = [\n    { rule = "),
        "{}",
        read(&listed, "wirelint.toml")
    );
    let dry = repo("suppress = []\n").run(&[&REASON[..], &["--dry-run"]].concat());
    let head = "--- a/wirelint.toml\n+++ b/wirelint.toml\n@@ -1,1 +1,3 @@\n-suppress = []\n+suppress = [\n";
    assert!(dry.out.starts_with(head), "{dry:?}");
    let empty = Repo::new().with("package.json", PACKAGE).with("index.html", PAGE).with("src/main.ts", code);
    let empty = empty.with("src/routes.json", routes).with("wirelint.toml", "");
    let empty = empty.with(
        "nginx.conf",
        "server {\n    listen 443 ssl;\n    server_name app.example.com;\n    root /srv/dist;\n}\n",
    );
    let dry = empty.run(&[&REASON[..], &["--dry-run"]].concat());
    assert!(dry.out.starts_with("--- a/wirelint.toml\n+++ b/wirelint.toml\n@@ -0,0 +1,4 @@\n"), "{dry:?}");
}

#[test]
fn the_advice_is_about_what_was_typed() {
    let routes = r#"{ "connect": "ws://chat.example.com/ws" }"#;
    let code = "import routes from './routes.json';\nexport const s = new WebSocket(routes.connect);\n";
    let repo = front_end().with("src/main.ts", code).with("src/routes.json", routes).with(".git/HEAD", "");
    let own = Repo::new().with("own.toml", "[[pages]]\norigin = 'https://app.example.com'\n");
    let file = own.path().join("own.toml");
    let run = repo.run(&[&REASON[..], &["--config", file.to_str().unwrap()]].concat());
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("own.toml` is outside of the repository") && !run.err.contains("--no-config"), "{run:?}");
    assert!(read(&own, "own.toml").ends_with("example.com'\n"));
}

#[test]
fn a_continued_line_gets_no_comment_in_its_middle() {
    let run = Repo::new().with("nginx.conf", BROKEN_NGINX).run(&["ignore", "--reason", "known \\"]);
    assert!(run.code == Some(2) && run.err.contains("at its end"), "{run:?}");
    let dockerfile = "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nENV VITE_A=1 \\\n    VITE_WS_URL=ws://chat.example.com/ws\n\
                      RUN npm ci && npm run build\n\nFROM nginx:1.29\nCOPY --from=build /app/dist /usr/share/nginx/html\n";
    let repo = front_end().with("src/main.ts", "export const socket = new WebSocket(import.meta.env.VITE_WS_URL);\n");
    let repo = repo.with("Dockerfile", dockerfile);
    assert_eq!(ignored(&repo), ["Dockerfile insecure-websocket-url"]);
    assert_eq!(read(&repo, "Dockerfile"), dockerfile);
    assert!(read(&repo, "wirelint.toml").contains("path = \"Dockerfile\"\n"));
}
