//! Back ends whose source is not read: what shows that one is there, and the port that it listens on when nothing says
//! another one. This table is the only place that knows them.

use serde::{Deserialize, Serialize};

/// A framework or server of a language whose source is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is the name of a framework; the table has what is known of it")]
pub enum BackEnd {
    SpringBoot,
    Quarkus,
    Micronaut,
    Ktor,
    Vertx,
    Javalin,
    Dropwizard,
    JavaServlet,
    Gin,
    Echo,
    Fiber,
    Chi,
    GorillaMux,
    GorillaWebSocket,
    NhooyrWebSocket,
    GoHttp,
    Axum,
    Actix,
    Rocket,
    Warp,
    Poem,
    Hyper,
    Laravel,
    Symfony,
    Slim,
    CodeIgniter,
    Yii,
    Workerman,
    Rails,
    Sinatra,
    Puma,
    Phoenix,
    Plug,
    AspNet,
    Deno,
}

/// What is known of one.
#[derive(Clone, Copy, Debug)]
pub struct BackEndRow {
    /// Which.
    pub id: BackEnd,
    /// As people write it.
    pub name: &'static str,
    /// The manifests that it stands in.
    pub family: Family,
    /// Texts of a manifest that show it.
    pub markers: &'static [&'static str],
    /// The port of its documentation; none when each program names one.
    pub port: Option<u16>,
}

/// A kind of manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// `pom.xml`, `build.gradle`.
    Jvm,
    /// `go.mod`.
    Go,
    /// `Cargo.toml`.
    Rust,
    /// `composer.json`.
    Php,
    /// `Gemfile`.
    Ruby,
    /// `mix.exs`.
    Elixir,
    /// `*.csproj`.
    DotNet,
    /// `deno.json`.
    Deno,
}

/// The kind of manifest that a file is, by its name.
#[must_use]
pub fn family(name: &str) -> Option<Family> {
    Some(match name {
        "pom.xml" | "build.gradle" | "build.gradle.kts" => Family::Jvm,
        "go.mod" => Family::Go,
        "Cargo.toml" => Family::Rust,
        "composer.json" => Family::Php,
        "Gemfile" => Family::Ruby,
        "mix.exs" => Family::Elixir,
        "deno.json" | "deno.jsonc" => Family::Deno,
        _ if name.ends_with(".csproj") || name.ends_with(".fsproj") => Family::DotNet,
        _ => return None,
    })
}

const fn row(
    id: BackEnd,
    name: &'static str,
    family: Family,
    markers: &'static [&'static str],
    port: Option<u16>,
) -> BackEndRow {
    BackEndRow { id, name, family, markers, port }
}

/// All of them; of one family the more telling ones first.
pub const BACK_ENDS: &[BackEndRow] = &[
    // docs.spring.io: "server.port" defaults to 8080
    row(BackEnd::SpringBoot, "Spring Boot", Family::Jvm, &["spring-boot"], Some(8080)),
    // quarkus.io/guides/all-config: quarkus.http.port
    row(BackEnd::Quarkus, "Quarkus", Family::Jvm, &["io.quarkus"], Some(8080)),
    // docs.micronaut.io: micronaut.server.port
    row(BackEnd::Micronaut, "Micronaut", Family::Jvm, &["io.micronaut"], Some(8080)),
    row(BackEnd::Ktor, "Ktor", Family::Jvm, &["io.ktor", "ktor-server"], Some(8080)),
    row(BackEnd::Vertx, "Vert.x", Family::Jvm, &["io.vertx"], None),
    row(BackEnd::Javalin, "Javalin", Family::Jvm, &["javalin"], Some(8080)),
    row(BackEnd::Dropwizard, "Dropwizard", Family::Jvm, &["dropwizard"], Some(8080)),
    row(
        BackEnd::JavaServlet,
        "a servlet container",
        Family::Jvm,
        &[
            "servlet-api",
            "jakarta.ws.rs",
            "javax.ws.rs",
            "jersey",
            "undertow",
            "jetty",
            "tomcat-embed",
            "Java-WebSocket",
        ],
        None,
    ),
    row(BackEnd::Gin, "Gin", Family::Go, &["gin-gonic/gin"], Some(8080)),
    row(BackEnd::Echo, "Echo", Family::Go, &["labstack/echo"], None),
    row(BackEnd::Fiber, "Fiber", Family::Go, &["gofiber/fiber"], None),
    row(BackEnd::Chi, "chi", Family::Go, &["go-chi/chi"], None),
    row(BackEnd::GorillaMux, "gorilla/mux", Family::Go, &["gorilla/mux"], None),
    row(BackEnd::GorillaWebSocket, "gorilla/websocket", Family::Go, &["gorilla/websocket"], None),
    row(BackEnd::NhooyrWebSocket, "coder/websocket", Family::Go, &["nhooyr.io/websocket", "coder/websocket"], None),
    // the standard library serves: only the source shows it
    row(BackEnd::GoHttp, "Go", Family::Go, &[], None),
    row(BackEnd::Axum, "axum", Family::Rust, &["axum"], None),
    row(BackEnd::Actix, "Actix Web", Family::Rust, &["actix-web"], None),
    // rocket.rs/guide: ROCKET_PORT defaults to 8000
    row(BackEnd::Rocket, "Rocket", Family::Rust, &["rocket"], Some(8000)),
    row(BackEnd::Warp, "warp", Family::Rust, &["warp"], None),
    row(BackEnd::Poem, "poem", Family::Rust, &["poem"], None),
    row(BackEnd::Hyper, "a Rust server", Family::Rust, &["hyper", "tokio-tungstenite", "tide", "salvo"], None),
    // laravel.com/docs: `artisan serve` listens on 8000
    row(BackEnd::Laravel, "Laravel", Family::Php, &["laravel/framework", "laravel/lumen"], Some(8000)),
    row(BackEnd::Symfony, "Symfony", Family::Php, &["symfony/framework-bundle", "api-platform/"], Some(8000)),
    row(BackEnd::Slim, "Slim", Family::Php, &["slim/slim"], None),
    row(BackEnd::CodeIgniter, "CodeIgniter", Family::Php, &["codeigniter4/framework"], Some(8080)),
    row(BackEnd::Yii, "Yii", Family::Php, &["yiisoft/yii2"], Some(8080)),
    row(
        BackEnd::Workerman,
        "a PHP server",
        Family::Php,
        &["workerman/", "cboden/ratchet", "react/http", "swoole", "openswoole"],
        None,
    ),
    // guides.rubyonrails.org: `bin/rails server` listens on 3000
    row(BackEnd::Rails, "Rails", Family::Ruby, &["rails"], Some(3000)),
    row(BackEnd::Sinatra, "Sinatra", Family::Ruby, &["sinatra"], Some(4567)),
    row(BackEnd::Puma, "a Ruby server", Family::Ruby, &["puma", "falcon", "grape", "hanami", "roda", "rack"], None),
    row(BackEnd::Phoenix, "Phoenix", Family::Elixir, &[":phoenix"], Some(4000)),
    row(BackEnd::Plug, "an Elixir server", Family::Elixir, &[":plug_cowboy", ":bandit", ":cowboy"], None),
    // learn.microsoft.com, Kestrel endpoints: 5000, and 8080 in containers since .NET 8
    row(
        BackEnd::AspNet,
        "ASP.NET Core",
        Family::DotNet,
        &["Microsoft.NET.Sdk.Web", "Microsoft.AspNetCore"],
        Some(5000),
    ),
    row(BackEnd::Deno, "Deno", Family::Deno, &["--allow-net", "-A ", "oak", "hono", "fresh"], Some(8000)),
];

impl BackEnd {
    /// What is known of it.
    #[must_use]
    pub fn row(self) -> Option<&'static BackEndRow> {
        BACK_ENDS.iter().find(|row| row.id == self)
    }

    /// Its name, as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().map_or("a server that is not read", |row| row.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_one_row() {
        for row in BACK_ENDS {
            assert_eq!(BACK_ENDS.iter().filter(|other| other.id == row.id).count(), 1, "{}", row.name);
            assert!(!row.name.is_empty());
        }
    }
}
