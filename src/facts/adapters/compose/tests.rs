use super::*;
use crate::base::{FileKind, FileRole, LineIndex, RepoPath, Tracking};
use crate::facts::{EnvReader, ExprKind, Op, Sense, Test};

fn read_file(text: &str) -> FileFacts {
    let path = RepoPath::new("docker-compose.yml").expect("inside");
    let mut facts =
        FileFacts::new(path, FileKind::Compose, FileRole::Production, Tracking::Tracked, LineIndex::new(text));
    read(text, &mut facts);
    facts
}

#[test]
fn every_form_of_a_service() {
    let text = r#"
x-common: &common
  env_file:
    - ./api/.env
    - path: ./extra.env
      required: false
services:
  api:
    <<: *common
    build: ./api
    command: uvicorn app.main:app --host 0.0.0.0 --port 8000
    environment:
      - DATABASE=postgres://${DB_USER:-app}@db/x
      - SECRET
    volumes: ["./api:/app", "data:/data"]
    networks:
      back:
        aliases: [backend]
  web:
    build:
      context: web
      target: serve
      args:
        VITE_API: "${API_URL}"
    ports:
      - target: 80
        published: "8080"
    depends_on:
      api:
        condition: service_started
    environment:
      A: 1.10
      B:
"#;
    let facts = read_file(text);
    assert_eq!(facts.syntax_errors, []);
    let compose = facts.compose.as_ref().expect("a compose file");
    let [api, web] = &compose.services[..] else { panic!("two services") };
    assert_eq!(api.env_files.iter().filter_map(Expr::as_str).collect::<Vec<_>>(), ["./api/.env", "./extra.env"]);
    assert_eq!(facts.demands.len(), 2);
    assert_eq!(api.mounts.len(), 1);
    assert_eq!(api.aliases[0].as_str(), Some("backend"));
    assert_eq!(api.command.as_ref().expect("a command").commands[0].words.len(), 6);
    assert!(api.environment[1].value.is_none());
    let database = api.environment[0].value.as_ref().expect("a value");
    let ExprKind::Op(Op::Concat, parts) = &database.kind else { panic!("{database:?}") };
    let ExprKind::Choice(arms) = &parts[1].kind else { panic!("{parts:?}") };
    assert!(matches!(&arms[0].guards[0].test, Test::Truthy(_)));
    assert_eq!(arms[0].guards[0].sense, Sense::Holds);
    assert_eq!(&text[arms[1].value.span.range()], "app");
    let build = web.build.as_ref().expect("a build");
    assert!(matches!(&build.args[0].value.as_ref().expect("a value").kind,
        ExprKind::Env { name, reader: EnvReader::Compose } if &**name == "API_URL"));
    assert_eq!(web.environment[0].value.as_ref().and_then(Expr::as_str), Some("1.10"));
    assert!(web.environment[1].value.is_none());
    assert_eq!(&*web.depends_on[0], "api");
    assert_eq!(web.ports[0].container.as_str(), Some("80"));
}
