//! Many small files, and how they lead to each other.

use super::{Files, Shape, fastapi, file, front_end, lines, shape};

pub const SHAPES: &[Shape] = &[
    shape("files-import-chain", |n| {
        modules(n, |i| {
            format!(
                "import {{ x{} }} from './m{}';\nexport const x{i} = x{};\nnew WebSocket(x{i});\n",
                i + 1,
                i + 1,
                i + 1
            )
        })
    }),
    shape("files-import-cycle", |n| {
        modules(n, |i| {
            format!(
                "import {{ x{} }} from './m{}';\nexport const x{i} = x{};\nnew WebSocket(x{i});\n",
                (i + 1) % n,
                (i + 1) % n,
                (i + 1) % n
            )
        })
    }),
    shape("files-import-star", |n| {
        let mut files = modules(n, |_| "import { x } from './hub';\nnew WebSocket(x);\n".to_owned());
        files.push(file("web/src/hub.ts", "export const x = 'ws://h';\n"));
        files
    }),
    shape("files-hub-imports-all", |n| {
        let mut files = modules(n, |i| format!("export const x{i} = 'ws://h/{i}';\n"));
        files.push(file(
            "web/src/hub.ts",
            lines(n, |i| format!("import {{ x{i} }} from './m{i}';\nnew WebSocket(x{i});")),
        ));
        files
    }),
    shape("files-barrel", |n| {
        let mut files = modules(n, |i| {
            format!(
                "import {{ x{} }} from './index';\nexport const x{i} = 'ws://h/{i}';\nnew WebSocket(x{});\n",
                (i + 1) % n,
                (i + 1) % n
            )
        });
        files.push(file("web/src/index.ts", lines(n, |i| format!("export * from './m{i}';"))));
        files
    }),
    shape("files-re-export-chain", |n| {
        modules(n, |i| {
            format!(
                "export * from './m{}';\nexport const x{i} = 1;\nimport {{ y }} from './m{}';\nnew WebSocket(y);\n",
                i + 1,
                i + 1
            )
        })
    }),
    shape("files-re-export-cycle", |n| {
        modules(n, |i| {
            format!(
                "export * from './m{}';\nimport {{ y }} from './m{}';\nnew WebSocket(y);\n",
                (i + 1) % n,
                (i + 1) % n
            )
        })
    }),
    shape("files-sockets", |n| modules(n, |i| format!("new WebSocket('ws://localhost:8000/{i}');\n"))),
    shape("files-fetches-and-api", |n| {
        let mut files = modules(n, |i| format!("fetch('http://localhost:8000/api/{i}');\n"));
        files.extend(fastapi(&lines(n, |i| format!("@app.get('/api/{i}')\nasync def f{i}(): return 1"))));
        files
    }),
    shape("files-python-routers", |n| {
        let mut files =
            fastapi(&lines(n, |i| format!("from routers.r{i} import router as r{i}\napp.include_router(r{i})")));
        files.push(file("api/routers/__init__.py", ""));
        files.extend((0..n).map(|i| {
            file(
                &format!("api/routers/r{i}.py"),
                format!(
                    "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/{i}')\ndef f(): return 1\n"
                ),
            )
        }));
        files
    }),
    shape("files-python-chain", |n| {
        let mut files = fastapi("from m0 import x0\napp.add_middleware(CORSMiddleware, allow_origins=[x0])\n");
        files.extend(
            (0..n).map(|i| {
                file(&format!("api/m{i}.py"), format!("from m{} import x{}\nx{i} = x{}\n", i + 1, i + 1, i + 1))
            }),
        );
        files
    }),
    shape("files-python-star-cycle", |n| {
        (0..n)
            .map(|i| {
                file(
                    &format!("api/m{i}.py"),
                    format!(
                        "from fastapi import FastAPI\nfrom m{} import *\napp = FastAPI()\napp.mount('/', y)\n",
                        (i + 1) % n
                    ),
                )
            })
            .collect()
    }),
    shape("files-python-apps", |n| {
        (0..n)
            .map(|i| {
                file(
                    &format!("s{i}/app.py"),
                    "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/a')\ndef f(): return 1\n",
                )
            })
            .collect()
    }),
    shape("files-env", |n| (0..n).map(|i| file(&format!("d{i}/.env"), format!("A{i}=http://h/\nB=c\n"))).collect()),
    shape("files-env-one-folder", |n| {
        let mut files = front_end("", "import.meta.env.VITE_A");
        files.extend((0..n).map(|i| file(&format!("web/.env.m{i}"), format!("VITE_A=ws://h/{i}\n"))));
        files
    }),
    shape("files-env-and-reads", |n| {
        let mut files = front_end(&lines(n, |i| format!("new WebSocket(import.meta.env.VITE_A{i});")), "x");
        files.extend((0..n).map(|i| file(&format!("web/.env.m{i}"), format!("VITE_A{i}=ws://h/{i}\n"))));
        files
    }),
    shape("files-packages", |n| {
        (0..n).flat_map(|i| [file(&format!("packages/p{i}/package.json"), format!("{{\"name\": \"@a/p{i}\", \"scripts\": {{\"dev\": \"vite --port {}\"}}, \"dependencies\": {{\"vite\": \"5\"}}}}", 1024 + i)), file(&format!("packages/p{i}/src/a.ts"), "new WebSocket(import.meta.env.VITE_A);\n".to_owned())]).collect()
    }),
    shape("files-packages-only", |n| {
        (0..n)
            .map(|i| {
                file(
                    &format!("packages/p{i}/package.json"),
                    format!("{{\"name\": \"@a/p{i}\", \"scripts\": {{\"start\": \"node a.js\"}}}}"),
                )
            })
            .collect()
    }),
    shape("files-packages-nested", |n| {
        (0..n.min(400))
            .map(|i| {
                file(
                    &format!("{}package.json", "p/".repeat(i)),
                    format!("{{\"name\": \"p{i}\", \"dependencies\": {{\"vite\": \"5\"}}}}"),
                )
            })
            .chain([file(&format!("{}a.ts", "p/".repeat(n.min(400))), "import x from '@z/y';\nnew WebSocket(x);\n")])
            .collect()
    }),
    shape("files-servers", |n| {
        (0..n)
            .flat_map(|i| {
                [
                    file(&format!("s{i}/package.json"), "{\"dependencies\": {\"express\": \"4\"}}".to_owned()),
                    file(
                        &format!("s{i}/server.js"),
                        format!(
                            "const app = require('express')();\napp.get('/a', (q, s) => s.end());\napp.listen({});\n",
                            1024 + i
                        ),
                    ),
                ]
            })
            .collect()
    }),
    shape("files-servers-and-calls", |n| {
        (0..n)
            .flat_map(|i| {
                [
                    file(&format!("s{i}/package.json"), "{\"dependencies\": {\"express\": \"4\"}}".to_owned()),
                    file(
                        &format!("s{i}/server.js"),
                        format!(
                            "const app = require('express')();\napp.get('/a', (q, s) => s.end());\napp.listen({});\n",
                            1024 + i
                        ),
                    ),
                    file(&format!("w{i}/package.json"), "{\"dependencies\": {\"vite\": \"5\"}}".to_owned()),
                    file(&format!("w{i}/src/a.ts"), format!("fetch('http://localhost:{}/a');\n", 1024 + i)),
                ]
            })
            .collect()
    }),
    shape("files-tsconfig-chain", |n| {
        let mut files = front_end(&lines(n, |i| format!("import {{ x }} from '@p{i}/a';")), "x");
        files
            .extend((0..n).map(|i| file(&format!("web/t{i}.json"), format!("{{\"extends\": \"./t{}.json\"}}", i + 1))));
        files.push(file("web/tsconfig.json", "{\"extends\": \"./t0.json\"}"));
        files
    }),
    shape("files-html", |n| {
        (0..n).map(|i| file(&format!("p{i}.html"), format!("<script>new WebSocket('ws://h/{i}')</script>"))).collect()
    }),
    shape("files-html-and-scripts", |n| {
        (0..n)
            .flat_map(|i| {
                [
                    file(&format!("p{i}.html"), format!("<script src='js/a{i}.js'></script>")),
                    file(&format!("js/a{i}.js"), format!("new WebSocket('ws://' + location.host + '/{i}');\n")),
                ]
            })
            .collect()
    }),
    shape("files-vite-configs", |n| {
        (0..n)
            .flat_map(|i| {
                [
                    file(&format!("p{i}/package.json"), "{\"dependencies\": {\"vite\": \"5\"}}".to_owned()),
                    file(
                        &format!("p{i}/vite.config.ts"),
                        format!(
                            "export default {{ server: {{ port: {}, proxy: {{ '/api': 'http://localhost:8000' }} }} }}",
                            1024 + i
                        ),
                    ),
                    file(&format!("p{i}/src/a.ts"), "fetch('/api/x');\n".to_owned()),
                ]
            })
            .collect()
    }),
    shape("files-nothing", |n| (0..n).map(|i| file(&format!("d{}/x{i}.txt", i % 100), "a\n")).collect()),
];

fn modules(n: usize, text: impl Fn(usize) -> String) -> Files {
    let mut files = front_end("", "x");
    files.extend((0..n).map(|i| file(&format!("web/src/m{i}.ts"), text(i))));
    files
}
