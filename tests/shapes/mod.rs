//! Trees whose size is a number: each repeats one thing that a repository may hold many of, or makes values out of values.
//!
//! The growth test runs them at n, 2n, 4n and 8n; `cargo test --test growth -- --ignored` writes them to a folder for the binary.

pub mod bounds;
pub mod deploy;
pub mod ecma;
pub mod files;
pub mod joins;
pub mod nginx;
pub mod proxies;
pub mod python;
pub mod text;
pub mod values;

/// Paths and texts.
pub type Files = Vec<(String, String)>;

/// A tree for each size.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Its name, for people and folders.
    pub name: &'static str,
    /// The tree of a size.
    pub make: fn(usize) -> Files,
}

/// Every shape.
pub fn all() -> Vec<Shape> {
    [
        values::SHAPES,
        ecma::SHAPES,
        python::SHAPES,
        deploy::SHAPES,
        text::SHAPES,
        files::SHAPES,
        nginx::SHAPES,
        proxies::SHAPES,
        joins::SHAPES,
        bounds::SHAPES,
    ]
    .concat()
}

/// A shape.
pub const fn shape(name: &'static str, make: fn(usize) -> Files) -> Shape {
    Shape { name, make }
}

/// One file of a tree.
pub fn file(path: &str, text: impl Into<String>) -> (String, String) {
    (path.to_owned(), text.into())
}

/// `line` of every number below `count`.
pub fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for number in 0..count {
        text.push_str(&line(number));
        text.push('\n');
    }
    text
}

/// A front end that Vite builds and that opens `url`.
pub fn front_end(before: &str, url: &str) -> Files {
    vec![
        file(
            "web/package.json",
            r#"{"name": "web", "scripts": {"dev": "vite", "build": "vite build"}, "dependencies": {"vite": "^5"}}"#,
        ),
        file("web/src/main.ts", format!("{before}\nnew WebSocket({url});\n")),
    ]
}

/// A FastAPI program with `lines` behind its application.
pub fn fastapi(lines: &str) -> Files {
    let head =
        "from fastapi import APIRouter, FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\napp = FastAPI()\n";
    vec![
        file("api/requirements.txt", "fastapi\nuvicorn\n"),
        file("api/app.py", format!("{head}{lines}")),
        file(
            "api/Dockerfile",
            "FROM python:3\nCOPY . .\nCMD [\"uvicorn\", \"app:app\", \"--host\", \"0.0.0.0\", \"--port\", \"8000\"]\n",
        ),
    ]
}

/// An Express program in a folder of its own, with `lines` behind its application.
pub fn express(folder: &str, lines: &str) -> Files {
    vec![
        file(&format!("{folder}/package.json"), "{\"dependencies\": {\"express\": \"4\"}}"),
        file(&format!("{folder}/server.js"), format!("const app = require('express')();\n{lines}")),
    ]
}
