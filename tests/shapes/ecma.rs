//! Many of one thing in front-end and Node code.

use super::{Files, Shape, file, front_end, lines, shape};

pub const SHAPES: &[Shape] = &[
    shape("ecma-sockets", |n| front_end(&lines(n, |i| format!("new WebSocket('ws://localhost:8000/ws/{i}');")), "x")),
    shape("ecma-folder-of-folders", |n| {
        let level = |i: usize| format!("const f{} = path.join({});\n", i + 1, vec![format!("f{i}"); n].join(", "));
        let levels: String = (0..8).map(level).collect();
        let text = format!(
            "const path = require('path');\nconst app = require('express')();\nconst f0 = 'web';\n{levels}\
             app.use(require('express').static(f8));\napp.listen(3000);\n"
        );
        vec![file("package.json", "{\"dependencies\": {\"express\": \"4\"}}"), file("server.js", text)]
    }),
    shape("ecma-paths-compared-by-hand", |n| {
        let chain: Vec<String> = (0..n).map(|i| format!("if (req.url === '/p{i}') {{ res.end('{i}'); }}")).collect();
        let text =
            format!("require('http').createServer((req, res) => {{ {} }}).listen(3000);\n", chain.join(" else "));
        vec![file("package.json", "{\"name\": \"a\"}"), file("server.js", text)]
    }),
    shape("ecma-keys-and-checks", |n| {
        let text = lines(n, |i| {
            format!(
                "const S{i} = process.env.S{i} || 'secret {i}';\nif (S{i} === 'other {i}') throw new Error('x');\n\
                 exports.f{i} = (t) => jwt.verify(t, S{i}) || jwt.sign({{}}, S{i});"
            )
        });
        vec![
            file("package.json", "{\"dependencies\": {\"express\": \"4\", \"jsonwebtoken\": \"9\"}}"),
            file("keys.js", format!("const jwt = require('jsonwebtoken');\n{text}")),
        ]
    }),
    shape("vue-fields-and-models", |n| {
        let fields = lines(n, |i| format!("f{i}: '/a/{i}',"));
        let models = "<i v-model></i>\n".repeat(n);
        vec![
            file("package.json", "{\"scripts\": {\"dev\": \"vite\"}, \"devDependencies\": {\"vite\": \"7\"}}"),
            file(
                "src/App.vue",
                format!(
                    "<template>\n{models}</template>\n<script>\nexport default {{ data() {{ return {{ {fields} }} }}, \
                     methods: {{ go() {{ fetch(this.f0); }} }} }};\n</script>\n"
                ),
            ),
        ]
    }),
    shape("ecma-sockets-one-line", |n| one_line(n, |i| format!("new WebSocket('ws://localhost:8000/ws/{i}');"))),
    shape("ecma-sockets-relative", |n| {
        front_end(&lines(n, |i| format!("fetch('/api/{i}');")), "`ws://${location.host}/ws`")
    }),
    shape("ecma-fetches-same", |n| front_end(&lines(n, |_| "fetch('/api/x');".to_owned()), "x")),
    shape("ecma-consts", |n| front_end(&lines(n, |i| format!("const c{i} = 'ws://h/{i}';")), "c0")),
    shape("ecma-consts-used", |n| {
        front_end(&lines(n, |i| format!("const c{i} = 'ws://h/{i}';\nnew WebSocket(c{i});")), "c0")
    }),
    shape("ecma-exports-again", |n| {
        front_end(&lines(n, |_| "export const c = new WebSocket(`ws://${location.host}/ws`);".to_owned()), "x")
    }),
    shape("ecma-const-chain", |n| {
        front_end(
            &format!("const c0 = 'ws://h';\n{}", lines(n, |i| format!("const c{} = c{i};", i + 1))),
            &format!("c{n}"),
        )
    }),
    shape("ecma-const-chain-used", |n| {
        front_end(
            &format!(
                "const c0 = 'ws://h';\n{}",
                lines(n, |i| format!("const c{} = c{i};\nnew WebSocket(c{});", i + 1, i + 1))
            ),
            "x",
        )
    }),
    shape("ecma-assignments", |n| {
        front_end(&format!("let c = 'ws://h';\n{}", lines(n, |i| format!("c = c + '/{i}';"))), "c")
    }),
    shape("ecma-assignments-plus", |n| {
        front_end(&format!("let c = 'ws://h';\n{}", lines(n, |i| format!("c += '/{i}';"))), "c")
    }),
    shape("ecma-assignments-others", |n| {
        front_end(
            &format!("let c0 = 'ws://h';\n{}", lines(n, |i| format!("let c{}; c{} = c{i};", i + 1, i + 1))),
            &format!("c{n}"),
        )
    }),
    shape("ecma-local-assignments", |n| {
        front_end(
            &format!(
                "function f() {{ let c = 'ws://h';\n{}new WebSocket(c); }}",
                lines(n, |i| format!("if (x{i}) c = c + '/{i}';"))
            ),
            "x",
        )
    }),
    shape("ecma-local-consts", |n| {
        let text = lines(n, |i| format!("const c{} = c{i}; new WebSocket(c{});", i + 1, i + 1));
        front_end(&format!("function f() {{ const c0 = 'ws://h';\n{text}}}"), "x")
    }),
    shape("ecma-functions", |n| {
        front_end(&lines(n, |i| format!("function f{i}() {{ return new WebSocket('ws://h/{i}'); }}")), "x")
    }),
    shape("ecma-function-chain", |n| {
        let text = lines(n, |i| format!("const f{} = (x) => f{i}(x) + '/{i}';", i + 1));
        front_end(&format!("const f0 = (x) => x;\n{text}"), &format!("f{n}('ws://h')"))
    }),
    shape("ecma-calls-of-one-function", |n| {
        let text = lines(n, |i| format!("open('ws://h/{i}');"));
        front_end(&format!("function open(url) {{ return new WebSocket(url); }}\n{text}"), "x")
    }),
    shape("ecma-wrappers-called", |n| {
        let text = lines(n, |i| format!("function f{i}(u) {{ return fetch(u); }}\nf{i}('/a/{i}');"));
        front_end(&text, "x")
    }),
    shape("ecma-wrapper-chain-called", |n| {
        let text = lines(n, |i| format!("function f{}(u) {{ return f{i}(u); }}\nf{}('/a/{i}');", i + 1, i + 1));
        front_end(&format!("function f0(u) {{ return fetch(u); }}\n{text}"), "x")
    }),
    shape("ecma-nested-functions", |n| {
        let depth = n.min(2_000);
        front_end(&format!("{}new WebSocket('ws://h');{}", "function f() {\n".repeat(depth), "}\n".repeat(depth)), "x")
    }),
    shape("ecma-classes", |n| {
        front_end(
            &lines(n, |i| format!("class C{i} {{ u = 'ws://h/{i}'; go() {{ new WebSocket(this.u); }} }}")),
            "new C0().u",
        )
    }),
    shape("ecma-class-chain", |n| {
        let text = lines(n, |i| format!("class C{} extends C{i} {{ }}", i + 1));
        front_end(
            &format!("class C0 {{ u = 'ws://h'; go() {{ new WebSocket(this.u); }} }}\n{text}"),
            &format!("new C{n}().u"),
        )
    }),
    shape("ecma-class-methods", |n| {
        front_end(
            &format!(
                "class C {{ u = 'ws://h';\n{}}}",
                lines(n, |i| format!("m{i}() {{ new WebSocket(this.u + '/{i}'); }}"))
            ),
            "new C().u",
        )
    }),
    shape("ecma-class-fields", |n| {
        front_end(
            &format!(
                "class C {{\n{}\ngo() {{\n{}}} }}",
                lines(n, |i| format!("u{i} = 'ws://h/{i}';")),
                lines(n, |i| format!("new WebSocket(this.u{i});"))
            ),
            "new C().u0",
        )
    }),
    shape("ecma-object-fields", |n| {
        let text = lines(n, |i| format!("k{i}: 'ws://h/{i}',"));
        front_end(&format!("const o = {{\n{text}}};\n{}", lines(n, |i| format!("new WebSocket(o.k{i});"))), "o.k0")
    }),
    shape("ecma-object-spreads", |n| {
        let text = lines(n, |i| format!("const o{} = {{ ...o{i}, k{i}: 'ws://h/{i}' }};", i + 1));
        front_end(&format!("const o0 = {{}};\n{text}"), &format!("o{n}.k0"))
    }),
    shape("ecma-member-chain", |n| front_end("", &format!("a{}", ".b".repeat(n)))),
    shape("ecma-call-chain", |n| front_end("", &format!("a{}", ".b()".repeat(n)))),
    shape("ecma-sum", |n| front_end("", &format!("'ws://h'{}", "\n+ '/a'".repeat(n)))),
    shape("ecma-arguments", |n| front_end(&format!("f({});", "'a',\n".repeat(n)), "x")),
    shape("ecma-list", |n| front_end(&format!("const l = [{}];", lines(n, |i| format!("'ws://h/{i}',"))), "l[0]")),
    shape("ecma-if-chain", |n| {
        let text = lines(n, |i| format!("if (x === {i}) {{ u = 'ws://h/{i}'; }} else"));
        front_end(&format!("let u;\n{text} {{ u = 'ws://h'; }}"), "u")
    }),
    shape("ecma-ifs-return", |n| {
        let text = lines(n, |i| format!("if (x === {i}) return 'ws://h/{i}';"));
        front_end(&format!("function f(x) {{\n{text} return 'ws://h'; }}"), "f(1)")
    }),
    shape("ecma-ifs-around", |n| {
        let text = lines(n, |i| format!("if (x === {i}) {{ new WebSocket('ws://h/{i}'); return; }}"));
        front_end(&format!("function f(x) {{\n{text}}}"), "x")
    }),
    shape("ecma-switch", |n| {
        let text = lines(n, |i| format!("case {i}: return 'ws://h/{i}';"));
        front_end(&format!("function f(x) {{ switch (x) {{\n{text}}} }}"), "f(1)")
    }),
    shape("ecma-try", |n| front_end(&lines(n, |i| format!("try {{ fetch('/a/{i}'); }} catch (e) {{ }}")), "x")),
    shape("ecma-promises", |n| front_end(&format!("fetch('/a'){};", "\n.then((x) => x)".repeat(n)), "x")),
    shape("ecma-event-handlers", |n| {
        front_end(
            &format!(
                "const s = new WebSocket('ws://h');\n{}",
                lines(n, |_| "s.onmessage = (e) => s.send(e);".to_owned())
            ),
            "x",
        )
    }),
    shape("ecma-timers", |n| {
        front_end(
            &format!(
                "const s = new WebSocket('ws://h');\n{}",
                lines(n, |i| format!("setInterval(() => s.send('{i}'), 1000);"))
            ),
            "x",
        )
    }),
    shape("ecma-imports", |n| front_end(&lines(n, |i| format!("import {{ x{i} }} from './m{i}';")), "x0")),
    shape("ecma-import-names", |n| {
        let names = lines(n, |i| format!("x{i},"));
        let mut files = front_end(
            &format!("import {{ {names} }} from './m';\n{}", lines(n, |i| format!("new WebSocket(x{i});"))),
            "x0",
        );
        files.push(file("web/src/m.ts", lines(n, |i| format!("export const x{i} = 'ws://h/{i}';"))));
        files
    }),
    shape("ecma-export-list", |n| {
        let mut files = front_end("import { x0 } from './m';", "x0");
        files.push(file(
            "web/src/m.ts",
            format!(
                "{}export {{ {} }};",
                lines(n, |i| format!("const x{i} = 'ws://h/{i}';")),
                lines(n, |i| format!("x{i},"))
            ),
        ));
        files
    }),
    shape("ecma-re-exports-same", |n| {
        let mut files = front_end("import { x } from './m';", "x");
        files.push(file("web/src/m.ts", "export * from './k';\n".repeat(n)));
        files.push(file("web/src/k.ts", "export const y = 1;\n"));
        files
    }),
    shape("express-routes", |n| express(&lines(n, |i| format!("app.get('/api/{i}', (req, res) => res.json({{}}));")))),
    shape("express-routers", |n| {
        express(&lines(n, |i| {
            format!("const r{i} = express.Router(); r{i}.get('/x', (q, s) => s.json({{}})); app.use('/r{i}', r{i});")
        }))
    }),
    shape("express-router-chain", |n| {
        express(&format!(
            "const r0 = express.Router(); app.use('/r', r0);\n{}",
            lines(n, |i| format!(
                "const r{} = express.Router(); r{i}.use('/x', r{}); r{}.get('/g', (q, s) => s.end());",
                i + 1,
                i + 1,
                i + 1
            ))
        ))
    }),
    shape("express-middleware", |n| express(&lines(n, |i| format!("app.use('/m{i}', (q, s, next) => next());")))),
    shape("express-cors", |n| {
        express(&lines(n, |i| format!("app.use(cors({{ origin: 'https://h{i}.example.com' }}));")))
    }),
    shape("express-cors-list", |n| {
        express(&format!("app.use(cors({{ origin: [{}] }}));", lines(n, |i| format!("'https://h{i}.example.com',"))))
    }),
    shape("express-listens", |n| express(&lines(n, |i| format!("app.listen({});", 1024 + i)))),
    shape("express-routes-and-calls", |n| {
        let mut files = express(&format!(
            "{}app.listen(8000);",
            lines(n, |i| format!("app.get('/api/{i}', (req, res) => res.json({{}}));"))
        ));
        files.extend(front_end(&lines(n, |i| format!("fetch('http://localhost:8000/api/{i}');")), "x"));
        files
    }),
    shape("express-params-and-calls", |n| {
        let mut files = express(&format!(
            "{}app.listen(8000);",
            lines(n, |i| format!("app.get('/:a/:b/{i}', (req, res) => res.json({{}}));"))
        ));
        files.extend(front_end(&lines(n, |i| format!("fetch('http://localhost:8000/x/y/{i}');")), "x"));
        files
    }),
    shape("ws-servers", |n| {
        let text = lines(n, |i| {
            format!(
                "const w{i} = new WebSocketServer({{ port: {} }}); w{i}.on('connection', (s) => s.send('x'));",
                1024 + i
            )
        });
        vec![
            file("api/package.json", r#"{"dependencies": {"ws": "8"}}"#),
            file("api/server.js", format!("import {{ WebSocketServer }} from 'ws';\n{text}")),
        ]
    }),
    shape("socketio-handlers", |n| {
        let text = lines(n, |i| format!("io.of('/n{i}').on('connection', (s) => s.emit('x'));"));
        vec![
            file("api/package.json", r#"{"dependencies": {"socket.io": "4"}}"#),
            file(
                "api/server.js",
                format!("const {{ Server }} = require('socket.io');\nconst io = new Server(3000);\n{text}"),
            ),
        ]
    }),
    shape("axios-instances", |n| {
        let text = lines(n, |i| format!("const a{i} = axios.create({{ baseURL: 'http://h{i}/' }}); a{i}.get('/x');"));
        front_end(&format!("import axios from 'axios';\n{text}"), "x")
    }),
    shape("axios-one-instance", |n| {
        let text = lines(n, |i| format!("a.get('/x/{i}');"));
        front_end(
            &format!(
                "import axios from 'axios';\nconst a = axios.create({{ baseURL: 'http://localhost:8000/' }});\n{text}"
            ),
            "x",
        )
    }),
    shape("env-reads", |n| front_end(&lines(n, |i| format!("new WebSocket(import.meta.env.VITE_U{i});")), "x")),
    shape("env-reads-and-values", |n| {
        let mut files = front_end(&lines(n, |i| format!("new WebSocket(import.meta.env.VITE_U{i});")), "x");
        files.push(file("web/.env", lines(n, |i| format!("VITE_U{i}=ws://localhost:8000/{i}"))));
        files
    }),
    shape("vite-proxies", |n| {
        let mut files = front_end(&lines(n, |i| format!("fetch('/p{i}/x');")), "x");
        files.push(file(
            "web/vite.config.ts",
            format!(
                "export default {{ server: {{ proxy: {{\n{}}} }} }}",
                lines(n, |i| format!("'/p{i}': 'http://localhost:8000',"))
            ),
        ));
        files
    }),
    shape("vite-defines", |n| {
        let mut files = front_end(&lines(n, |i| format!("new WebSocket(D{i});")), "x");
        files.push(file(
            "web/vite.config.ts",
            format!("export default {{ define: {{\n{}}} }}", lines(n, |i| format!("D{i}: '\"ws://h/{i}\"',"))),
        ));
        files
    }),
    shape("vue-blocks", |n| {
        vec![
            file("web/package.json", "{\"dependencies\": {\"vite\": \"5\"}}"),
            file("web/src/A.vue", lines(n, |i| format!("<script>\nnew WebSocket('ws://h/{i}')\n</script>"))),
        ]
    }),
    shape("ecma-same-name-functions", |n| {
        front_end(&lines(n, |i| format!("function f(u) {{ fetch(u + '/{i}'); }} f('/x');")), "x")
    }),
    shape("ecma-arrow-nesting-calls", |n| {
        front_end(&lines(n, |i| format!("on('e{i}', () => {{ const u = '/x/{i}'; fetch(u); }});")), "x")
    }),
];

fn one_line(n: usize, part: impl Fn(usize) -> String) -> Files {
    // Lines of some length keep the file from being taken for a minified one.
    let text: String = (0..n).map(part).collect();
    front_end(&format!("{}\n{text}", "\n".repeat(text.len() / 150)), "x")
}

fn express(text: &str) -> Files {
    vec![
        file(
            "api/package.json",
            r#"{"name": "api", "scripts": {"start": "node server.js"}, "dependencies": {"express": "4", "cors": "2"}}"#,
        ),
        file(
            "api/server.js",
            format!(
                "const express = require('express');\nconst cors = require('cors');\nconst app = express();\n{text}\n"
            ),
        ),
    ]
}
