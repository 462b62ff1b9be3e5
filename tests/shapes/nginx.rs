//! Many of one thing in nginx configurations.

use super::{Files, Shape, fastapi, file, front_end, lines, shape};

pub const SHAPES: &[Shape] = &[
    shape("nginx-set-doubling", |n| {
        server(&format!(
            "set $v0 x;\n{}location / {{ proxy_pass http://$v{n}; }}",
            lines(n, |i| format!("set $v{} $v{i}$v{i};", i + 1))
        ))
    }),
    shape("nginx-set-chain", |n| {
        server(&format!(
            "set $v0 app;\n{}location / {{ proxy_pass http://$v{n}; }}",
            lines(n, |i| format!("set $v{} $v{i};", i + 1))
        ))
    }),
    shape("nginx-locations", |n| server(&lines(n, |i| format!("location /p{i}/ {{ proxy_pass http://app:8000/; }}")))),
    shape("nginx-same-locations", |n| {
        server(&lines(n, |_| "location /p/ { proxy_pass http://app:8000/; }".to_owned()))
    }),
    shape("nginx-regex-locations", |n| {
        server(&lines(n, |i| format!("location ~ ^/(a+)+{i}$ {{ proxy_pass http://app:8000; }}")))
    }),
    shape("nginx-nested-locations", |n| {
        server(&format!(
            "{}proxy_pass http://app:8000;{}",
            lines(n.min(90), |i| format!("location /{} {{", "a/".repeat(i))),
            "}".repeat(n.min(90))
        ))
    }),
    shape("nginx-servers", |n| {
        vec![file(
            "nginx/nginx.conf",
            format!(
                "http {{\n{}}}",
                lines(n, |i| format!("server {{ listen 80; server_name h{i}.example.com; root /srv; }}"))
            ),
        )]
    }),
    shape("nginx-servers-proxying", |n| {
        vec![file(
            "nginx/nginx.conf",
            format!(
                "http {{\n{}}}",
                lines(n, |i| format!(
                    "server {{ listen {}; server_name h{i}.example.com; location / {{ proxy_pass http://app:8000; }} }}",
                    1024 + i
                ))
            ),
        )]
    }),
    shape("nginx-listens", |n| server(&lines(n, |i| format!("listen {};", 1024 + i)))),
    shape("nginx-server-names", |n| {
        server(&format!("server_name {};", (0..n).map(|i| format!("h{i}.example.com ")).collect::<String>()))
    }),
    shape("nginx-maps", |n| {
        vec![file(
            "nginx/nginx.conf",
            format!(
                "http {{\n{}server {{ listen 80; }} }}",
                lines(n, |i| format!("map $http_upgrade $m{i} {{ default upgrade; '' close; }}"))
            ),
        )]
    }),
    shape("nginx-map-entries", |n| {
        vec![file(
            "nginx/nginx.conf",
            format!(
                "http {{ map $host $m {{\n{}}}\nserver {{ listen 80; location / {{ proxy_pass http://$m; }} }} }}",
                lines(n, |i| format!("h{i} b{i};"))
            ),
        )]
    }),
    shape("nginx-upstreams", |n| {
        vec![file(
            "nginx/nginx.conf",
            format!(
                "http {{\n{}server {{ listen 80;\n{}}} }}",
                lines(n, |i| format!("upstream u{i} {{ server app:8000; }}")),
                lines(n, |i| format!("location /p{i} {{ proxy_pass http://u{i}; }}"))
            ),
        )]
    }),
    shape("nginx-upstream-servers", |n| {
        vec![file(
            "nginx/nginx.conf",
            format!(
                "http {{ upstream u {{\n{}}}\nserver {{ listen 80; location / {{ proxy_pass http://u; }} }} }}",
                lines(n, |i| format!("server b{i}:80;"))
            ),
        )]
    }),
    shape("nginx-headers", |n| {
        server(&format!(
            "location / {{ proxy_pass http://app:8000;\n{}}}",
            lines(n, |i| format!("proxy_set_header X-{i} $host;"))
        ))
    }),
    shape("nginx-added-headers", |n| server(&lines(n, |i| format!("add_header X-{i} a;")))),
    shape("nginx-rewrites", |n| server(&lines(n, |i| format!("rewrite ^/a{i}$ /b{i} last;")))),
    shape("nginx-ifs", |n| {
        server(&lines(n, |i| format!("if ($host = h{i}) {{ return 301 https://$host$request_uri; }}")))
    }),
    shape("nginx-includes", |n| {
        let mut files: Files = (0..n).map(|i| file(&format!("nginx/conf.d/c{i}.conf"), format!("server {{ listen 80; server_name h{i}.example.com; location / {{ proxy_pass http://app:8000; }} }}\n"))).collect();
        files.push(file("nginx/nginx.conf", "http { include conf.d/*.conf; }\n"));
        files
    }),
    shape("nginx-include-lines", |n| {
        vec![
            file("nginx/nginx.conf", format!("http {{\n{}}}", lines(n, |_| "include conf.d/a.conf;".to_owned()))),
            file("nginx/conf.d/a.conf", "server { listen 80; }\n"),
        ]
    }),
    shape("nginx-proxy-loop", |n| {
        vec![file(
            "nginx/nginx.conf",
            format!(
                "http {{\n{}}}",
                lines(n, |i| format!(
                    "server {{ listen {}; location / {{ proxy_pass http://127.0.0.1:{}; }} }}",
                    1024 + i,
                    1024 + (i + 1) % n.max(1)
                ))
            ),
        )]
    }),
    shape("nginx-locations-and-calls", |n| {
        let mut files = server(&lines(n, |i| format!("location /p{i}/ {{ proxy_pass http://app:8000/; }}")));
        files.extend(front_end(&lines(n, |i| format!("fetch('/p{i}/x');")), "`ws://${location.host}/p1/ws`"));
        files.push(file("compose.yml", "services:\n  web:\n    image: nginx\n    volumes: ['./nginx/nginx.conf:/etc/nginx/nginx.conf']\n    ports: ['80:80']\n  app:\n    build: api\n"));
        files.extend(fastapi(&lines(n, |i| format!("@app.get('/x{i}')\ndef f{i}(): return 1"))));
        files
    }),
    shape("nginx-regexes-and-calls", |n| {
        let mut files = server(&lines(n, |i| format!("location ~ ^/p{i}/(.*)$ {{ proxy_pass http://app:8000/$1; }}")));
        files.extend(front_end(&lines(n, |i| format!("fetch('/p{i}/x');")), "`ws://${location.host}/p1/ws`"));
        files.push(file("compose.yml", "services:\n  web:\n    image: nginx\n    volumes: ['./nginx/nginx.conf:/etc/nginx/nginx.conf']\n    ports: ['80:80']\n  app:\n    build: api\n"));
        files
    }),
    shape("nginx-files", |n| {
        (0..n)
            .map(|i| {
                file(
                    &format!("d{i}/nginx.conf"),
                    "http { server { listen 80; location / { proxy_pass http://app:8000; } } }\n",
                )
            })
            .collect()
    }),
    shape("nginx-template-variables", |n| {
        vec![file(
            "nginx/templates/default.conf.template",
            format!(
                "server {{ listen 80;\n{}}}",
                lines(n, |i| format!("location /p{i} {{ proxy_pass http://${{H{i}}}:80; }}"))
            ),
        )]
    }),
    shape("nginx-template-values", |n| {
        let compose = format!(
            "services:\n  web:\n    image: nginx:1.29\n    environment: {{ LONG: {} }}\n    volumes:\n      - ./app.conf.template:/etc/nginx/templates/app.conf.template\n",
            "x".repeat(2_000)
        );
        let headers = lines(n, |i| format!("add_header X-{i} ${{LONG}};"));
        let text = format!("server {{ listen 80;\n{headers}location / {{ proxy_pass http://app:8000; }} }}\n");
        vec![file("compose.yml", compose), file("app.conf.template", text)]
    }),
    shape("nginx-open-marks", |n| server(&"{{ {% <% ${A \n".repeat(n))),
    shape("nginx-dump", |n| {
        let parts = lines(n, |i| {
            format!("# configuration file /etc/nginx/c{i}.conf:\nserver {{ listen 80; server_name h{i}.example.com; }}")
        });
        let includes = lines(n, |i| format!("include /etc/nginx/c{i}.conf;"));
        vec![file(
            "nginx/nginx.conf",
            format!("# configuration file /etc/nginx/nginx.conf:\nhttp {{\n{includes}}}\n{parts}"),
        )]
    }),
    shape("nginx-open-quotes", |n| server(&"set $a \"b\n".repeat(n))),
    shape("nginx-missing-semicolons", |n| server(&"root /a\n".repeat(n))),
    shape("nginx-open-braces", |n| server(&"location / {\n".repeat(n))),
    shape("nginx-closed-braces", |n| server(&"}\n".repeat(n))),
    shape("nginx-comments", |n| server(&"# a\n".repeat(n))),
    shape("nginx-lua-open-brackets", |n| {
        server(&format!("location / {{ content_by_lua_block {{\n{}}} }}", "a[[ b ".repeat(n)))
    }),
    shape("nginx-lua", |n| {
        server(&format!("location / {{ content_by_lua_block {{\n{}}} }}", "if a then { b }\n".repeat(n)))
    }),
];

fn server(text: &str) -> Files {
    vec![file("nginx/nginx.conf", format!("http {{ server {{ listen 80;\n{text}\n}} }}\n"))]
}
