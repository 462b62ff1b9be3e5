//! Values that are made out of values.

use super::{Files, Shape, fastapi, file, front_end, lines, shape};

pub const SHAPES: &[Shape] = &[
    shape("dockerfile-env-doubling", |n| docker_doubling("ENV", n)),
    shape("dockerfile-arg-doubling", |n| docker_doubling("ARG", n)),
    shape("dockerfile-env-appending", |n| {
        let text = lines(n, |_| "ENV VITE_A=$VITE_A/x".to_owned());
        with_dockerfile(&format!("FROM node\nENV VITE_A=ws://h\n{text}"))
    }),
    shape("env-file-doubling", |n| {
        let text = lines(n, |i| format!("VITE_A{}=${{VITE_A{i}}}${{VITE_A{i}}}", i + 1));
        let mut files = front_end("", &format!("import.meta.env.VITE_A{n}"));
        files.push(file("web/.env", format!("VITE_A0=xx\n{text}")));
        files
    }),
    shape("env-file-fan", |n| {
        let text = lines(n, |i| format!("VITE_A{}={}", i + 1, format!("${{VITE_A{i}}}").repeat(8)));
        let mut files = front_end("", &format!("import.meta.env.VITE_A{n}"));
        files.push(file("web/.env", format!("VITE_A0=xx\n{text}")));
        files
    }),
    shape("env-file-one-value-many-references", |n| {
        let mut files = front_end("", "import.meta.env.VITE_B");
        files.push(file("web/.env", format!("VITE_A={}\nVITE_B={}\n", "x".repeat(n), "$VITE_A".repeat(n))));
        files
    }),
    shape("compose-env-doubling", |n| {
        let text = lines(n, |i| format!("A{}=${{A{i}}}${{A{i}}}", i + 1));
        vec![
            file(".env", format!("A0=xx\n{text}")),
            file(
                "compose.yml",
                format!("services:\n  web:\n    image: nginx\n    environment:\n      VITE_A: ${{A{n}}}\n"),
            ),
        ]
    }),
    shape("compose-value-many-references", |n| {
        vec![
            file(".env", format!("A={}\n", "x".repeat(n))),
            file(
                "compose.yml",
                format!(
                    "services:\n  web:\n    image: nginx\n    environment:\n      VITE_A: \"{}\"\n",
                    "${A}".repeat(n)
                ),
            ),
        ]
    }),
    shape("replace-doubling", |n| front_end("", &format!("'ws://h/a'{}", ".replace(/a/g, 'aa')".repeat(n.min(60))))),
    shape("replace-all-doubling", |n| {
        front_end("", &format!("'ws://h/a'{}", ".replaceAll('a', 'aa')".repeat(n.min(60))))
    }),
    shape("replace-over-consts", |n| chain(n, |last| format!("{last}.replace(/a/g, 'aa')"))),
    shape("replace-long-by-long", |n| {
        front_end(&format!("const a = '{}';\nconst b = '{}';", "a".repeat(n), "b".repeat(n)), "a.replace(/a/g, b)")
    }),
    shape("concat-doubling", |n| chain(n, |last| format!("{last} + {last}"))),
    shape("template-doubling", |n| chain(n, |last| format!("`${{{last}}}${{{last}}}`"))),
    shape("join-doubling", |n| chain(n, |last| format!("[{last}, {last}].join({last})"))),
    shape("list-doubling", |n| {
        let text = lines(n, |i| format!("const a{} = [...a{i}, ...a{i}];", i + 1));
        front_end(&format!("const a0 = ['ws://h', 'b'];\n{text}"), &format!("a{n}.join('/')"))
    }),
    shape("list-doubling-in-one", |n| {
        let mut inner = "'a'".to_owned();
        for _ in 0..n.min(30) {
            inner = format!("[...[{inner}], ...[{inner}]]").chars().take(100_000).collect();
        }
        front_end("", &format!("{inner}.join('/')"))
    }),
    shape("split-join-doubling", |n| chain(n, |last| format!("{last}.split('a').join('aa')"))),
    shape("split-map-join", |n| chain(n, |last| format!("{last}.split('a').map((x) => x + 'a' + x).join('a')"))),
    shape("encode-growing", |n| chain(n, |last| format!("encodeURIComponent({last})"))),
    shape("repeat-growing", |n| chain(n, |last| format!("{last}.repeat(9)"))),
    shape("pad-growing", |n| chain(n, |last| format!("{last}.padEnd(1000000000, 'x')"))),
    shape("url-growing", |n| chain(n, |last| format!("new URL({last}, 'http://h/').href + {last}"))),
    shape("object-doubling", |n| {
        let text = lines(n, |i| format!("const a{} = {{ x: a{i}, y: a{i} }};", i + 1));
        front_end(&format!("const a0 = 'ws://h';\n{text}"), &format!("JSON.stringify(a{n})"))
    }),
    shape("choice-doubling", |n| chain(n, |last| format!("c ? {last} + 'a' : {last} + 'b'"))),
    shape("or-chain", |n| {
        front_end("", &(0..n).map(|i| format!("x{i} || ")).chain(["'a'".to_owned()]).collect::<String>())
    }),
    shape("ternary-chain", |n| {
        front_end(
            "",
            &(0..n).map(|i| format!("c{i} ? 'ws://h/{i}' :\n ")).chain(["'a'".to_owned()]).collect::<String>(),
        )
    }),
    shape("python-concat-doubling", |n| python_chain(n, |last| format!("{last} + {last}"))),
    shape("python-replace-doubling", |n| python_chain(n, |last| format!("{last}.replace('a', 'aa')"))),
    shape("python-join-doubling", |n| python_chain(n, |last| format!("{last}.join([{last}, {last}])"))),
    shape("python-multiply", |n| python_chain(n, |last| format!("{last} * 1000"))),
    shape("python-list-doubling", |n| {
        let text = lines(n, |i| format!("a{} = a{i} + a{i}", i + 1));
        fastapi(&format!("a0 = ['http://h']\n{text}app.add_middleware(CORSMiddleware, allow_origins=a{n})\n"))
    }),
    shape("python-format-doubling", |n| python_chain(n, |last| format!("f'{{{last}}}{{{last}}}'"))),
    shape("python-list-appending", |n| {
        let text = lines(n, |i| format!("origins.append('http://h{i}')"));
        fastapi(&format!("origins = []\n{text}app.add_middleware(CORSMiddleware, allow_origins=origins)\n"))
    }),
];

fn docker_doubling(word: &str, n: usize) -> Files {
    let text = lines(n, |i| format!("{word} VITE_A{}=$VITE_A{i}$VITE_A{i}", i + 1));
    with_dockerfile(&format!("FROM node\n{word} VITE_A0=ws://h\n{text}"))
}

fn with_dockerfile(text: &str) -> Files {
    let mut files = front_end("", "import.meta.env.VITE_A9");
    files.push(file("web/Dockerfile", format!("{text}RUN npm run build\n")));
    files.push(file("compose.yml", "services:\n  web:\n    build: web\n"));
    files
}

/// `const a1 = f(a0)` and so on.
fn chain(n: usize, next: impl Fn(&str) -> String) -> Files {
    let text = lines(n, |i| format!("const a{} = {};", i + 1, next(&format!("a{i}"))));
    let near = n.min(40);
    front_end(&format!("const a0 = 'ws://h/a';\n{text}"), &format!("a{n});\nnew WebSocket(a{near}"))
}

fn python_chain(n: usize, next: impl Fn(&str) -> String) -> Files {
    let text = lines(n, |i| format!("a{} = {}", i + 1, next(&format!("a{i}"))));
    let near = n.min(40);
    fastapi(&format!("a0 = 'http://a'\n{text}app.add_middleware(CORSMiddleware, allow_origins=[a{n}, a{near}])\n"))
}
