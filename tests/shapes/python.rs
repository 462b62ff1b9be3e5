//! Many of one thing in Python programs.

use super::{Files, Shape, fastapi, file, front_end, lines, shape};

pub const SHAPES: &[Shape] = &[
    shape("fastapi-routes", |n| fastapi(&lines(n, |i| format!("@app.get('/api/{i}')\nasync def f{i}(): return 1")))),
    shape("fastapi-routes-again-behind-nginx", |n| {
        let mut files = fastapi(&lines(n, |_| "@app.get('/api/x')\nasync def f(): return 1".to_owned()));
        files.push(file(
            "docker-compose.yml",
            "services:\n  app:\n    build: ./api\n  web:\n    image: nginx\n\
             \x20   ports: ['80:80']\n    volumes: ['./app.conf:/etc/nginx/conf.d/default.conf']\n",
        ));
        files.push(file(
            "app.conf",
            "server {\n  listen 80;\n  location / {\n    add_header Access-Control-Allow-Origin https://a.example.com;\n\
             \x20   proxy_pass http://app:8000;\n  }\n}\n",
        ));
        files
    }),
    shape("fastapi-sockets", |n| {
        fastapi(&lines(n, |i| {
            format!("@app.websocket('/ws/{i}')\nasync def f{i}(s: WebSocket):\n    await s.accept()")
        }))
    }),
    shape("fastapi-sockets-and-calls", |n| {
        let mut files =
            fastapi(&lines(n, |i| format!("@app.websocket('/ws/{i}/{{a}}')\nasync def f{i}(s): await s.accept()")));
        files.extend(front_end(&lines(n, |i| format!("new WebSocket('ws://localhost:8000/ws/{i}/x');")), "x"));
        files
    }),
    shape("fastapi-routers", |n| {
        fastapi(&lines(n, |i| {
            format!("r{i} = APIRouter(prefix='/r{i}')\n@r{i}.get('/x')\ndef g{i}(): return 1\napp.include_router(r{i})")
        }))
    }),
    shape("fastapi-router-chain", |n| {
        fastapi(&format!(
            "r0 = APIRouter()\napp.include_router(r0)\n{}",
            lines(n, |i| format!(
                "r{} = APIRouter()\n@r{}.get('/x')\ndef g{i}(): return 1\nr{i}.include_router(r{}, prefix='/x')",
                i + 1,
                i + 1,
                i + 1
            ))
        ))
    }),
    shape("fastapi-one-router-many-times", |n| {
        fastapi(&format!(
            "r = APIRouter()\n{}{}",
            lines(n, |i| format!("@r.get('/x{i}')\ndef g{i}(): return 1")),
            lines(n, |i| format!("app.include_router(r, prefix='/p{i}')"))
        ))
    }),
    shape("fastapi-cors-list", |n| {
        fastapi(&format!(
            "app.add_middleware(CORSMiddleware, allow_origins=[\n{}])\n",
            lines(n, |i| format!("'https://h{i}.example.com',"))
        ))
    }),
    shape("fastapi-cors-many", |n| {
        fastapi(&lines(n, |i| {
            format!("app.add_middleware(CORSMiddleware, allow_origins=['https://h{i}.example.com'])")
        }))
    }),
    shape("fastapi-cors-list-with-faults", |n| {
        fastapi(&format!(
            "app.add_middleware(CORSMiddleware, allow_origins=[\n{}])\n",
            lines(n, |i| format!("'https://h{i}.example.com/',"))
        ))
    }),
    shape("fastapi-apps", |n| fastapi(&lines(n, |i| format!("a{i} = FastAPI()\napp.mount('/m{i}', a{i})")))),
    shape("python-assignment-chain", |n| {
        fastapi(&format!(
            "x0 = 'http://h'\n{}app.add_middleware(CORSMiddleware, allow_origins=[x{n}])\n",
            lines(n, |i| format!("x{} = x{i}", i + 1))
        ))
    }),
    shape("python-assignments-of-one", |n| {
        fastapi(&format!(
            "x = 'http://h'\n{}app.add_middleware(CORSMiddleware, allow_origins=[x])\n",
            lines(n, |i| format!("x = x + '{i}'"))
        ))
    }),
    shape("python-assignments-plus", |n| {
        fastapi(&format!(
            "x = 'http://h'\n{}app.add_middleware(CORSMiddleware, allow_origins=[x])\n",
            lines(n, |i| format!("x += '{i}'"))
        ))
    }),
    shape("python-local-assignments", |n| {
        fastapi(&format!(
            "def f():\n    x = 'http://h'\n{}    return x\napp.add_middleware(CORSMiddleware, allow_origins=[f()])\n",
            lines(n, |i| format!("    x = x + '{i}'"))
        ))
    }),
    shape("python-chained-targets", |n| {
        fastapi(&format!(
            "{}'http://h'\napp.add_middleware(CORSMiddleware, allow_origins=[x0])\n",
            (0..n).map(|i| format!("x{i} = ")).collect::<String>()
        ))
    }),
    shape("python-tuple-targets", |n| {
        fastapi(&format!(
            "{} = {}\n",
            (0..n).map(|i| format!("x{i},")).collect::<String>(),
            (0..n).map(|i| format!("'{i}',")).collect::<String>()
        ))
    }),
    shape("python-ifs", |n| {
        fastapi(&format!(
            "x = 'http://h'\n{}app.add_middleware(CORSMiddleware, allow_origins=[x])\n",
            lines(n, |i| format!("if y{i}:\n    x = '{i}'"))
        ))
    }),
    shape("python-elifs", |n| {
        fastapi(&format!(
            "if y:\n    x = 'a'\n{}app.add_middleware(CORSMiddleware, allow_origins=[x])\n",
            lines(n, |i| format!("elif y{i}:\n    x = '{i}'"))
        ))
    }),
    shape("python-functions", |n| fastapi(&lines(n, |i| format!("def f{i}(x):\n    return x + '{i}'\n")))),
    shape("python-function-chain", |n| {
        fastapi(&format!(
            "def f0(x): return x\n{}app.add_middleware(CORSMiddleware, allow_origins=[f{n}('http://h')])\n",
            lines(n, |i| format!("def f{}(x): return f{i}(x)", i + 1))
        ))
    }),
    shape("python-classes", |n| {
        fastapi(&format!(
            "from pydantic_settings import BaseSettings\n{}",
            lines(n, |i| format!("class S{i}(BaseSettings):\n    u: str = 'http://h{i}'"))
        ))
    }),
    shape("python-settings-fields", |n| {
        fastapi(&format!(
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n{}s = S()\napp.add_middleware(CORSMiddleware, allow_origins=[{}])\n",
            lines(n, |i| format!("    u{i}: str = 'http://h{i}'")),
            lines(n, |i| format!("s.u{i},"))
        ))
    }),
    shape("python-settings-validators", |n| {
        fastapi(&format!(
            "from pydantic_settings import BaseSettings\nfrom pydantic import field_validator\nclass S(BaseSettings):\n    u: list = []\n{}s = S()\napp.add_middleware(CORSMiddleware, allow_origins=s.u)\n",
            lines(n, |i| format!("    @field_validator('u')\n    def v{i}(cls, v): return v"))
        ))
    }),
    shape("python-class-chain", |n| {
        fastapi(&format!(
            "class C0:\n    u = 'http://h'\n{}app.add_middleware(CORSMiddleware, allow_origins=[C{n}.u])\n",
            lines(n, |i| format!("class C{}(C{i}): pass", i + 1))
        ))
    }),
    shape("python-imports", |n| fastapi(&lines(n, |i| format!("from app.m{i} import x{i}")))),
    shape("python-import-names", |n| {
        let mut files = fastapi(&format!(
            "from names import ({})\napp.add_middleware(CORSMiddleware, allow_origins=[{}])\n",
            lines(n, |i| format!("x{i},")),
            lines(n, |i| format!("x{i},"))
        ));
        files.push(file("api/names.py", lines(n, |i| format!("x{i} = 'http://h{i}'"))));
        files
    }),
    shape("python-env-reads", |n| {
        fastapi(&format!("import os\n{}", lines(n, |i| format!("U{i} = os.getenv('U{i}', 'x')"))))
    }),
    shape("python-dict", |n| {
        fastapi(&format!(
            "d = {{\n{}}}\napp.add_middleware(CORSMiddleware, allow_origins=[d['k1']])\n",
            lines(n, |i| format!("'k{i}': 'http://h{i}',"))
        ))
    }),
    shape("python-sum", |n| {
        fastapi(&format!(
            "x = ('http://h'{})\napp.add_middleware(CORSMiddleware, allow_origins=[x])\n",
            "\n+ 'a'".repeat(n)
        ))
    }),
    shape("python-decorators", |n| {
        fastapi(&format!("{}def f(): return 1\n", lines(n, |i| format!("@app.get('/{i}')"))))
    }),
    shape("python-handler-steps", |n| {
        fastapi(&format!(
            "@app.websocket('/ws')\nasync def f(s):\n    await s.accept()\n{}",
            lines(n, |_| "    await s.send_text(await s.receive_text())".to_owned())
        ))
    }),
    shape("python-handler-ifs", |n| {
        fastapi(&format!(
            "@app.websocket('/ws')\nasync def f(s):\n{}    await s.accept()\n",
            lines(n, |i| format!("    if s.headers.get('origin') == 'http://h{i}': await s.close()"))
        ))
    }),
    shape("python-handler-calls", |n| {
        let chain = lines(n, |i| format!("async def g{}(s): await g{i}(s)", i + 1));
        fastapi(&format!(
            "async def g0(s): await s.accept()\n{chain}@app.websocket('/ws')\nasync def f(s):\n    await g{n}(s)\n"
        ))
    }),
    shape("python-handler-calls-twice", |n| {
        let chain = lines(n, |i| format!("async def g{}(s):\n    await g{i}(s)\n    await g{i}(s)", i + 1));
        fastapi(&format!(
            "async def g0(s): await s.accept()\n{chain}@app.websocket('/ws')\nasync def f(s):\n    await g{n}(s)\n"
        ))
    }),
    shape("flask-routes", |n| flask(&lines(n, |i| format!("@app.route('/api/{i}')\ndef f{i}(): return ''")))),
    shape("flask-blueprints", |n| {
        flask(&lines(n, |i| {
            format!(
                "b{i} = Blueprint('b{i}', __name__)\n@b{i}.route('/x')\ndef g{i}(): return ''\napp.register_blueprint(b{i}, url_prefix='/b{i}')"
            )
        }))
    }),
    shape("flask-cors", |n| {
        flask(&format!(
            "from flask_cors import CORS\nCORS(app, origins=[{}])\n",
            lines(n, |i| format!("'http://h{i}',"))
        ))
    }),
    shape("django-urls", |n| {
        django(&format!(
            "from django.urls import path\nurlpatterns = [\n{}]\n",
            lines(n, |i| format!("path('api/{i}/', view),"))
        ))
    }),
    shape("django-url-appends", |n| {
        django(&format!(
            "from django.urls import path\nurlpatterns = []\n{}",
            lines(n, |i| format!("urlpatterns += [path('api/{i}/', view)]"))
        ))
    }),
    shape("django-origins", |n| {
        let mut files = django("from django.urls import path\nurlpatterns = []\n");
        files.push(file(
            "site/config/settings.py",
            format!(
                "INSTALLED_APPS = ['corsheaders']\nCORS_ALLOWED_ORIGINS = [\n{}]\n",
                lines(n, |i| format!("'http://h{i}',"))
            ),
        ));
        files
    }),
    shape("aiohttp-routes", |n| {
        vec![file(
            "api/app.py",
            format!(
                "from aiohttp import web\napp = web.Application()\n{}web.run_app(app)\n",
                lines(n, |i| format!("app.router.add_get('/x/{i}', h)"))
            ),
        )]
    }),
    shape("tornado-routes", |n| {
        vec![file(
            "api/app.py",
            format!(
                "import tornado.web\napp = tornado.web.Application([\n{}])\napp.listen(8000)\n",
                lines(n, |i| format!("(r'/x/{i}', H),"))
            ),
        )]
    }),
    shape("websockets-servers", |n| {
        vec![file(
            "api/app.py",
            format!(
                "import websockets\nasync def h(s): pass\n{}",
                lines(n, |i| format!("websockets.serve(h, 'localhost', {})", 1000 + i))
            ),
        )]
    }),
    shape("python-options-of-the-command-line", |n| {
        let options = lines(n, |i| format!("parser.add_argument('--p{i}', type=int, default={})", 1_024 + i));
        let reads = lines(n, |i| format!("print(args.p{i})"));
        let given: String = (0..n).map(|i| format!(" --p{i} {}", 2_048 + i)).collect();
        let text = format!(
            "import argparse, uvicorn\nparser = argparse.ArgumentParser()\n{options}args = parser.parse_args()\n{reads}\
             def run(options):\n    uvicorn.run(app, port=options.p0)\nrun(args)\n"
        );
        let mut files = fastapi(&text);
        files.push(file(
            "compose.yml",
            format!("services:\n  api:\n    build: api\n    command: python app.py{given}\n"),
        ));
        files
    }),
    shape("uvicorn-runs", |n| {
        fastapi(&format!("import uvicorn\n{}", lines(n, |i| format!("uvicorn.run(app, port={})", 1000 + i))))
    }),
    shape("python-timers", |n| {
        fastapi(&format!(
            "@app.websocket('/ws')\nasync def f(s):\n    await s.accept()\n{}",
            lines(n, |_| "    await asyncio.sleep(30)\n    await s.send_text('ping')".to_owned())
        ))
    }),
    shape("python-broken-defs", |n| fastapi(&"def f(:\n".repeat(n))),
    shape("python-broken-brackets", |n| fastapi(&lines(n, |i| format!("x{i} = ((]")))),
    shape("python-open-brackets", |n| fastapi(&format!("x = {}", "(".repeat(n)))),
    shape("python-closed-brackets", |n| fastapi(&")\n".repeat(n))),
    shape("python-open-strings", |n| fastapi(&"x = 'a\n".repeat(n))),
    shape("python-broken-indents", |n| fastapi(&lines(n, |i| format!("{}x = 1", " ".repeat(i * 7 % 13))))),
    shape("python-growing-indents", |n| fastapi(&lines(n.min(2_000), |i| format!("{}if x:", " ".repeat(i))))),
    shape("python-words", |n| fastapi(&"a b c d\n".repeat(n))),
    shape("python-words-one-line", |n| fastapi(&"a b ".repeat(n))),
    shape("python-dots", |n| fastapi(&format!("x = a{}\n", ".b".repeat(n)))),
    shape("python-calls", |n| fastapi(&format!("x = a{}\n", "()".repeat(n)))),
    shape("python-colons", |n| fastapi(&":\n".repeat(n))),
    shape("python-lambdas", |n| fastapi(&format!("x = {}1\n", "lambda: ".repeat(n.min(4_000))))),
    shape("python-ats", |n| fastapi(&"@\n".repeat(n))),
    shape("python-fstrings", |n| fastapi(&"x = f'{a\n".repeat(n))),
];

fn flask(text: &str) -> Files {
    vec![
        file("api/requirements.txt", "flask\nflask-cors\n"),
        file("api/app.py", format!("from flask import Blueprint, Flask\napp = Flask(__name__)\n{text}")),
    ]
}

fn django(urls: &str) -> Files {
    vec![
        file("site/manage.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n"),
        file("site/config/settings.py", "ROOT_URLCONF = 'config.urls'\nCORS_ALLOWED_ORIGINS = ['http://h']\n"),
        file("site/config/urls.py", urls),
    ]
}
