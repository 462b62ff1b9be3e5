//! Texts that are hard to read: long lines, many comments, lost grammars, deep and wide data.

use super::{Shape, fastapi, file, front_end, lines, shape};

pub const SHAPES: &[Shape] = &[
    shape("suppressions", |n| front_end(&lines(n, |_| "// wirelint: ignore[url-disagreement] x".to_owned()), "x")),
    shape("suppressions-with-findings", |n| {
        vec![file(
            "nginx/nginx.conf",
            format!(
                "http {{ server {{ listen 80;\n{}}} }}",
                lines(n, |i| format!("# wirelint: ignore[misplaced-directive] x\nmap $a $b{i} {{ default 1; }}"))
            ),
        )]
    }),
    shape("suppressions-one-line", |n| {
        front_end(&format!("{}\n{}", "\n".repeat(n / 4), "/* wirelint: ignore[url-disagreement] */".repeat(n)), "x")
    }),
    shape("suppressions-open", |n| {
        front_end(&format!("{}\n//{}", "\n".repeat(n / 4), " wirelint: ignore[a".repeat(n)), "x")
    }),
    shape("suppressions-malformed", |n| front_end(&lines(n, |_| "// wirelint-ignore port-mismach x".to_owned()), "x")),
    shape("suppressions-stated-by-pattern", |n| {
        let stated =
            lines(n, |i| format!("[[suppress]]\nrule = 'upgrade-headers'\npath = 'nginx/a{i}*'\nreason = 'x'"));
        vec![file("wirelint.toml", stated), file("nginx/nginx.conf", "server { map $a $b { default 1; } }".to_owned())]
    }),
    shape("suppressions-many-names", |n| {
        front_end(&format!("{}\n// wirelint: ignore[{}]", "\n".repeat(n / 4), "url-disagreement,".repeat(n)), "x")
    }),
    shape("suppressions-stated", |n| {
        let stated =
            lines(n, |i| format!("[[suppress]]\nrule = 'misplaced-directive'\npath = 'nginx/a{i}'\nreason = 'x'"));
        vec![
            file("wirelint.toml", stated),
            file(
                "nginx/nginx.conf",
                format!(
                    "http {{ server {{ listen 80;\n{}}} }}",
                    lines(n, |i| format!("map $a $b{i} {{ default 1; }}"))
                ),
            ),
        ]
    }),
    shape("findings-in-one-file", |n| {
        vec![file(
            "nginx/nginx.conf",
            format!("http {{ server {{ listen 80;\n{}}} }}", lines(n, |i| format!("map $a $b{i} {{ default 1; }}"))),
        )]
    }),
    shape("findings-on-one-line", |n| {
        vec![file(
            "nginx/nginx.conf",
            format!(
                "http {{ server {{ listen 80;\n{}}} }}",
                (0..n).map(|i| format!("map $a $b{i} {{ default 1; }} ")).collect::<String>()
            ),
        )]
    }),
    shape("findings-of-sockets", |n| {
        let mut files = front_end(&lines(n, |i| format!("new WebSocket('ws://app.example.com/{i}');")), "x");
        files.push(file(
            "nginx/nginx.conf",
            "http { server { listen 443 ssl; server_name app.example.com; root /srv; } }",
        ));
        files
    }),
    shape("exclude-patterns", |n| {
        vec![
            file("wirelint.toml", format!("exclude = [\n{}]\n", lines(n, |i| format!("\"legacy{i}/\",")))),
            file("a.conf", "server { listen 80; }\n"),
        ]
    }),
    shape("exclude-globs-and-files", |n| {
        let mut files: Vec<_> =
            (0..n / 4).map(|i| file(&format!("src/{}{i}.ts", "a".repeat(40)), "new WebSocket(x);\n")).collect();
        files.push(file("wirelint.toml", format!("exclude = [\n{}]\n", lines(n, |i| format!("\"*a*a*a*a*b{i}\",")))));
        files
    }),
    shape("exclude-long-pattern", |n| {
        vec![
            file("wirelint.toml", format!("exclude = [\"{}b\"]\n", "*a".repeat(n))),
            file(&format!("src/{}.ts", "a".repeat(200)), "new WebSocket(x);\n"),
        ]
    }),
    shape("select-list", |n| {
        vec![
            file("wirelint.toml", format!("select = [\n{}]\n", lines(n, |_| "'port-mismatch',".to_owned()))),
            file("a.conf", "server { listen 80; }\n"),
        ]
    }),
    shape("long-line-string", |n| {
        front_end(&format!("{}\nconst a = 'ws://h/{}';", "\n".repeat(n / 20), "a".repeat(n * 8)), "a")
    }),
    shape("long-line-python", |n| {
        fastapi(&format!(
            "app.add_middleware(CORSMiddleware, allow_origins=[{}])\n",
            (0..n).map(|i| format!("'http://h{i}/',")).collect::<String>()
        ))
    }),
    shape("long-line-nginx", |n| {
        vec![file(
            "nginx/nginx.conf",
            format!(
                "http {{ server {{ listen 80; {} }} }}",
                (0..n).map(|i| format!("location /a{i} {{ proxy_pass http://b{i}:1; }} ")).collect::<String>()
            ),
        )]
    }),
    shape("long-line-compose", |n| {
        vec![file(
            "compose.yml",
            format!(
                "services: {{web: {{image: nginx, environment: {{{}}}}}}}\n",
                (0..n).map(|i| format!("A{i}: b, ")).collect::<String>()
            ),
        )]
    }),
    shape("ecma-broken-braces", |n| front_end(&"{(<\n".repeat(n), "x")),
    shape("ecma-broken-functions", |n| front_end(&"function (\n".repeat(n), "x")),
    shape("ecma-broken-types", |n| front_end(&"a < b < c > (\n".repeat(n), "x")),
    shape("ecma-broken-templates", |n| front_end(&"`${`\n".repeat(n), "x")),
    shape("ecma-broken-words", |n| front_end(&"a b c\n".repeat(n), "x")),
    shape("ecma-open-parens", |n| front_end(&"f(\n".repeat(n), "x")),
    shape("ecma-arrow-nest", |n| front_end(&"(a) => (\n".repeat(n), "x")),
    shape("tsx-broken-tags", |n| {
        vec![file("web/src/a.tsx", format!("new WebSocket('ws://h');\n{}", "<a b={<c>\n".repeat(n)))]
    }),
    shape("ecma-regexes", |n| front_end(&"x = /a/ / /b/ /\n".repeat(n), "x")),
    shape("html-tags", |n| {
        vec![file("index.html", format!("<html>{}<script>new WebSocket('ws://h')</script>", "<div>\n".repeat(n)))]
    }),
    shape("html-scripts", |n| {
        vec![file("index.html", lines(n, |i| format!("<script>new WebSocket('ws://h/{i}')</script>")))]
    }),
    shape("html-sources", |n| {
        vec![file(
            "index.html",
            format!(
                "<script>new WebSocket('ws://h')</script>{}",
                lines(n, |i| format!("<script src='a{i}.js'></script>"))
            ),
        )]
    }),
    shape("html-open-scripts", |n| {
        vec![file("index.html", format!("<script>new WebSocket('ws://h')\n{}", "<script\n".repeat(n)))]
    }),
    shape("html-open-comments", |n| {
        vec![file("index.html", format!("<script>new WebSocket('ws://h')</script>{}", "<!--\n".repeat(n)))]
    }),
    shape("html-attributes", |n| {
        vec![file("index.html", format!("<script>new WebSocket('ws://h')</script><div {}>", "a='b'\n".repeat(n)))]
    }),
    shape("html-metas", |n| {
        vec![file(
            "index.html",
            format!(
                "<script>new WebSocket('ws://h')</script>{}",
                "<meta http-equiv='Content-Security-Policy' content='connect-src x'>\n".repeat(n)
            ),
        )]
    }),
    shape("vue-open-blocks", |n| {
        vec![file("web/src/A.vue", format!("<script>new WebSocket('ws://h')\n{}", "<template>\n".repeat(n)))]
    }),
    shape("yaml-aliases-flat", |n| {
        vec![file("compose.yml", format!("x-a: &a {{b: c}}\nservices:\n{}", lines(n, |i| format!("  s{i}: *a"))))]
    }),
    shape("yaml-anchors-nested", |n| {
        vec![file(
            "compose.yml",
            format!(
                "x-a0: &a0 [x, x]\n{}services: *a{n}\n",
                lines(n, |i| format!("x-a{}: &a{} [*a{i}, *a{i}]", i + 1, i + 1))
            ),
        )]
    }),
    shape("yaml-merges", |n| {
        vec![file(
            "compose.yml",
            format!(
                "x-a0: &a0 {{image: nginx}}\n{}services:\n  web: *a{n}\n",
                lines(n, |i| format!("x-a{}: &a{}\n  <<: *a{i}\n  k{i}: v", i + 1, i + 1))
            ),
        )]
    }),
    shape("yaml-merge-lists", |n| {
        vec![file(
            "compose.yml",
            format!(
                "x-a: &a\n{}services:\n{}",
                lines(n.min(2_000), |i| format!("  k{i}: v")),
                lines(n.min(2_000), |i| format!("  s{i}:\n    <<: *a\n    image: nginx"))
            ),
        )]
    }),
    shape("yaml-keys", |n| vec![file("compose.yml", format!("services: {{}}\n{}", lines(n, |i| format!("k{i}: v"))))]),
    shape("yaml-same-keys", |n| {
        vec![file("compose.yml", format!("services: {{}}\n{}", lines(n, |_| "k: v".to_owned())))]
    }),
    shape("yaml-documents", |n| vec![file("compose.yml", format!("services: {{}}\n{}", "---\na: b\n".repeat(n)))]),
    shape("yaml-block-text", |n| {
        vec![file(
            "compose.yml",
            format!("services:\n  a:\n    image: nginx\n    command: |\n{}", "      node a.js\n".repeat(n)),
        )]
    }),
    shape("yaml-flow-open", |n| vec![file("compose.yml", format!("services: {{}}\nx: {}", "[a, ".repeat(n)))]),
    shape("yaml-broken-lines", |n| vec![file("compose.yml", format!("services: {{}}\n{}", "a: b: c\n".repeat(n)))]),
    shape("yaml-comments", |n| vec![file("compose.yml", format!("services: {{}}\n{}", "# a\n".repeat(n)))]),
    shape("json-keys", |n| {
        vec![file("package.json", format!("{{{}\"name\": \"a\"}}", lines(n, |i| format!("\"k{i}\": 1,"))))]
    }),
    shape("json-same-keys", |n| {
        vec![file("package.json", format!("{{{}\"name\": \"a\"}}", "\"scripts\": {\"a\": \"vite\"},\n".repeat(n)))]
    }),
    shape("json-comments", |n| vec![file("tsconfig.json", format!("{}{{}}", "// a\n".repeat(n)))]),
    shape("tsconfig-paths", |n| {
        let mut files = front_end(&lines(n, |i| format!("import {{ x }} from '@p{i}/a';")), "x");
        files.push(file(
            "web/tsconfig.json",
            format!(
                "{{\"compilerOptions\": {{\"paths\": {{{}\"z\": [\"z\"]}}}}}}",
                lines(n, |i| format!("\"@p{i}/*\": [\"./src/{i}/*\"],"))
            ),
        ));
        files
    }),
    shape("toml-tables", |n| {
        vec![file(
            "pyproject.toml",
            format!(
                "[project]\nname = 'a'\ndependencies = ['fastapi']\n{}",
                lines(n, |i| format!("[tool.t{i}]\na = 1"))
            ),
        )]
    }),
    shape("toml-dependencies", |n| {
        vec![file(
            "pyproject.toml",
            format!("[project]\nname = 'a'\ndependencies = [\n{}]\n", lines(n, |i| format!("'d{i}',"))),
        )]
    }),
    shape("toml-nested-tables", |n| {
        vec![file("pyproject.toml", format!("[project]\nname = 'a'\n[a{}]\nb = 1\n", ".a".repeat(n)))]
    }),
    shape("toml-inline", |n| {
        vec![file("pyproject.toml", format!("[project]\nname = 'a'\n[x]\na = {}", "{a = ".repeat(n)))]
    }),
    shape("toml-keys-dotted", |n| {
        vec![file("pyproject.toml", format!("[project]\nname = 'a'\n[x]\n{}", lines(n, |i| format!("a.b.c{i} = 1"))))]
    }),
    shape("secrets-tokens-one-line", |n| {
        vec![file(
            "nginx/nginx.conf",
            format!("http {{ server {{ listen 80;\nmap $a $b {{ default '{}'; }} }} }}", "token=\"a\",".repeat(n)),
        )]
    }),
    shape("secrets-keys", |n| {
        vec![file(
            "nginx/nginx.conf",
            format!("http {{ server {{ listen 80;\nmap $a $b {{ default '{}'; }} }} }}", "?key=a&".repeat(n)),
        )]
    }),
    shape("secrets-pem", |n| {
        vec![file(
            "nginx/nginx.conf",
            format!(
                "http {{ server {{ listen 80;\nmap $a $b {{ default '{}'; }} }} }}",
                "-----BEGIN PRIVATE KEY-----\n".repeat(n)
            ),
        )]
    }),
    shape("not-utf8-like", |n| front_end(&"é\u{202e}\u{1b}\n".repeat(n), "x")),
    shape("blank-lines", |n| front_end(&"\n".repeat(n * 4), "x")),
    shape("comment-lines", |n| front_end(&"// new WebSocket(x)\n".repeat(n), "x")),
];
