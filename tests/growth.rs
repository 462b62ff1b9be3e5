//! Work grows with the input, not with its square. What is counted is the same in every run: expressions that the evaluator
//! looks at, and bytes that the whole run allocates, which is what copying and building too much comes to.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod shapes;

use std::alloc::System;
use std::sync::{Mutex, PoisonError};

use cap::Cap;
use shapes::{Files, Shape};
use wirelint::base::MemoryTree;
use wirelint::config::Config;
use wirelint::{Report, Settings, check};

/// Counts every byte that is asked for, on all threads.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// One run at a time: the allocator counts for all.
static ALONE: Mutex<()> = Mutex::new(());

const SMALL: usize = 150;
const LARGE: usize = 8 * SMALL;
/// Eight times the input may cost twelve times the work: sorting and searching add a little to each item.
const MOST_TIMES: u64 = 12;
/// What a run costs whatever it reads.
const FREE_BYTES: u64 = 2_000_000;
const FREE_STEPS: u64 = 1_000;

/// What a run cost.
#[derive(Clone, Copy, Debug)]
struct Cost {
    bytes: u64,
    steps: u64,
}

fn run(files: Files) -> (Cost, Option<Report>) {
    let tree = MemoryTree::from_files(files);
    let before = ALLOCATOR.total_allocated();
    let work = || Config::of_tree(&tree).ok().map(|config| check(&tree, &Settings::new(config)));
    let report = std::thread::scope(|scope| {
        std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, work).unwrap().join().unwrap()
    });
    let bytes = (ALLOCATOR.total_allocated() - before) as u64;
    let steps = report.as_ref().map_or(0, |report| report.wiring.evaluated.done());
    (Cost { bytes, steps }, report)
}

/// Shapes whose work grows faster than they do.
fn too_fast(shapes: &[Shape]) -> Vec<String> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut found = Vec::new();
    for shape in shapes {
        let (small, _) = run((shape.make)(SMALL));
        let (large, _) = run((shape.make)(LARGE));
        let bytes = large.bytes > MOST_TIMES * small.bytes.max(FREE_BYTES);
        let steps = large.steps > MOST_TIMES * small.steps.max(FREE_STEPS);
        if bytes || steps {
            found.push(format!("{}: {small:?} at {SMALL}, {large:?} at {LARGE}", shape.name));
        }
    }
    found
}

macro_rules! grows_with_its_input {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            let found = too_fast(shapes::$name::SHAPES);
            assert!(found.is_empty(), "{}", found.join("\n"));
        })*
    };
}

grows_with_its_input!(deploy ecma files nginx proxies python text values);

/// Shapes that can only be cut short, and the words of the bound.
const CUT_SHORT: &[(&str, usize, &str)] = &[
    ("dockerfile-env-doubling", 60, "pieces of one value of a Dockerfile"),
    ("dockerfile-arg-doubling", 60, "pieces of one value of a Dockerfile"),
    ("env-file-fan", 60, "bytes of one value of an env file"),
    ("compose-value-many-references", 2_000, "pieces of one value"),
    ("replace-doubling", 20, "bytes of one text"),
    ("replace-long-by-long", 5_000, "bytes of one text"),
    ("concat-doubling", 60, "expressions that one value is made of"),
    ("ecma-assignments", 200, "assignments of one name"),
    ("compose-one-env-file-many-services", 600, "settings of services"),
    ("yaml-anchors-nested", 60, "aliases"),
    ("kubernetes-one-config-map-many-containers", 600, "variables and mounted files of containers"),
    ("kustomize-pairs-of-many-objects", 1_600, "values of Kubernetes manifests"),
    ("kustomize-steps-of-many-objects", 1_200, "values of Kubernetes manifests"),
    ("kubernetes-paths-of-an-unknown-host", 50_001, "paths of hosts in Ingress objects"),
    ("apache-define-doubling", 60, "bytes of words with `${NAME}` in them"),
    ("apache-hosts-any-port", 300, "addresses of one Apache"),
    ("apache-pattern-passes", 2_100, "upstreams of one Apache server"),
    ("apache-nested-and-pattern-passes", 2_100, "upstreams of one Apache server"),
    ("apache-nested-and-pattern-passes", 2_100, "sections with `ProxyPass` inside each other"),
    ("apache-hosts-without-names", 250, "virtual hosts of one Apache that may take one request"),
    ("nginx-template-values", 2_100, "bytes of arguments with placeholders in them"),
    ("caddy-block-doubling", 28, "words of a Caddyfile"),
    ("supervisord-programs-that-start-it", 40, "scripts and managed processes"),
    ("caddy-text-doubling", 28, "bytes of a Caddyfile"),
    ("caddy-all-arguments", 400, "words of a Caddyfile"),
    ("caddy-binds", 60, "addresses of sites in a Caddyfile"),
    ("haproxy-names-and-binds", 200, "addresses of one HAProxy"),
    ("envoy-addresses-and-hosts", 200, "addresses of one Envoy"),
    ("envoy-hosts-beside-any", 300, "virtual hosts of Envoy"),
    ("hono-calls-in-one-chain", 250, "calls in one chain"),
    ("koa-calls-in-one-chain", 250, "calls in one chain"),
    ("express-applications-handed-over", 450, "places where applications leave the code that is read"),
    ("fastapi-applications-handed-over", 650, "places where applications leave the code that is read"),
    ("ecma-calls-of-one-function", 600, "calls of functions of the repository in one file"),
    ("dockerfile-copies-of-copies", 20, "copies of earlier stages in one Dockerfile"),
    ("nginx-ways-to-one-route", 70, "paths by which one proxy may lead to one route"),
    ("nginx-listens-and-sockets", 230, "ways of requests for WebSocket routes through proxies"),
    ("nginx-with-cors-and-routes", 2_100, "ways of requests for HTTP routes through proxies"),
    ("calls-to-servers-that-no-file-says", 14, "routes looked up for calls whose server no file says"),
    ("nginx-servers-without-names", 600, "servers that a request of an unknown host may meet"),
    ("nest-decorators-of-one-class", 60, "decorators of one class"),
    ("compose-mounts-of-one-folder", 330, "nginx files in all containers together"),
    ("nginx-servers-of-one-front-end", 20, "origins of one front end in one deployment"),
    ("nginx-names-of-one-server", 12, "names of one server"),
    ("nginx-names-in-front-of-vite", 210, "names of proxies in front of a development server of Vite"),
    ("express-servers-without-ports", 25, "processes of one deployment whose port no file says"),
    ("fastapi-long-pattern", 700, "characters of a path with unknown parts, or of a route's pattern"),
    ("python-options-of-the-command-line", 110, "options of the command line of one program"),
];

#[test]
fn a_bound_that_is_reached_is_told_of() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let all = shapes::all();
    let mut silent = Vec::new();
    for (name, size, words) in CUT_SHORT {
        let shape = all.iter().find(|shape| shape.name == *name).unwrap();
        let (_, report) = run((shape.make)(*size));
        let findings = report.unwrap().findings;
        let said: Vec<&str> =
            findings.iter().filter(|it| it.rule.0 == "limit-reached").map(|it| it.message.as_str()).collect();
        if !said.iter().any(|message| message.contains(words)) {
            silent.push(format!("{name}: {said:?}"));
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

/// Writes every shape at the sizes of `GROWTH_SIZES` below the folder `GROWTH_FOLDER`, to measure a binary on them.
#[test]
#[ignore = "writes files for measurements"]
fn write_shapes() {
    let folder = std::path::PathBuf::from(std::env::var("GROWTH_FOLDER").unwrap());
    let sizes: Vec<usize> =
        std::env::var("GROWTH_SIZES").unwrap().split(',').map(|size| size.parse().unwrap()).collect();
    for shape in shapes::all() {
        for size in &sizes {
            for (path, text) in (shape.make)(*size) {
                let path = folder.join(shape.name).join(size.to_string()).join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
        }
    }
}

#[test]
fn suppressing_grows_with_what_is_suppressed() {
    use wirelint::base::{FileKind, RepoPath};
    use wirelint::rules::RuleId;
    use wirelint::suppress::{Configuration, Plan, Target};
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let path = RepoPath::new("nginx.conf").unwrap();
    let cost = |count: usize| {
        let text = "server {\n    listen 80;\n}\n".repeat(count);
        let tree = MemoryTree::from_files([("nginx.conf", text.as_str())]);
        let target = |line: u32| {
            let (path, kind) = (path.clone(), FileKind::Nginx);
            Target { path, line: 3 * line + 2, rule: RuleId("misplaced-directive"), kind }
        };
        let targets = (0..u32::try_from(count).unwrap()).map(target).collect();
        let before = ALLOCATOR.total_allocated();
        let plan = Plan::new(&tree, Configuration::Unused, "known".to_owned(), targets);
        let edits = plan.texts().unwrap();
        let written = edits.values().map(|edit| edit.after.matches("# wirelint: ignore").count()).sum::<usize>();
        assert_eq!(written, count);
        (ALLOCATOR.total_allocated() - before) as u64
    };
    let (small, large) = (cost(SMALL), cost(LARGE));
    assert!(large <= MOST_TIMES * small, "{small} at {SMALL}, {large} at {LARGE}");
}
