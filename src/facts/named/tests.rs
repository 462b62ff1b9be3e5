use super::*;

fn shown(kind: FileKind, text: &str) -> Vec<String> {
    let show = |named: &Named| match named {
        Named::Relative(path) => format!("r {path}"),
        Named::Absolute(path) => format!("a {path}"),
        Named::Below(path) => format!("b {path}"),
        Named::Anything => "?".to_owned(),
    };
    let mut all: Vec<String> = named(kind, text.as_bytes()).iter().map(show).collect();
    all.sort();
    all.dedup();
    all
}

#[test]
fn every_way_to_name_a_module_is_seen() {
    for (text, expected) in [
        ("import { a } from './api'", vec!["r ./api"]),
        ("import axios from \"axios\"", vec!["a axios"]),
        ("export * from '../x/y.js'", vec!["r ../x/y.js"]),
        ("const x = require('./x')", vec!["r ./x"]),
        ("const x = require(name)", vec!["?"]),
        ("const C = lazy(() => import(/* webpackChunkName: \"c\" */ '@/pages/C'))", vec!["a @/pages/C"]),
        ("import(`./locales/${lang}.json`)", vec!["b ./locales"]),
        ("import(`${base}/x.js`)", vec!["?"]),
        ("const all = import.meta.glob('./modules/*.ts', { eager: true })", vec!["b ./modules", "r ./modules/*.ts"]),
        ("require.context('./stores', false, /x/)", vec!["b ./stores", "r ./stores"]),
        ("new Worker(new URL('../work/w.ts', import.meta.url))", vec!["r ../work/w.ts"]),
        ("preload: path.join(__dirname, 'preload.js')", vec!["a preload.js"]),
        ("navigator.serviceWorker.register('/sw.js')", vec!["a /sw.js"]),
        ("const required = (x) => imported(x)", vec![]),
    ] {
        assert_eq!(shown(FileKind::Tsx, text), expected, "{text}");
    }
    for (text, expected) in [
        ("import a.b, c as d", vec!["a a/b", "a c"]),
        (
            "from app.core import (\n    config,  # x\n    db as d,\n)",
            vec!["a app/core", "a app/core/config", "a app/core/db"],
        ),
        ("from . import views", vec!["r ./", "r ./views"]),
        ("from ..x.y import *", vec!["r ../x/y"]),
        ("uvicorn.run(\"main:app\")", vec!["a main"]),
        ("ASGI = 'chat.asgi.application'", vec!["a chat", "a chat/asgi", "a chat/asgi/application"]),
        ("subprocess.run(['python', 'work.py'])", vec!["a work"]),
        ("m = importlib.import_module('x.y')", vec!["a x", "a x/y"]),
        ("m = importlib.import_module(name)", vec!["?"]),
        ("cursor.exec(x)", vec![]),
    ] {
        assert_eq!(shown(FileKind::Python, text), expected, "{text}");
    }
}
