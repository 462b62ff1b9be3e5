//! What may be concluded from a file, by its path.

use super::kind::{EXAMPLE_WORDS, TEMPLATE_SUFFIXES};
use crate::base::{FileKind, FileRole, RepoPath};

/// The role of the file at `path`.
///
/// A wrong `Silent` is a miss, a wrong `Production` a false alarm; folder names that are both a test's and a feature's
/// (`test`, `docs`, `examples`) are silent unless they lie where an application keeps its pages.
#[must_use]
pub fn role_of(path: &RepoPath, kind: FileKind) -> FileRole {
    let mut in_pages = false;
    let mut previous = "";
    for folder in path.parts().rev().skip(1).collect::<Vec<_>>().into_iter().rev() {
        if VENDORED.contains(&folder) {
            return FileRole::Vendored;
        }
        if GENERATED.contains(&folder) || is_output(previous, folder) || folder == "dist" && is_source(kind) {
            return FileRole::Generated;
        }
        // Templates of whole projects (cookiecutter, copier): their files are of no program before they are filled.
        if folder.contains("{{") || folder.contains("{%") {
            return FileRole::Silent;
        }
        if LEFT_BEHIND.contains(&folder) {
            return FileRole::Silent;
        }
        if ALWAYS_SILENT.contains(&folder) || SOMETIMES_SILENT.contains(&folder) && !in_pages {
            return FileRole::Silent;
        }
        in_pages |= matches!(folder, "src" | "app" | "pages" | "routes" | "views");
        previous = folder;
    }
    let name = path.name();
    if is_source(kind) { source_role(previous, name) } else { configuration_role(name, kind) }
}

const VENDORED: [&str; 13] = [
    "node_modules",
    ".venv",
    "venv",
    "site-packages",
    "dist-packages",
    "vendor",
    "third_party",
    "third-party",
    "thirdparty",
    "bower_components",
    ".yarn",
    "jspm_packages",
    "Pods",
];

const GENERATED: [&str; 15] = [
    ".next",
    "_next",
    ".nuxt",
    ".output",
    ".svelte-kit",
    ".vercel",
    ".angular",
    ".turbo",
    ".cache",
    ".parcel-cache",
    "__pycache__",
    "playwright-report",
    "lcov-report",
    "htmlcov",
    "storybook-static",
];

const ALWAYS_SILENT: [&str; 17] = [
    "tests",
    "__tests__",
    "__mocks__",
    "__fixtures__",
    "__snapshots__",
    "testdata",
    "test-data",
    "e2e",
    "cypress",
    "playwright",
    "playwright-tests",
    "integration-tests",
    "integration_tests",
    "unittests",
    "stories",
    ".storybook",
    "benchmarks",
];

/// Names by which people say that nothing runs what is in a folder.
const LEFT_BEHIND: [&str; 13] = [
    "_deprecated",
    "deprecated",
    "__deprecated__",
    "_archive",
    "_archived",
    "archived",
    "_old",
    "_legacy",
    "_unused",
    "_backup",
    "attic",
    "graveyard",
    "obsolete",
];

const SOMETIMES_SILENT: [&str; 12] =
    ["test", "docs", "doc", "examples", "example", "fixtures", "samples", "spec", "specs", "mocks", "bench", "demos"];

/// `build/static`, `build/assets`: the output of a build; `build/` alone may hold its scripts.
fn is_output(outer: &str, folder: &str) -> bool {
    matches!(outer, "build" | "out") && matches!(folder, "static" | "assets" | "_app" | "chunks" | "client")
}

fn is_source(kind: FileKind) -> bool {
    matches!(
        kind,
        FileKind::TypeScript
            | FileKind::Tsx
            | FileKind::Vue
            | FileKind::Svelte
            | FileKind::Html
            | FileKind::Python
            | FileKind::Shell
    )
}

fn source_role(folder: &str, name: &str) -> FileRole {
    const MARKS: [&str; 11] =
        ["test", "tests", "spec", "specs", "stories", "story", "cy", "e2e", "bench", "mock", "fixture"];
    // Folders that hold a whole application, or what is not part of one.
    const BESIDE: [&str; 9] =
        ["frontend", "backend", "client", "server", "web", "public", "static", "scripts", "tools"];
    const TOOLS: [&str; 5] = ["vitest", "jest", "playwright", "cypress", "karma"];
    let mut words = name.split('.');
    let stem = words.next().unwrap_or("");
    let inner: Vec<&str> = words.collect();
    let inner = inner.split_last().map_or(&[] as &[&str], |(_, inner)| inner);
    if inner.iter().any(|word| matches!(*word, "min" | "bundle" | "chunk")) || is_hashed(folder, name) {
        return FileRole::Generated;
    }
    let python_test = name.ends_with(".py")
        && (stem.starts_with("test_") || stem.ends_with("_test") || matches!(stem, "tests" | "conftest"));
    let tool = TOOLS.contains(&stem) && !inner.is_empty() || stem == "setupTests";
    // `test-api.js`, tried by hand; a page may be called so (`test-drive.tsx`).
    let tried = matches!(name.rsplit('.').next(), Some("js" | "mjs" | "cjs" | "ts" | "mts" | "sh" | "html"))
        && (stem.starts_with("test-") || stem.starts_with("test_"))
        && (folder.is_empty() || BESIDE.contains(&folder));
    if python_test || tool || tried || inner.iter().any(|word| MARKS.contains(word)) {
        return FileRole::Silent;
    }
    FileRole::Production
}

/// `main.3f2a91bc.js`; `workbox-9f2f79cf.js`; `index-Dk3f9a_2.js` below `assets`: names that bundlers give.
fn is_hashed(folder: &str, name: &str) -> bool {
    let Some((stem, "js" | "mjs")) = name.rsplit_once('.') else { return false };
    let hex = |text: &str| {
        text.len() >= 8
            && text.bytes().all(|byte| byte.is_ascii_hexdigit())
            && text.bytes().any(|byte| byte.is_ascii_digit())
    };
    let vite = |text: &str| {
        text.len() == 8 && text.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase() || byte == b'_')
    };
    stem.rsplit_once('.').is_some_and(|(_, hash)| hex(hash))
        || stem.strip_prefix("workbox-").is_some_and(hex)
        || folder == "assets" && stem.rsplit_once('-').is_some_and(|(_, hash)| vite(hash))
}

fn configuration_role(name: &str, kind: FileKind) -> FileRole {
    let mut words = name.split(['.', '-', '_']).filter(|word| !word.is_empty());
    let template = match kind {
        // What a template step makes is what runs; a person copies the others.
        FileKind::Nginx | FileKind::NginxTemplate | FileKind::Caddyfile => {
            words.clone().any(|word| matches!(word, "example" | "sample" | "dist"))
        }
        FileKind::Env => words.clone().any(|word| EXAMPLE_WORDS.contains(&word) || TEMPLATE_SUFFIXES.contains(&word)),
        _ => words.clone().any(|word| matches!(word, "example" | "sample" | "dist" | "template")),
    };
    if template {
        return FileRole::Example;
    }
    let tested = matches!(kind, FileKind::Env | FileKind::Compose | FileKind::Dockerfile) && words.any(is_test_word);
    if tested { FileRole::Silent } else { FileRole::Production }
}

/// Whether a word of a name says that tests use what it names: a file, a profile of compose.
#[must_use]
pub fn is_test_word(word: &str) -> bool {
    matches!(word, "test" | "tests" | "testing" | "e2e" | "ci" | "playwright" | "cypress" | "selenium")
}

#[cfg(test)]
mod tests {
    use super::super::kind_of;
    use super::*;

    #[test]
    fn paths_decide() {
        use FileRole as R;
        let table = [
            ("src/api.ts", R::Production),
            ("src/api.test.ts", R::Silent),
            ("{{cookiecutter.slug}}/docker-compose.yml", R::Silent),
            ("tests/test_ws.py", R::Silent),
            ("_deprecated/server/main.py", R::Silent),
            ("app/test_ws.py", R::Silent),
            ("test/server.js", R::Silent),
            ("src/pages/test/index.tsx", R::Production),
            ("src/app/docs/page.tsx", R::Production),
            ("docs/docker-compose.yml", R::Silent),
            ("build/webpack.config.js", R::Production),
            ("build/static/js/main.js", R::Generated),
            ("public/main.3f2a91bc.js", R::Generated),
            ("public/workbox-9f2f79cf.js", R::Generated),
            ("src/workbox-window.js", R::Production),
            ("web/dist/assets/index.html", R::Generated),
            ("static/jquery.min.js", R::Generated),
            ("backend/.venv/lib/x.py", R::Vendored),
            ("vite.config.ts", R::Production),
            ("vitest.config.ts", R::Silent),
            (".env.example", R::Example),
            (".env.production", R::Production),
            (".env.test", R::Silent),
            ("env.prod.template", R::Example),
            ("nginx.conf.example", R::Example),
            ("nginx/templates/default.conf.template", R::Production),
            ("docker-compose.test.yml", R::Silent),
            ("docker-compose.override.yml.example", R::Example),
        ];
        for (path, role) in table {
            let path = RepoPath::new(path).unwrap();
            assert_eq!(role_of(&path, kind_of(&path)), role, "{path}");
        }
    }
}
