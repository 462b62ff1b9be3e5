//! The language or format of a file, by name. Called for every file of the tree: no patterns, no allocation on the way
//! that most files take.

use crate::base::{FileKind, RepoPath};

/// Suffixes of files that a template step turns into the file without them.
pub const TEMPLATE_SUFFIXES: [&str; 7] = ["template", "j2", "jinja2", "jinja", "erb", "tmpl", "tpl"];

/// Words by which people mark a file that shows how another one looks.
pub(super) const EXAMPLE_WORDS: [&str; 5] = ["example", "sample", "dist", "default", "template"];

/// The kind of the file at `path`.
#[must_use]
pub fn kind_of(path: &RepoPath) -> FileKind {
    let name = path.name();
    if let Some(kind) = by_whole_name(path, name) {
        return kind;
    }
    let extension = path.extension();
    if let Some(kind) = by_extension(name, extension) {
        return kind;
    }
    if is_dockerfile(name) {
        return FileKind::Dockerfile;
    }
    if is_caddyfile(name) {
        return FileKind::Caddyfile;
    }
    if is_env(name) {
        return FileKind::Env;
    }
    match possible_kind(path) {
        Some(kind) if is_nginx_for_sure(path) => kind,
        _ => by_inner_name(path, name, extension),
    }
}

/// Whether a name is that of a build tool's configuration, which a server or a build runs and no browser.
#[must_use]
pub fn is_tool_configuration(name: &str) -> bool {
    name.contains(".config.") || ["setupProxy.", "proxy.conf."].iter().any(|stem| name.starts_with(stem))
}

/// The kind that a file of kind [`FileKind::Other`] has if its content says that it is configuration of a proxy.
#[must_use]
pub fn possible_kind(path: &RepoPath) -> Option<FileKind> {
    let name = path.name();
    if let Some(kind) = possible_proxy(path, name) {
        return Some(kind);
    }
    if NOT_NGINX.iter().any(|prefix| name.starts_with(prefix)) {
        return None;
    }
    let mut kind = FileKind::Nginx;
    let mut rest = name;
    // `app.conf.template.prod`, `site.conf.j2`, `nginx.conf.example`: what is behind `.conf` says how it is used.
    while let Some((head, suffix)) = rest.rsplit_once('.') {
        match suffix {
            "conf" | "nginx" | "vhost" | "inc" => return Some(kind),
            _ if TEMPLATE_SUFFIXES.contains(&suffix) => kind = FileKind::NginxTemplate,
            _ if head.contains(".conf") => {}
            _ => break,
        }
        rest = head;
    }
    // `envsubst < site.template`
    if kind == FileKind::NginxTemplate && name.ends_with(".template") && !rest.contains('.') {
        return Some(kind);
    }
    let placed = path.parts().rev().skip(1).any(|folder| is_nginx_folder(folder) || is_snippet_folder(folder));
    let bare = !rest.contains('.') || rest.split('.').all(|label| !label.is_empty()) && in_sites_folder(path);
    (placed && bare && !NOT_CONFIGURATION.contains(&path.extension())).then_some(kind)
}

/// The kind of a file whose name or folder points to Apache or HAProxy, if its content agrees.
fn possible_proxy(path: &RepoPath, name: &str) -> Option<FileKind> {
    let mut rest = name;
    while let Some((head, suffix)) = rest.rsplit_once('.') {
        if !TEMPLATE_SUFFIXES.contains(&suffix) && !EXAMPLE_WORDS.contains(&suffix) {
            break;
        }
        rest = head;
    }
    let extension = rest.rsplit_once('.').map_or("", |(_, extension)| extension);
    let folder = |word: &str| path.parts().rev().skip(1).any(|folder| folder.contains(word));
    if extension == "cfg" || name.contains("haproxy") && matches!(extension, "conf" | "") {
        return (name != "setup.cfg").then_some(FileKind::Haproxy);
    }
    let apache = folder("apache") || folder("httpd") || name.starts_with("apache") || name.starts_with("httpd");
    let configuration = extension == "conf" || extension.is_empty() && (folder("sites-") || folder("conf-"));
    (apache && configuration).then_some(FileKind::Apache)
}

/// Well-known `.conf` files of other programs.
const NOT_NGINX: [&str; 22] = [
    "supervisor",
    "logrotate",
    "fail2ban",
    "redis",
    "php",
    "www.conf",
    "httpd",
    "apache",
    "mysql",
    "my.conf",
    "postgres",
    "pg_",
    "dnsmasq",
    "resolv",
    "logging",
    "log4",
    "tauri",
    "haproxy",
    "rabbitmq",
    "mosquitto",
    "turnserver",
    "modsecurity",
];

/// Extensions of files that lie beside nginx configuration and are none.
const NOT_CONFIGURATION: [&str; 12] =
    ["md", "txt", "html", "pem", "crt", "key", "sh", "lua", "yml", "yaml", "json", "py"];

fn by_whole_name(path: &RepoPath, name: &str) -> Option<FileKind> {
    Some(match name {
        "package.json" => FileKind::PackageJson,
        "Procfile" => FileKind::Procfile,
        "Makefile" | "makefile" | "GNUmakefile" | "justfile" | "Justfile" | ".justfile" => FileKind::Recipes,
        ".gitignore" => FileKind::GitIgnore,
        ".htaccess" => FileKind::Apache,
        "_redirects" | "_headers" => FileKind::Hosting,
        "Pipfile" => FileKind::Toml,
        "pom.xml"
        | "build.gradle"
        | "build.gradle.kts"
        | "go.mod"
        | "Cargo.toml"
        | "composer.json"
        | "Gemfile"
        | "mix.exs"
        | "deno.json"
        | "deno.jsonc"
        | "launchSettings.json"
        | "main.go"
        | "server.go"
        | "main.rs"
        | "puma.rb" => FileKind::BackEnd,
        _ if name.ends_with(".csproj") || name.ends_with(".fsproj") => FileKind::BackEnd,
        _ if is_application_settings(name) => FileKind::BackEnd,
        "package-lock.json" | "npm-shrinkwrap.json" | "pnpm-lock.yaml" => FileKind::Other,
        _ if name.starts_with("Procfile.") => FileKind::Procfile,
        _ if is_processes(path, name) => FileKind::Processes,
        _ if is_requirements(path, name) => FileKind::Requirements,
        _ => return None,
    })
}

fn by_extension(name: &str, extension: &str) -> Option<FileKind> {
    Some(match extension {
        "ts" | "mts" | "cts" | "pyi" if name.ends_with(".d.ts") || extension == "pyi" => FileKind::Other,
        "ts" | "mts" | "cts" => FileKind::TypeScript,
        "js" | "jsx" | "mjs" | "cjs" | "tsx" => FileKind::Tsx,
        "vue" => FileKind::Vue,
        "svelte" => FileKind::Svelte,
        "html" | "htm" => FileKind::Html,
        "py" => FileKind::Python,
        "yml" | "yaml" if is_compose(name) => FileKind::Compose,
        "yml" | "yaml" => FileKind::Yaml,
        "json" | "jsonc" | "json5" => FileKind::Json,
        "toml" => FileKind::Toml,
        "sh" | "bash" => FileKind::Shell,
        "pem" | "key" => FileKind::Pem,
        "md" | "mdx" | "rst" | "css" | "scss" | "less" | "svg" | "png" | "jpg" | "jpeg" | "gif" | "webp" | "ico"
        | "woff" | "woff2" | "ttf" | "map" | "lock" | "snap" | "go" | "rs" | "java" | "kt" | "rb" | "php" | "c"
        | "h" | "cpp" | "cs" | "po" | "mo" | "csv" | "sql" | "xml" | "pdf" => FileKind::Other,
        _ => return None,
    })
}

/// `docker-compose.yml.example`, `.env.j2`, `nginx.conf.template.prod`: the kind without what a person or a template
/// step takes away.
fn by_inner_name(path: &RepoPath, name: &str, extension: &str) -> FileKind {
    if !EXAMPLE_WORDS.contains(&extension) {
        return FileKind::Other;
    }
    let Some(inner) = name.strip_suffix(extension).and_then(|head| head.strip_suffix('.')) else {
        return FileKind::Other;
    };
    let sibling = path.parent().and_then(|folder| folder.join(inner));
    match sibling.map(|sibling| kind_of(&sibling)) {
        Some(kind @ (FileKind::Compose | FileKind::Dockerfile | FileKind::Yaml | FileKind::Json)) => kind,
        _ => FileKind::Other,
    }
}

/// `application.yml`, `application-dev.properties`: settings of servers on the JVM.
fn is_application_settings(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("application") else { return false };
    rest.starts_with(['.', '-']) && [".yml", ".yaml", ".properties"].iter().any(|ending| rest.ends_with(ending))
}

/// Units of systemd (`api.service`), and what supervisord runs (`supervisord.conf`, `supervisor/conf.d/api.conf`).
fn is_processes(path: &RepoPath, name: &str) -> bool {
    match name.rsplit_once('.') {
        Some((stem, "service")) => !stem.is_empty(),
        Some((stem, "conf" | "ini")) => {
            stem.starts_with("supervisor")
                || path.parts().rev().skip(1).take(2).any(|folder| folder.starts_with("supervisor"))
        }
        _ => false,
    }
}

fn is_requirements(path: &RepoPath, name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".txt").or_else(|| name.strip_suffix(".in")) else { return false };
    stem.starts_with("requirements")
        || stem.ends_with("requirements")
        || path.parts().rev().nth(1) == Some("requirements")
}

fn is_compose(name: &str) -> bool {
    name.starts_with("docker-compose")
        || name.split(['.', '-', '_']).any(|word| word == "compose")
        || name.starts_with("docker-stack")
}

fn is_dockerfile(name: &str) -> bool {
    const STEMS: [&str; 2] = ["dockerfile", "containerfile"];
    let named = STEMS.iter().any(|stem| {
        let head = name.get(..stem.len()).unwrap_or("");
        head.eq_ignore_ascii_case(stem) && name[stem.len()..].chars().next().is_none_or(|c| ".-_".contains(c))
    });
    named && !name.ends_with(".dockerignore") || name.ends_with(".dockerfile") || name.ends_with(".Dockerfile")
}

/// `Caddyfile`, `Caddyfile.prod`, `web.Caddyfile`, `snippets/cors.caddy`.
fn is_caddyfile(name: &str) -> bool {
    const NO_TEXT: [&str; 3] = ["bak", "orig", "patch"];
    let head = name.get(..9).unwrap_or_default();
    let rest = name.get(9..).unwrap_or_default();
    let last = rest.rsplit('.').next().unwrap_or_default();
    let named = head.eq_ignore_ascii_case("caddyfile") && (rest.is_empty() || rest.starts_with(['.', '-', '_']));
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    named && !NO_TEXT.contains(&last) || ending.eq_ignore_ascii_case("caddyfile") || ending == "caddy"
}

/// Names of env files: `.env`, `.env.production`, `.env-example`, `prod.env`, `env.template`.
fn is_env(name: &str) -> bool {
    const MODES: [&str; 14] = [
        "production",
        "prod",
        "development",
        "dev",
        "staging",
        "stage",
        "local",
        "test",
        "docker",
        "nginx",
        "example",
        "sample",
        "template",
        "dist",
    ];
    const NO_TEXT: [&str; 8] = ["vault", "gpg", "age", "enc", "keys", "asc", "patch", "bak"];
    if name == ".flaskenv" {
        return true;
    }
    if let Some(rest) = name.strip_prefix(".env") {
        let last = rest.rsplit('.').next().unwrap_or("");
        return rest.is_empty() || rest.starts_with(['.', '-', '_']) && !NO_TEXT.contains(&last);
    }
    if let Some(rest) = name.strip_prefix("env.").or_else(|| name.strip_prefix("env-")) {
        return rest.split(['.', '-']).all(|word| MODES.contains(&word));
    }
    let stem = TEMPLATE_SUFFIXES
        .iter()
        .chain(&EXAMPLE_WORDS)
        .find_map(|suffix| name.strip_suffix(suffix)?.strip_suffix('.'))
        .unwrap_or(name);
    stem.ends_with(".env") && stem.len() > ".env".len()
}

fn is_nginx_for_sure(path: &RepoPath) -> bool {
    let name = path.name();
    if name.contains("nginx") && (name.contains(".conf") || name.ends_with(".nginx")) {
        return true;
    }
    name.contains(".conf") && path.parts().rev().skip(1).any(is_nginx_folder)
}

fn is_nginx_folder(folder: &str) -> bool {
    folder.contains("nginx") || folder == "openresty"
}

fn is_snippet_folder(folder: &str) -> bool {
    matches!(folder, "conf.d" | "sites-available" | "sites-enabled" | "snippets")
}

fn in_sites_folder(path: &RepoPath) -> bool {
    path.parts().rev().nth(1).is_some_and(|folder| folder.starts_with("sites-"))
}

/// Whether an include names a file of the nginx package itself: it says nothing about connections.
#[must_use]
pub fn ships_with_nginx(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(
        name,
        "mime.types"
            | "fastcgi_params"
            | "fastcgi.conf"
            | "uwsgi_params"
            | "scgi_params"
            | "koi-utf"
            | "koi-win"
            | "win-utf"
    ) || path.contains("/modules-enabled/")
        || path.starts_with("/usr/share/nginx/modules/")
        || path.starts_with("modules-enabled/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_decide() {
        use FileKind as K;
        let table = [
            ("nginx.conf", K::Nginx),
            ("deploy/nginx/default.conf", K::Nginx),
            ("deploy/nginx/templates/default.conf.template", K::NginxTemplate),
            ("roles/web/templates/nginx.conf.j2", K::NginxTemplate),
            ("nginx/app.conf.template.prod", K::NginxTemplate),
            ("nginx.conf.example", K::Nginx),
            ("deploy/default.conf", K::Other),
            ("docker/nginx/supervisord.conf", K::Processes),
            ("deploy/supervisor/conf.d/api.conf", K::Processes),
            ("deploy/api.service", K::Processes),
            ("src/api.service.ts", K::TypeScript),
            ("nginx/README.md", K::Other),
            ("src/nginx.ts", K::TypeScript),
            ("web/.htaccess", K::Apache),
            (".env", K::Env),
            (".env.production.local", K::Env),
            (".env-example", K::Env),
            ("env.prod.template", K::Env),
            ("config/prod.env", K::Env),
            ("config/prod.env.js", K::Tsx),
            ("terraform/backend.env.tpl", K::Env),
            (".env.vault", K::Other),
            ("src/env.ts", K::TypeScript),
            ("docker-compose.prod.yml", K::Compose),
            ("local-compose.yaml", K::Compose),
            ("docker-compose.override.yml.example", K::Compose),
            ("composer.yml", K::Yaml),
            ("backend/Dockerfile_rest", K::Dockerfile),
            ("dockerfile", K::Dockerfile),
            ("deploy/Caddyfile", K::Caddyfile),
            ("Caddyfile.prod.j2", K::Caddyfile),
            ("sites/api.caddy", K::Caddyfile),
            ("dev.Caddyfile", K::Caddyfile),
            ("docs/Caddyfile.md", K::Other),
            ("web.Dockerfile", K::Dockerfile),
            ("Dockerfile.dockerignore", K::Other),
            ("requirements/base.txt", K::Requirements),
            ("dev-requirements.txt", K::Requirements),
            ("notes.txt", K::Other),
            ("src/App.vue", K::Vue),
            ("types/env.d.ts", K::Other),
            ("pnpm-lock.yaml", K::Other),
            ("server/pom.xml", K::BackEnd),
            ("src/main/resources/application-dev.yml", K::BackEnd),
            ("api/Api.csproj", K::BackEnd),
            ("main.go", K::BackEnd),
            ("handler.go", K::Other),
        ];
        for (path, kind) in table {
            assert_eq!(kind_of(&RepoPath::new(path).unwrap()), kind, "{path}");
        }
    }

    #[test]
    fn some_names_need_a_look() {
        let table = [
            ("deploy/default.conf", Some(FileKind::Nginx)),
            ("http.d/Recipes.conf.template", Some(FileKind::NginxTemplate)),
            ("edge/site.template", Some(FileKind::NginxTemplate)),
            ("edge/page.html.template", None),
            ("deploy/sites-available/vaidol", Some(FileKind::Nginx)),
            ("deploy/nginx/proxy_params", Some(FileKind::Nginx)),
            ("nginx/conf.d/off.cors-headers.include", None),
            ("deploy/apache/chat.conf", Some(FileKind::Apache)),
            ("deploy/apache2/sites-available/chat", Some(FileKind::Apache)),
            ("docker/httpd.conf.j2", Some(FileKind::Apache)),
            ("edge/haproxy.cfg", Some(FileKind::Haproxy)),
            ("edge/lb.cfg.template", Some(FileKind::Haproxy)),
            ("setup.cfg", None),
            ("config/redis.conf", None),
            ("LICENSE", None),
        ];
        for (path, kind) in table {
            assert_eq!(possible_kind(&RepoPath::new(path).unwrap()), kind, "{path}");
        }
    }
}
