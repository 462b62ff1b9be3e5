//! Code that never runs is worth a note and no more; what may run is judged as ever.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use serde_json::Value;
use support::Repo;

const PACKAGE: &str =
    "{ \"scripts\": { \"dev\": \"vite\", \"build\": \"vite build\" }, \"devDependencies\": { \"vite\": \"^7.0.0\" } }";
const PAGE: &str = "<script type=\"module\" src=\"/src/main.ts\"></script>\n";
/// A call that every visitor's browser makes to the visitor's own machine.
const CALL: &str = "export const open = () => fetch(import.meta.env.VITE_API || 'http://localhost:8000/api/users');\n";
/// A back end that lets every page in with cookies.
const OPEN: &str = "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\n\napp = FastAPI()\napp.add_middleware(CORSMiddleware, allow_origins=[\"*\"], allow_credentials=True)\n";
const STARTS: &str = "\n\nif __name__ == \"__main__\":\n    import uvicorn\n    uvicorn.run(app, port=8001)\n";

/// The severity and the message of each finding in a file.
fn found(files: &[(&str, &str)], path: &str) -> Vec<(String, String)> {
    let repo = files.iter().fold(Repo::new(), |repo, (path, text)| repo.with(path, text));
    let run = repo.run(&["--format", "json", "--exit-zero"]);
    let document: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"));
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let findings = document["findings"].as_array().unwrap().iter();
    let here = findings.filter(|finding| finding["place"]["path"] == path);
    here.map(|finding| (text(finding, "severity"), text(finding, "message"))).collect()
}

/// The front end of a repository in which `src/old/socket.ts` calls.
fn front_end(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut files = vec![("package.json", PACKAGE), ("index.html", PAGE), ("src/old/users.ts", CALL)];
    if !more.iter().any(|(path, _)| *path == "src/main.ts") {
        files.push(("src/main.ts", "import './style.css';\n"));
    }
    files.extend(more);
    found(&files, "src/old/users.ts")
}

#[test]
fn a_module_that_no_entry_point_imports_is_worth_a_note() {
    let alone: &[(&str, &str)] = &[];
    let by_the_dead = &[("src/old/panel.ts", "import { open } from './users';\nexport const panel = open;\n")];
    let by_a_test = &[("src/old/users.test.ts", "import { open } from './users';\nopen();\n")];
    let by_a_document = &[("README.md", "`src/old/users.ts` asks for the users.\n")];
    let elsewhere = &[
        ("src/main.ts", "import { open } from './new/users';\nopen();\n"),
        ("src/new/users.ts", "export const open = () => fetch('/api/users');\n"),
    ];
    for more in [alone, by_the_dead, by_a_test, by_a_document, elsewhere] {
        let found = front_end(more);
        assert!(!found.is_empty(), "{more:?}");
        for (severity, message) in found {
            assert_eq!(severity, "note", "{more:?}: {message}");
            assert!(message.contains("No entry point imports `src/old/users.ts`"), "{more:?}: {message}");
        }
    }
}

#[test]
fn a_module_that_may_run_is_judged() {
    let ways: [&[(&str, &str)]; 14] = [
        &[("src/main.ts", "import { open } from './old/users';\nopen();\n")],
        &[("src/main.ts", "import { open } from './old/users.js';\nopen();\n")],
        &[("src/main.ts", "import('./pages/panel');\n"), ("src/pages/panel.ts", "export * from '../old/users';\n")],
        &[
            ("src/main.ts", "import App from './App.vue';\n"),
            ("src/App.vue", "<script setup>\nimport { open } from '#deep/users'\n</script>\n"),
        ],
        &[("src/main.ts", "const { open } = require('~whatever/users');\n")],
        &[("src/main.ts", "const all = import.meta.glob('./old/*.ts');\n")],
        &[("src/main.ts", "const all = require.context('./old', true, /\\.ts$/);\n")],
        &[("src/main.ts", "export const load = (name) => import(`./old/${name}.ts`);\n")],
        &[("src/main.ts", "export const load = (path) => import(path);\n")],
        &[("src/main.ts", "new Worker(new URL('./old/users.ts', import.meta.url));\n")],
        &[("old.html", "<script type=\"module\" src=\"/src/old/users.ts\"></script>\n")],
        &[("manifest.json", "{ \"background\": { \"service_worker\": \"src/old/users.js\" } }\n")],
        &[("vite.config.ts", "export default { build: { rollupOptions: { input: { old: 'src/old/users.ts' } } } };\n")],
        &[(
            "package.json",
            "{ \"scripts\": { \"build\": \"vite build\" }, \"devDependencies\": { \"vite\": \"7\", \"unplugin-auto-import\": \"1\" } }",
        )],
    ];
    for more in ways {
        let found = front_end(more);
        assert!(found.iter().any(|(severity, _)| severity != "note"), "{more:?}: {found:?}");
    }
}

#[test]
fn where_no_entry_point_is_known_nothing_is_dead() {
    let found = found(&[("package.json", PACKAGE), ("src/old/users.ts", CALL)], "src/old/users.ts");
    assert!(found.iter().any(|(severity, _)| severity != "note"), "{found:?}");
}

fn back_end(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let old = format!("{OPEN}{STARTS}");
    let main = "from fastapi import FastAPI\n\napp = FastAPI()\n";
    let mut files = vec![("requirements.txt", "fastapi\nuvicorn\n"), ("main.py", main), ("server_old.py", &old)];
    files.extend(more);
    found(&files, "server_old.py")
}

#[test]
fn an_application_that_nothing_starts_is_worth_a_note() {
    let alone: &[(&str, &str)] = &[];
    for more in [alone, &[("Dockerfile", "FROM python:3.12\nCMD [\"uvicorn\", \"main:app\"]\n")]] {
        let found = back_end(more);
        assert!(!found.is_empty(), "{more:?}");
        for (severity, message) in found {
            assert_eq!(severity, "note", "{more:?}: {message}");
            assert!(message.contains("Nothing in the repository starts `server_old.py`"), "{message}");
        }
    }
}

/// A module of a program that tries itself out when it is started by hand.
const TRIED: &str = "import asyncio\nimport websockets\n\n\ndef words():\n    return []\n\n\nasync def answer(socket):\n    async for message in socket:\n        await socket.send(message)\n\n\nasync def listen():\n    async with websockets.serve(answer, 'localhost', 8765):\n        await asyncio.Future()\n\n\nif __name__ == '__main__':\n    asyncio.run(listen())\n";

fn tried(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let main = "import asyncio\nfrom voice.detect import words\n\nprint(words())\n";
    let mut files = vec![("requirements.txt", "websockets==13.1\n"), ("main.py", main), ("voice/detect.py", TRIED)];
    files.extend(more);
    found(&files, "voice/detect.py")
}

#[test]
fn what_a_module_does_when_it_is_started_by_hand_is_worth_a_note() {
    let found = tried(&[]);
    assert!(!found.is_empty());
    for (severity, message) in found {
        assert_eq!(severity, "note", "{message}");
        assert!(message.contains("Nothing in the repository starts `voice/detect.py`"), "{message}");
    }
    let ways: [&[(&str, &str)]; 3] = [
        &[("Procfile", "worker: python -m voice.detect\n")],
        &[("README.md", "Run `python voice/detect.py`.\n")],
        // it is not only started by hand then
        &[(
            "voice/detect.py",
            "import websockets\n\n\nasync def answer(socket):\n    async for message in socket:\n        await socket.send(message)\n\n\ndef words():\n    return listen()\n\n\ndef listen():\n    return websockets.serve(answer, 'localhost', 8765)\n\n\nif __name__ == '__main__':\n    listen()\n",
        )],
    ];
    for more in ways {
        let found = tried(more);
        assert!(found.iter().any(|(severity, _)| severity != "note"), "{more:?}: {found:?}");
    }
}

#[test]
fn an_application_that_something_may_start_is_judged() {
    let ways: [&[(&str, &str)]; 9] = [
        &[("Procfile", "web: uvicorn server_old:app\n")],
        &[("docker-compose.yml", "services:\n  api:\n    build: .\n    command: python server_old.py\n")],
        &[("Dockerfile", "FROM python:3.12\nCMD [\"python\", \"-m\", \"server_old\"]\n")],
        &[("deploy/api.service", "[Service]\nExecStart=/srv/venv/bin/python /srv/server_old.py\n")],
        &[("ecosystem.config.js", "module.exports = { apps: [{ script: './server_old.py' }] };\n")],
        &[("supervisord.conf", "[program:api]\ncommand=gunicorn server_old:app\n")],
        &[("README.md", "Run `python server_old.py`.\n")],
        &[("run.py", "import server_old\n")],
        &[("app.py", "import importlib\nimport sys\nimportlib.import_module(sys.argv[1])\n")],
    ];
    for more in ways {
        let found = back_end(more);
        assert!(found.iter().any(|(severity, _)| severity == "error"), "{more:?}: {found:?}");
    }
}
