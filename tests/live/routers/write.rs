//! The trees of routers as source code of each framework.

use std::fmt::Write as _;

use super::grow::{Joins, Router, Spelling, whole_prefix};

/// A framework whose routing is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Flask,
    FastApi,
    Starlette,
    Aiohttp,
    Django,
    Express,
    Nest,
    Fastify,
}

/// All of them.
pub const KINDS: [Kind; 8] = [
    Kind::Flask,
    Kind::FastApi,
    Kind::Starlette,
    Kind::Aiohttp,
    Kind::Django,
    Kind::Express,
    Kind::Nest,
    Kind::Fastify,
];

impl Kind {
    pub fn spelling(self) -> Spelling {
        match self {
            Self::Flask => Spelling {
                paths: &[
                    "/",
                    "/items",
                    "/items/",
                    "/items/<id>",
                    "/items/<int:id>/",
                    "/files/<path:rest>",
                    "/a/b",
                    "/<name>",
                ],
                own: &["/api", "/api/", "/v1/x", "/<tenant>"],
                given: &["/api", "/v2/", "/projects"],
                methods: &["GET", "GET", "POST", "DELETE"],
                joins: Joins::Replaced,
            },
            Self::FastApi => Spelling {
                paths: &[
                    "/",
                    "",
                    "/items",
                    "/items/",
                    "/items/{id}",
                    "/items/{id:int}/",
                    "/files/{rest:path}",
                    "/a/b",
                    "/{name}",
                ],
                own: &["/api", "/v1/x", "/{tenant}"],
                given: &["/api", "/v2", "/projects"],
                methods: &["GET", "GET", "POST", "DELETE"],
                joins: Joins::All,
            },
            Self::Starlette => Spelling {
                paths: &[
                    "/",
                    "/items",
                    "/items/",
                    "/items/{id}",
                    "/items/{id:int}/",
                    "/files/{rest:path}",
                    "/a/b",
                    "/{name}",
                ],
                own: &[],
                given: &["/api", "/api/", "/v1/x", "/{tenant}", ""],
                methods: &["GET", "GET", "POST", "DELETE"],
                joins: Joins::All,
            },
            Self::Aiohttp => Spelling {
                paths: &[
                    "/",
                    "/items",
                    "/items/",
                    "/items/{id}",
                    "/items/{id:\\d+}/",
                    "/files/{rest:.*}",
                    "/a/b",
                    "/{name}",
                ],
                own: &[],
                given: &["/api", "/api/", "/v1/x"],
                methods: &["GET", "GET", "POST", "DELETE"],
                joins: Joins::All,
            },
            Self::Django => Spelling {
                paths: &[
                    "",
                    "items",
                    "items/",
                    "items/<id>/",
                    "items/<int:id>/",
                    "files/<path:rest>",
                    "a/b/",
                    "<slug:name>/",
                ],
                own: &[],
                given: &["api/", "api", "v1/x/", "<slug:tenant>/", ""],
                methods: &["ALL"],
                joins: Joins::All,
            },
            Self::Express => Spelling {
                paths: &["/", "/items", "/items/", "/items/:id", "/files/*rest", "/a/b", "/:name", "/items{/:id}"],
                own: &[],
                given: &["/api", "/api/", "/v1/x", "/:tenant", "/"],
                methods: &["GET", "GET", "POST", "DELETE", "ALL"],
                joins: Joins::All,
            },
            Self::Fastify => Spelling {
                paths: &[
                    "/",
                    "/items",
                    "/items/",
                    "/items/:id",
                    "/files/*",
                    "/a/b",
                    "/:name",
                    "/items/:from-:to",
                    "/Shop",
                ],
                own: &[],
                given: &["/api", "/api/", "/v1/x", "/:tenant"],
                methods: &["GET", "POST", "PUT", "DELETE"],
                joins: Joins::All,
            },
            Self::Nest => Spelling {
                paths: &["", "/", "items", "/items", "items/", "items/:id", "files/*rest", "a/b", ":name"],
                own: &["api", "/api", "/api/", "v1/x", ":tenant", "/"],
                given: &[],
                methods: &["GET", "GET", "POST", "DELETE", "ALL"],
                joins: Joins::Flat,
            },
        }
    }

    /// The file with the application.
    pub fn file(self) -> &'static str {
        match self {
            Self::Django => "project/urls.py",
            Self::Express | Self::Fastify => "app.js",
            Self::Nest => "src/main.ts",
            _ => "app.py",
        }
    }

    /// The other files of the back end, as a project has them.
    pub fn project(self) -> Vec<(&'static str, String)> {
        let python = |packages: &str| vec![("requirements.txt", packages.to_owned())];
        match self {
            Self::Flask => python("flask==3.1.0\n"),
            Self::FastApi => python("fastapi==0.115.0\nuvicorn==0.30.6\n"),
            Self::Starlette => python("starlette==0.38.6\nuvicorn==0.30.6\n"),
            Self::Aiohttp => python("aiohttp==3.11.10\n"),
            Self::Django => {
                let mut files = python("django==5.1.4\n");
                files.push((
                    "manage.py",
                    "import os\nfrom django.core.management import execute_from_command_line\n\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"project.settings\")\nexecute_from_command_line()\n".to_owned(),
                ));
                files.push((
                    "project/wsgi.py",
                    "import os\n\nfrom django.core.wsgi import get_wsgi_application\n\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"project.settings\")\napplication = get_wsgi_application()\n".to_owned(),
                ));
                files.push((
                    "project/settings.py",
                    "SECRET_KEY = \"x\"\nALLOWED_HOSTS = [\"*\"]\nROOT_URLCONF = \"project.urls\"\nMIDDLEWARE = [\"django.middleware.common.CommonMiddleware\"]\nWSGI_APPLICATION = \"project.wsgi.application\"\n".to_owned(),
                ));
                files
            }
            Self::Nest => vec![(
                "package.json",
                "{ \"dependencies\": { \"@nestjs/common\": \"11.1.6\", \"@nestjs/core\": \"11.1.6\", \"@nestjs/platform-express\": \"11.1.6\" } }\n".to_owned(),
            )],
            Self::Fastify => vec![("package.json", "{ \"dependencies\": { \"fastify\": \"5.6.1\" } }\n".to_owned())],
            Self::Express => vec![("package.json", "{ \"dependencies\": { \"express\": \"5.1.0\" } }\n".to_owned())],
        }
    }

    /// How compose starts it.
    pub fn command(self) -> &'static str {
        match self {
            Self::Flask => "flask --app app run --host 0.0.0.0 --port 8000",
            Self::FastApi | Self::Starlette => "uvicorn app:app --host 0.0.0.0 --port 8000",
            Self::Aiohttp => "python app.py",
            Self::Django => "python manage.py runserver 0.0.0.0:8000",
            Self::Express | Self::Fastify => "node app.js",
            Self::Nest => "node dist/main.js",
        }
    }

    /// The source of the application.
    pub fn source(self, root: &Router) -> String {
        let mut writer = Writer { kind: self, text: String::new(), names: 0 };
        writer.whole(root);
        writer.text
    }
}

struct Writer {
    kind: Kind,
    text: String,
    names: usize,
}

impl Writer {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn name(&mut self, of: &str) -> String {
        self.names += 1;
        format!("{of}{}", self.names)
    }

    fn whole(&mut self, root: &Router) {
        match self.kind {
            Kind::Flask => {
                self.line("from flask import Blueprint, Flask\n\napp = Flask(__name__, static_folder=None)");
                self.flask("app", root);
            }
            Kind::FastApi => {
                self.line("from fastapi import APIRouter, FastAPI\n\napp = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)");
                self.fastapi("app", root);
            }
            Kind::Starlette => {
                self.line("from starlette.applications import Starlette\nfrom starlette.responses import PlainTextResponse\nfrom starlette.routing import Mount, Route\n");
                let routes = self.starlette(root);
                self.line(&format!("app = Starlette(routes={routes})"));
            }
            Kind::Aiohttp => {
                self.line("from aiohttp import web\n\napp = web.Application()");
                self.aiohttp("app", root);
                self.line("if __name__ == \"__main__\":\n    web.run_app(app, host=\"0.0.0.0\", port=8000)");
            }
            Kind::Django => {
                self.line("from django.http import HttpResponse\nfrom django.urls import include, path\n\n\ndef view(request, **rest):\n    return HttpResponse(\"yes\")\n\n");
                let patterns = self.django(root);
                self.line(&format!("urlpatterns = {patterns}"));
            }
            Kind::Nest => {
                self.line("import { All, Controller, Delete, Get, Module, Post } from '@nestjs/common';\nimport { NestFactory } from '@nestjs/core';\n");
                let module = self.nest(root);
                let prefix = whole_prefix(root)
                    .map(|prefix| format!("  app.setGlobalPrefix('{prefix}');\n"))
                    .unwrap_or_default();
                self.line(&format!("async function bootstrap() {{\n  const app = await NestFactory.create({module});\n{prefix}  await app.listen(process.env.PORT ?? 8000);\n}}\n\nbootstrap();"));
            }
            Kind::Fastify => {
                self.line("const fastify = require('fastify');\n\nconst app = fastify();");
                self.fastify("app", root);
                self.line("module.exports = app;\nif (require.main === module) {\n  app.listen({ port: 8000, host: '0.0.0.0' });\n}");
            }
            Kind::Express => {
                self.line("const express = require('express');\n\nconst app = express();");
                self.express("app", root);
                self.line("module.exports = app;\nif (require.main === module) {\n  app.listen(8000);\n}");
            }
        }
    }

    fn flask(&mut self, name: &str, router: &Router) {
        for leaf in &router.leaves {
            let view = self.name("view");
            let (path, method) = (leaf.path, leaf.method);
            self.line(&format!(
                "\n@{name}.route(\"{path}\", methods=[\"{method}\"])\ndef {view}(**rest):\n    return \"yes\"\n"
            ));
        }
        for child in &router.below {
            let below = self.name("part");
            let own = child.own.map(|own| format!(", url_prefix=\"{own}\"")).unwrap_or_default();
            self.line(&format!("{below} = Blueprint(\"{below}\", __name__{own})"));
            self.flask(&below, child);
            let given = child.given.map(|given| format!(", url_prefix=\"{given}\"")).unwrap_or_default();
            self.line(&format!("{name}.register_blueprint({below}{given})"));
        }
    }

    fn fastapi(&mut self, name: &str, router: &Router) {
        // the framework refuses a route without prefix and path
        let bare = name != "app" && (router.own.is_some() || router.given.is_some());
        for leaf in router.leaves.iter().filter(|leaf| bare || !leaf.path.is_empty()) {
            let view = self.name("view");
            let (path, method) = (leaf.path, leaf.method.to_lowercase());
            self.line(&format!("\n@{name}.{method}(\"{path}\")\ndef {view}():\n    return \"yes\"\n"));
        }
        for child in &router.below {
            let below = self.name("part");
            let own = child.own.map(|own| format!("prefix=\"{own}\"")).unwrap_or_default();
            self.line(&format!("{below} = APIRouter({own})"));
            self.fastapi(&below, child);
            let given = child.given.map(|given| format!(", prefix=\"{given}\"")).unwrap_or_default();
            self.line(&format!("{name}.include_router({below}{given})"));
        }
    }

    fn starlette(&mut self, router: &Router) -> String {
        let mut routes = Vec::new();
        for leaf in &router.leaves {
            let view = self.name("view");
            self.line(&format!("async def {view}(request):\n    return PlainTextResponse(\"yes\")\n\n"));
            routes.push(format!("Route(\"{}\", {view}, methods=[\"{}\"])", leaf.path, leaf.method));
        }
        for child in &router.below {
            let below = self.starlette(child);
            routes.push(format!("Mount(\"{}\", routes={below})", child.given.unwrap_or("/part")));
        }
        let name = self.name("routes");
        self.line(&format!("{name} = [{}]", routes.join(", ")));
        name
    }

    fn aiohttp(&mut self, name: &str, router: &Router) {
        for leaf in &router.leaves {
            let view = self.name("view");
            let (path, method) = (leaf.path, leaf.method.to_lowercase());
            self.line(&format!("async def {view}(request):\n    return web.Response(text=\"yes\")\n\n"));
            self.line(&format!("{name}.router.add_{method}(r\"{path}\", {view})"));
        }
        for child in &router.below {
            let below = self.name("part");
            self.line(&format!("{below} = web.Application()"));
            self.aiohttp(&below, child);
            self.line(&format!("{name}.add_subapp(\"{}\", {below})", child.given.unwrap_or("/part")));
        }
    }

    fn django(&mut self, router: &Router) -> String {
        let mut patterns = Vec::new();
        for leaf in &router.leaves {
            patterns.push(format!("path(\"{}\", view)", leaf.path));
        }
        for child in &router.below {
            let below = self.django(child);
            patterns.push(format!("path(\"{}\", include({below}))", child.given.unwrap_or("part/")));
        }
        let name = self.name("patterns");
        self.line(&format!("{name} = [{}]", patterns.join(", ")));
        name
    }

    fn express(&mut self, name: &str, router: &Router) {
        for leaf in &router.leaves {
            let (path, method) = (leaf.path, leaf.method.to_lowercase());
            let _ = writeln!(self.text, "{name}.{method}('{path}', (req, res) => res.send('yes'));");
        }
        for child in &router.below {
            let below = self.name("part");
            self.line(&format!("const {below} = express.Router();"));
            self.express(&below, child);
            let given = child.given.map(|given| format!("'{given}', ")).unwrap_or_default();
            self.line(&format!("{name}.use({given}{below});"));
        }
    }
    fn fastify(&mut self, name: &str, router: &Router) {
        for leaf in &router.leaves {
            let (path, method) = (leaf.path, leaf.method.to_lowercase());
            self.line(&format!("{name}.{method}('{path}', async () => 'yes');"));
        }
        for child in &router.below {
            let below = self.name("part");
            let instance = self.name("instance");
            self.line(&format!("async function {below}({instance}, options) {{"));
            self.fastify(&instance, child);
            self.line("}");
            let given = child.given.map(|given| format!(", {{ prefix: '{given}' }}")).unwrap_or_default();
            self.line(&format!("{name}.register({below}{given});"));
        }
    }

    /// A module with one controller, and those of the routers below; the name of the module.
    fn nest(&mut self, router: &Router) -> String {
        let below: Vec<String> = router.below.iter().map(|child| self.nest(child)).collect();
        let (controller, module) = (self.name("Controller"), self.name("Module"));
        let own = router.own.map(|own| format!("'{own}'")).unwrap_or_default();
        self.line(&format!("@Controller({own})\nclass {controller} {{"));
        for leaf in &router.leaves {
            let method = self.name("answer");
            let verb = format!("{}{}", &leaf.method[..1], leaf.method[1..].to_lowercase());
            let path = if leaf.path.is_empty() { String::new() } else { format!("'{}'", leaf.path) };
            self.line(&format!("  @{verb}({path})\n  {method}() {{\n    return 'yes';\n  }}"));
        }
        self.line(&format!(
            "}}\n\n@Module({{ imports: [{}], controllers: [{controller}] }})\nclass {module} {{}}\n",
            below.join(", ")
        ));
        module
    }
}
