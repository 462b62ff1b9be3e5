//! A finding names the back end and the deployment that it means, where there are several.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use serde_json::Value;
use support::Repo;

const PACKAGE: &str =
    "{ \"scripts\": { \"dev\": \"vite\", \"build\": \"vite build\" }, \"devDependencies\": { \"vite\": \"^7.0.0\" } }";
const API: &str = "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\n\napp = FastAPI()\napp.add_middleware(CORSMiddleware, allow_origins=[\"*\"], allow_credentials=True)\n\n\n@app.get(\"/api/users\")\ndef users():\n    return []\n";
const DOCKERFILE: &str = "FROM python:3.12\nCOPY . /srv\nWORKDIR /srv\nCMD [\"uvicorn\", \"main:app\", \"--host\", \"0.0.0.0\", \"--port\", \"8000\"]\n";
const WEB: &str = "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\nFROM nginx:1.27\nCOPY --from=build /app/dist /usr/share/nginx/html\nCOPY nginx.conf /etc/nginx/conf.d/default.conf\n";
const NGINX: &str = "server {\n    listen 80;\n    location / { root /usr/share/nginx/html; }\n    location /api/ { proxy_pass http://api:8000; }\n}\n";

fn compose(api: &str) -> String {
    format!("services:\n  api:\n    build: {api}\n  web:\n    build: ./web\n    ports: [\"80:80\"]\n")
}

fn stack(composes: &[(&str, &str)]) -> Repo {
    let repo = Repo::new()
        .with("web/package.json", PACKAGE)
        .with("web/index.html", "<script type=\"module\" src=\"/src/main.ts\"></script>\n")
        .with("web/src/main.ts", "fetch('/api/orders');\n")
        .with("web/Dockerfile", WEB)
        .with("web/nginx.conf", NGINX)
        .with("api/main.py", API)
        .with("api/requirements.txt", "fastapi\nuvicorn\n")
        .with("api/Dockerfile", DOCKERFILE);
    composes.iter().fold(repo, |repo, (path, api)| repo.with(path, compose(api)))
}

fn messages(repo: &Repo, rule: &str) -> Vec<(String, Vec<String>)> {
    let run = repo.run(&["--format", "json", "--exit-zero", "--select", rule]);
    let document: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"));
    let findings = document["findings"].as_array().unwrap().iter();
    let deployments = |finding: &Value| {
        let all = finding["deployments"].as_array().unwrap().iter();
        all.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    findings.map(|finding| (finding["message"].as_str().unwrap().to_owned(), deployments(finding))).collect()
}

#[test]
fn one_back_end_needs_no_name() {
    let repo = stack(&[("compose.yml", "./api")]);
    for rule in ["path-mismatch", "wildcard-origin-with-credentials"] {
        let found = messages(&repo, rule);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(!found[0].0.contains("`api`"), "{found:?}");
    }
}

#[test]
fn one_of_several_is_named_with_its_deployment() {
    let repo = stack(&[("compose.prod.yml", "./api"), ("compose.other.yml", "./other")])
        .with("other/main.py", API.replace("allow_origins=[\"*\"], allow_credentials=True", "allow_origins=[]"))
        .with("other/requirements.txt", "fastapi\nuvicorn\n")
        .with("other/Dockerfile", DOCKERFILE);
    let found = messages(&repo, "wildcard-origin-with-credentials");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0.contains("by the back end `api` of compose.prod.yml:"), "{found:?}");
    let found = messages(&repo, "path-mismatch");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].0.starts_with("The back end `api` of compose.other.yml and compose.prod.yml has no route"),
        "{found:?}"
    );
    for deployment in ["compose.other.yml, production mode", "compose.prod.yml, production mode"] {
        assert!(found[0].1.iter().any(|name| name == deployment), "{found:?}");
    }
    let run = repo.run(&["--format", "sarif", "--exit-zero", "--select", "path-mismatch"]);
    assert!(
        run.out.contains("Breaks in compose.other.yml, production mode; compose.prod.yml, production mode."),
        "{}",
        run.out
    );
}
