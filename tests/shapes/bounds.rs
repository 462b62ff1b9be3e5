//! Trees that reach one bound each: no ordinary program has so many of one thing.

use super::{Files, Shape, express, fastapi, file, front_end, lines, shape};

pub const SHAPES: &[Shape] = &[
    shape("hono-calls-in-one-chain", |n| {
        let calls = lines(n, |i| format!("  .get('/a{i}', (c) => c.text('a'))"));
        let text = format!(
            "import {{ Hono }} from 'hono'\nimport {{ serve }} from '@hono/node-server'\nconst app = new Hono()\n{calls}serve({{ fetch: app.fetch, port: 3000 }})\n"
        );
        vec![file("package.json", "{\"dependencies\": {\"hono\": \"4\"}}"), file("server.js", text)]
    }),
    shape("koa-calls-in-one-chain", |n| {
        let calls = lines(n, |i| format!("  .get('/a{i}', (ctx) => {{ ctx.body = 'a' }})"));
        let text = format!(
            "const Koa = require('koa')\nconst Router = require('@koa/router')\nconst app = new Koa()\nconst router = new Router()\nrouter\n{calls}app.use(router.routes())\napp.listen(3000)\n"
        );
        vec![
            file("package.json", "{\"dependencies\": {\"koa\": \"2\", \"@koa/router\": \"12\"}}"),
            file("server.js", text),
        ]
    }),
    shape("express-applications-handed-over", |n| {
        let calls = lines(n, |i| format!("extra.f{i}(app);"));
        express("api", &format!("const extra = require('extra');\n{calls}app.listen(3000);\n"))
    }),
    shape("fastapi-applications-handed-over", |n| {
        fastapi(&format!("import extra\n{}", lines(n, |i| format!("extra.f{i}(app)"))))
    }),
    shape("dockerfile-copies-of-copies", |n| {
        let stages = lines(n, |i| format!("FROM nginx AS s{}\nCOPY --from=s{i} / /a\nCOPY --from=s{i} / /b", i + 1));
        vec![
            file("compose.yml", "services:\n  s:\n    build: .\n"),
            file("Dockerfile", format!("FROM nginx AS s0\nCOPY site /site\n{stages}")),
            file("site/index.html", "<!doctype html>\n"),
        ]
    }),
    shape("nginx-ways-to-one-route", |n| {
        let locations = lines(n, |i| format!("    location /p{i}/ {{ proxy_pass http://app:8000/ws; }}"));
        let mut files = fastapi(SOCKET);
        files.extend(behind_nginx(&format!("server {{\n    listen 80;\n{locations}}}\n")));
        files
    }),
    shape("nginx-listens-and-sockets", |n| {
        let listens = lines(n, |i| format!("    listen {};", 1_024 + i));
        let mut files = fastapi(&lines(n, |i| {
            format!("@app.websocket('/ws/{i}')\nasync def f{i}(s: WebSocket):\n    await s.accept()")
        }));
        let location = "    location / { proxy_pass http://app:8000; }\n";
        files.extend(behind_nginx(&format!("server {{\n{listens}{location}}}\n")));
        files
    }),
    shape("nginx-with-cors-and-routes", |n| {
        let mut files = fastapi(&lines(n, |i| format!("@app.get('/api/{i}')\nasync def f{i}(): return 1")));
        files.extend(behind_nginx(
            "server {\n    listen 80;\n    location / {\n        add_header Access-Control-Allow-Origin https://a.example.com;\n        proxy_pass http://app:8000;\n    }\n}\n",
        ));
        files
    }),
    shape("calls-to-servers-that-no-file-says", |n| {
        let calls =
            lines(n, |i| lines(100, |j| format!("fetch(`${{import.meta.env.VITE_API{i}}}/a{}/x{j}`);", j % 24)));
        let mut files = front_end(&calls, "x");
        for number in 0..n {
            let routes = lines(24, |i| format!("app.get('/a{i}/y', (q, s) => s.end());"));
            files.extend(express(&format!("s{number}"), &format!("{routes}app.listen({});\n", 3_000 + number)));
        }
        files
    }),
    shape("nginx-servers-of-one-front-end", |n| {
        built_into_nginx(&lines(n, |i| {
            format!("server {{ listen 80; server_name h{i}.example.com; root /usr/share/nginx/html; }}")
        }))
    }),
    shape("nginx-servers-without-names", |n| {
        built_into_nginx(&lines(n, |_| "server { listen 80; root /usr/share/nginx/html; }".to_owned()))
    }),
    shape("nest-decorators-of-one-class", |n| {
        let decorators = lines(n, |i| format!("@Version('{i}')"));
        let text = format!(
            "import {{ Controller, Get, Version }} from '@nestjs/common';\n{decorators}@Controller('a')\nexport class A {{\n  @Get('b')\n  b() {{ return 1; }}\n}}\n"
        );
        vec![
            file("package.json", "{\"dependencies\": {\"@nestjs/common\": \"10\"}}"),
            file("src/a.controller.ts", text),
        ]
    }),
    shape("nginx-names-of-one-server", |n| {
        let names: String = (0..n).map(|i| format!(" h{i}.example.com")).collect();
        built_into_nginx(&format!("server {{ listen 80; server_name{names}; root /usr/share/nginx/html; }}\n"))
    }),
    shape("nginx-names-in-front-of-vite", |n| {
        let names: String = (0..n).map(|i| format!(" h{i}.example.com")).collect();
        let mut files = front_end("", "`ws://${location.host}/ws`");
        let location = "location / { proxy_pass http://127.0.0.1:5173; }";
        files.push(file("deploy/nginx.conf", format!("server {{ listen 80; server_name{names}; {location} }}\n")));
        files
    }),
    shape("express-servers-without-ports", |n| {
        let mut files = front_end("fetch('http://localhost:4000/a');", "`ws://${location.host}/ws`");
        for number in 0..n {
            let text = "app.get('/a', (q, s) => s.end());\napp.listen(process.env.PORT);\n";
            files.extend(express(&format!("s{number}"), text));
        }
        files
    }),
    shape("fastapi-long-pattern", |n| {
        let path = "a".repeat(n);
        let mut files = fastapi(&format!("@app.get('/{{id}}/{path}')\nasync def f(): return 1\n"));
        files.extend(front_end(&format!("fetch(`http://localhost:8000/${{name()}}/{path}`);"), "x"));
        files
    }),
];

const SOCKET: &str = "@app.websocket('/ws')\nasync def f(s: WebSocket):\n    await s.accept()\n";

/// An nginx of compose in front of the FastAPI program.
fn behind_nginx(servers: &str) -> Files {
    let compose = "services:\n  app:\n    build: ./api\n  web:\n    image: nginx\n    ports: ['80:80']\n    \
                   volumes: ['./app.conf:/etc/nginx/conf.d/default.conf']\n";
    vec![file("compose.yml", compose), file("app.conf", servers)]
}

/// A front end in the image of an nginx.
fn built_into_nginx(servers: &str) -> Files {
    let mut files = front_end("", "`ws://${location.host}/ws`");
    files.push(file("web/nginx.conf", servers));
    files.push(file(
        "web/Dockerfile",
        "FROM node AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\nFROM nginx\n\
         COPY nginx.conf /etc/nginx/conf.d/default.conf\nCOPY --from=build /app/dist /usr/share/nginx/html\n",
    ));
    files.push(file("compose.yml", "services:\n  web:\n    build: web\n    ports: ['80:80']\n"));
    files
}
