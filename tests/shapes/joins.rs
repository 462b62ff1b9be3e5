//! Many of one thing that meet many of another: what a whole repository is made of.

use super::{Files, Shape, fastapi, file, front_end, lines, shape};

/// Services, locations and the like in one file of a real repository.
const FEW: usize = 50;

pub const SHAPES: &[Shape] = &[
    shape("monorepo", |n| {
        let mut files = front_end("", "`ws://${location.host}/ws/1`");
        files.extend((0..n).map(|i| file(&format!("web/src/m{i}.ts"), format!("fetch('/api/v1/things/{i}');\n"))));
        files.extend(fastapi(&lines(n / 6 + 1, |i| {
            format!("@app.get('/api/v1/things/{{id}}/parts/{i}')\ndef f{i}(): return 1")
        })));
        files.push(file(
            "compose.yml",
            "services:\n  web:\n    build: web\n    ports: ['80:80']\n  api:\n    build: api\n    ports: ['8000:8000']\n",
        ));
        files
    }),
    shape("calls-that-miss", |n| {
        let mut files = fastapi(&lines(n, |i| format!("@app.get('/api/{i}/x')\ndef f{i}(): return 1")));
        files.extend(front_end(&lines(n, |i| format!("fetch('http://localhost:8000/api/{i}/y');")), "x"));
        files
    }),
    shape("calls-of-other-ports", |n| {
        let mut files = fastapi("@app.get('/api')\ndef f(): return 1\n");
        files.extend(front_end(&lines(n, |i| format!("fetch('http://localhost:{}/api');", 1_024 + i)), "x"));
        files
    }),
    shape("expressions-and-calls", |n| {
        let mut files = vec![
            file("site/manage.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n"),
            file("site/config/settings.py", "ROOT_URLCONF = 'config.urls'\n"),
            file(
                "site/config/urls.py",
                format!(
                    "from django.urls import re_path\nurlpatterns = [\n{}]\n",
                    lines(n, |i| format!("re_path(r'^api/(a+)+{i}/$', view),"))
                ),
            ),
        ];
        let calls = lines(n, |i| format!("fetch('http://localhost:8000/api/aaaaaaaaaaaaaaaaaaaaaaaa{i}/');"));
        files.extend(front_end(&calls, "x"));
        files
    }),
    shape("calls-and-server-names", |n| {
        let mut files = front_end(&lines(n, |i| format!("fetch('https://h{i}.example.com/api');")), "x");
        files.push(file(
            "nginx/nginx.conf",
            format!(
                "http {{\n{}}}",
                lines(n, |i| format!("server {{ listen 443 ssl; server_name h{i}.example.com; root /srv; }}"))
            ),
        ));
        files
    }),
    shape("nginx-servers-with-locations", |n| {
        let locations = lines(FEW, |i| format!("location /p{i}/ {{ proxy_pass http://app:{}/; }}", 8_000 + i));
        let mut files = front_end(&lines(n, |i| format!("fetch('/p{}/x{i}');", i % FEW)), "x");
        files.push(file(
            "nginx/nginx.conf",
            format!(
                "http {{\n{}}}",
                lines(n / FEW + 1, |i| format!("server {{ listen 80; server_name h{i}.example.com;\n{locations}}}"))
            ),
        ));
        files
    }),
    shape("nginx-files-and-packages", |n| {
        let mut files: Files = (0..n)
            .map(|i| {
                let text =
                    format!("server {{ listen 80; location / {{ proxy_pass http://127.0.0.1:{}; }} }}\n", 1_024 + i);
                file(&format!("deploy/d{i}/nginx.conf"), text)
            })
            .collect();
        files.extend((0..n).flat_map(|i| server(&format!("s{i}"), 1_024 + i)));
        files
    }),
    shape("compose-files-with-services", |n| {
        (0..n / FEW + 1)
            .map(|i| {
                let services = lines(FEW, |j| {
                    format!(
                        "  s{j}:\n    image: nginx\n    environment: {{A: http://s{}}}\n    ports: ['{}:80']",
                        (j + 1) % FEW,
                        1_024 + j
                    )
                });
                file(&format!("d{i}/compose.yml"), format!("services:\n{services}"))
            })
            .collect()
    }),
    shape("compose-services-and-packages", |n| {
        let mut files: Files = (0..n).flat_map(|i| server(&format!("s{i}"), 1_024 + i)).collect();
        let services = lines(n, |i| format!("  s{i}:\n    build: s{i}\n    ports: ['{}:{}']", 1_024 + i, 1_024 + i));
        files.push(file("compose.yml", format!("services:\n{services}")));
        files.extend(front_end(&lines(n, |i| format!("fetch('http://localhost:{}/a');", 1_024 + i)), "x"));
        files
    }),
    shape("compose-files-of-one-program", |n| {
        let policies =
            "app.add_middleware(CORSMiddleware, allow_origins=['https://a.example.com'])\n".repeat(n.min(200));
        let mut files = fastapi(&policies);
        files.extend((0..n).map(|i| file(&format!("d{i}/compose.yml"), "services:\n  api:\n    build: ../api\n")));
        files
    }),
    shape("compose-mounts-of-one-folder", |n| {
        let mut files: Files =
            (0..n).map(|i| file(&format!("conf.d/c{i}.conf"), "server { listen 80; root /srv; }\n")).collect();
        let services = lines(n, |i| format!("  s{i}:\n    image: nginx\n    volumes: ['./conf.d:/etc/nginx/conf.d']"));
        files.push(file("compose.yml", format!("services:\n{services}")));
        files
    }),
    shape("nginx-upstreams-of-one-service", |n| {
        let locations = lines(n, |i| format!("location /p{i} {{ proxy_pass http://app:{}; }}", 1_024 + i));
        let mut files = fastapi("");
        files.push(file("nginx/nginx.conf", format!("http {{ server {{ listen 80;\n{locations}}} }}\n")));
        files.push(file(
            "compose.yml",
            "services:\n  web:\n    image: nginx\n    volumes: ['./nginx/nginx.conf:/etc/nginx/nginx.conf']\n  app:\n    build: api\n",
        ));
        files
    }),
    shape("handler-calls-branching", |n| {
        let call = "    await {}(s)\n";
        let layer =
            |name: &str, next: &str| format!("async def {name}(s):\n{}", call.replace("{}", next).repeat(n.min(60)));
        let text = format!(
            "import steps\n@app.websocket('/ws')\nasync def f(s):\n{}    await s.accept()\n",
            "    await steps.a(s)\n".repeat(n.min(60))
        );
        let mut files = fastapi(&text);
        let names = ["a", "b", "c", "d", "e", "g"];
        for pair in names.windows(2) {
            let module = if pair[0] == "a" { "steps".to_owned() } else { format!("steps_{}", pair[0]) };
            let next = format!("steps_{}", pair[1]);
            let text = format!("import {next}\n{}", layer(pair[0], &format!("{next}.{}", pair[1])));
            files.push(file(&format!("api/{module}.py"), text));
        }
        files.push(file("api/steps_g.py", "async def g(s): pass\n"));
        files
    }),
];

fn server(folder: &str, port: usize) -> Files {
    vec![
        file(&format!("{folder}/package.json"), "{\"dependencies\": {\"express\": \"4\"}}"),
        file(
            &format!("{folder}/server.js"),
            format!("const app = require('express')();\napp.get('/a', (q, s) => s.end());\napp.listen({port});\n"),
        ),
        file(&format!("{folder}/Dockerfile"), "FROM node\nCOPY . .\nCMD node server.js\n"),
    ]
}
