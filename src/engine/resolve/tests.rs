//! What a demand leads to, over small repositories.

use std::sync::Arc;

use super::*;
use crate::base::{LineIndex, MemoryTree, Span, Tracking};
use crate::facts::{Ecosystem, Expr, ExprKind, Import, Manifest, Module, Mount, PathAliases, Stage};

struct Case {
    tree: MemoryTree,
    entries: BTreeMap<RepoPath, Entry>,
    files: BTreeMap<RepoPath, Arc<FileFacts>>,
}

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

fn facts(text: &str) -> FileFacts {
    let entry = Entry::classify(path(text), 0, Tracking::Tracked);
    FileFacts::new(entry.path, entry.kind, entry.role, entry.tracking, LineIndex::new(""))
}

fn case(paths: &[&str]) -> Case {
    let entry = |text: &&str| Entry::classify(path(text), 0, Tracking::Tracked);
    let entries = paths.iter().map(entry).map(|entry| (entry.path.clone(), entry)).collect();
    Case { tree: MemoryTree::from_files(paths.iter().map(|path| (*path, ""))), entries, files: BTreeMap::new() }
}

impl Case {
    fn with(mut self, facts: FileFacts) -> Self {
        self.files.insert(facts.path.clone(), Arc::new(facts));
        self
    }

    fn resolve(&self, from: &str, demand: &Demand) -> String {
        let mut resolver = Resolver::new(&self.tree, &self.entries, &self.files);
        show(resolver.resolve(&facts(from), demand))
    }
}

fn show(resolution: Resolution) -> String {
    match resolution {
        Resolution::Found(targets) => targets.iter().map(|target| target.path.as_str()).collect::<Vec<_>>().join(" "),
        Resolution::Outside => "outside".to_owned(),
        Resolution::Missing => "missing".to_owned(),
    }
}

#[test]
fn ecma_modules() {
    let mut config = facts("web/tsconfig.json");
    config.aliases = Some(Box::new(PathAliases {
        base_url: Some("./source".into()),
        paths: vec![("@lib/*".into(), vec!["lib/*".into()])],
        extends: None,
    }));
    let mut shared = facts("packages/shared/package.json");
    shared.manifest = Some(Box::new(Manifest {
        ecosystem: Ecosystem::Node,
        name: Some("@acme/shared".into()),
        dependencies: Vec::new(),
        scripts: Vec::new(),
        workspaces: Vec::new(),
        homepage: None,
        entry_points: vec!["dist/index.js".into()],
    }));
    let case = case(&[
        "app/package.json",
        "app/src/main.ts",
        "app/src/api/index.ts",
        "app/src/config.ts",
        "app/src/page.vue",
        "packages/shared/package.json",
        "packages/shared/src/index.ts",
        "packages/shared/src/urls.ts",
        "web/tsconfig.json",
        "web/source/lib/socket.ts",
        "web/source/env.ts",
        "web/node_modules/axios/index.js",
    ])
    .with(config)
    .with(shared);
    for (from, text, expected) in [
        ("app/src/main.ts", "./api", "app/src/api/index.ts"),
        ("app/src/main.ts", "./config.js", "app/src/config.ts"),
        ("app/src/main.ts", "./page.vue", "app/src/page.vue"),
        ("app/src/main.ts", "./gone", "missing"),
        ("app/src/main.ts", "../../../x", "missing"),
        ("app/src/main.ts", "@/config", "app/src/config.ts"),
        ("app/src/main.ts", "@/gone", "missing"),
        ("app/src/main.ts", "@api", "app/src/api/index.ts"),
        ("app/src/main.ts", "axios", "outside"),
        ("app/index.html", "/src/main.ts", "app/src/main.ts"),
        ("app/src/main.ts", "@acme/shared", "packages/shared/src/index.ts"),
        ("app/src/main.ts", "@acme/shared/urls", "packages/shared/src/urls.ts"),
        ("app/src/main.ts", "@acme/other", "outside"),
        ("web/source/app.ts", "@lib/socket", "web/source/lib/socket.ts"),
        ("web/source/app.ts", "env", "web/source/env.ts"),
    ] {
        assert_eq!(case.resolve(from, &Demand::EcmaModule(text.into())), expected, "{text} from {from}");
    }
}

#[test]
fn python_modules() {
    let case = case(&[
        "backend/main.py",
        "backend/app/__init__.py",
        "backend/app/core/config.py",
        "backend/app/api/ws.py",
        "lib/src/pkg/settings.py",
    ]);
    for (from, text, expected) in [
        ("backend/main.py", "app.core.config", "backend/app/core/config.py"),
        ("backend/app/api/ws.py", "app.core.config", "backend/app/core/config.py"),
        ("backend/app/api/ws.py", "..core.config", "backend/app/core/config.py"),
        ("backend/app/api/ws.py", ".gone", "missing"),
        ("backend/app/api/ws.py", "..core", "outside"),
        ("lib/run.py", "pkg.settings", "lib/src/pkg/settings.py"),
        ("backend/main.py", "fastapi", "outside"),
    ] {
        assert_eq!(case.resolve(from, &Demand::PythonModule(text.into())), expected, "{text} from {from}");
    }
    let mut from = facts("backend/app/api/ws.py");
    let import = |local: &str, module: &str| Import {
        local: local.into(),
        imported: local.into(),
        module: module.into(),
        span: Span::default(),
    };
    from.module = Some(Box::new(Module { imports: vec![import("config", "..core")], ..Module::default() }));
    let resolver = Resolver::new(&case.tree, &case.entries, &case.files);
    let found: Vec<String> = resolver.python_submodules(&from).into_iter().map(|(text, _)| text).collect();
    assert_eq!(found, ["..core.config"]);
}

#[test]
fn nginx_includes() {
    let case = case(&[
        "deploy/nginx/nginx.conf",
        "deploy/nginx/conf.d/a.conf",
        "deploy/nginx/conf.d/b.conf",
        "deploy/nginx/snippets/proxy.conf",
        "rootfs/usr/local/nginx/conf/nginx.conf",
        "rootfs/usr/local/nginx/conf/auth.conf",
    ]);
    for (from, text, expected) in [
        (
            "deploy/nginx/nginx.conf",
            "/etc/nginx/conf.d/*.conf",
            "deploy/nginx/conf.d/a.conf deploy/nginx/conf.d/b.conf",
        ),
        ("deploy/nginx/conf.d/a.conf", "snippets/proxy.conf", "deploy/nginx/snippets/proxy.conf"),
        ("deploy/nginx/nginx.conf", "/etc/letsencrypt/options.conf", "missing"),
        ("deploy/nginx/nginx.conf", "/srv/app/deploy/nginx/snippets/proxy.conf", "deploy/nginx/snippets/proxy.conf"),
        ("deploy/nginx/nginx.conf", "/srv/app/proxy.conf", "missing"),
        ("deploy/nginx/nginx.conf", "mime.types", "outside"),
        (
            "rootfs/usr/local/nginx/conf/nginx.conf",
            "/usr/local/nginx/conf/auth.conf",
            "rootfs/usr/local/nginx/conf/auth.conf",
        ),
    ] {
        assert_eq!(case.resolve(from, &Demand::NginxInclude(text.into())), expected, "{text} from {from}");
    }
}

#[test]
fn nginx_includes_follow_copies() {
    let text = |text: &str| Expr::new(Span::default(), ExprKind::Str(Arc::from(text)));
    let copy = |source: &str, target: &str| Mount {
        span: Span::default(),
        source: text(source),
        target: text(target),
        from_stage: None,
    };
    let stage = |copies| Stage {
        span: Span::default(),
        name: None,
        from: text("nginx:1.27"),
        args: Vec::new(),
        env: Vec::new(),
        copies,
        expose: Vec::new(),
        runs: Vec::new(),
        command: None,
        entrypoint: None,
        workdir: None,
    };
    let mut docker = facts("web/Dockerfile");
    let copies =
        vec![copy("main.conf", "/etc/nginx/nginx.conf"), copy("parts/headers", "/etc/nginx/snippets/headers.conf")];
    docker.dockerfile =
        Some(Box::new(crate::facts::Dockerfile { global_args: Vec::new(), stages: vec![stage(copies)] }));
    let case = case(&["web/Dockerfile", "web/main.conf", "web/parts/headers"]).with(docker);
    assert_eq!(case.resolve("web/main.conf", &Demand::NginxInclude("snippets/*.conf".into())), "web/parts/headers");
}
