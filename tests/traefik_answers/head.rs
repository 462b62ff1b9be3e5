//! What the recorded answers of Traefik and the live ones share.

/// The compose file that puts the files of a case into place.
pub const COMPOSE: &str = "services:
  traefik:
    image: traefik:v3.7
    volumes:
      - ./traefik.yml:/etc/traefik/traefik.yml:ro
      - ./dynamic.yml:/dynamic.yml:ro
";

/// What Traefik starts with by default: three entry points and the file provider.
const FIXED: &str = "entryPoints:
  web: { address: \"127.0.0.1:PLAIN1\" }
  other: { address: \"127.0.0.1:PLAIN2\" }
  secure: { address: \"127.0.0.1:TLS1\" }
";

/// The file that Traefik starts with, and the one that its file provider reads. A case that begins with `entryPoints:` has both,
/// parted by a line of dashes; services and a router that tells when all is read are the same in all of them.
pub fn parts(config: &str) -> (String, String) {
    let (fixed, dynamic) = config.split_once("----\n").unwrap_or((FIXED, config));
    let fixed = format!("{fixed}providers:\n  file:\n    filename: dynamic.yml\n");
    let ready = "    ready: { rule: \"Path(`/traefik-ready`)\", entryPoints: [other], priority: 1000, service: one }\n";
    let services = "  services:\n    one: { loadBalancer: { servers: [{ url: \"http://127.0.0.1:ECHO1\" }] } }\n    two: { loadBalancer: { servers: [{ url: \"http://127.0.0.1:ECHO2\" }] } }\n";
    let (routers, more) = dynamic.split_once("middlewares:\n").unwrap_or((dynamic, ""));
    let indented = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    let more = if more.is_empty() { String::new() } else { format!("  middlewares:\n{}", indented(more)) };
    (fixed, format!("http:\n  routers:\n{ready}{}{more}{services}", indented(routers)))
}
