use crate::base::{Entry, FileKind, FileRole, RepoPath, Tracking};
use crate::facts::{ExprKind, FileFacts, ProcessFact, extract};

fn read(path: &str, kind: FileKind, text: &str) -> FileFacts {
    let path = RepoPath::new(path).expect("inside");
    let (role, tracking) = (FileRole::Production, Tracking::Tracked);
    extract(&Entry { path, size: text.len() as u64, kind, role, tracking }, text)
}

/// Folder, servers with their instances, and names of the environment.
fn shown(facts: &FileFacts) -> Vec<String> {
    let one = |process: &ProcessFact| {
        let listens = process.command.listens.iter().map(|listen| {
            let app = listen.app.as_ref().and_then(|app| app.as_str()).unwrap_or("-");
            let port = listen.port.as_ref().and_then(|port| port.as_str()).unwrap_or("-");
            let count = listen.options.iter().find(|option| &*option.key == "instances");
            let count = count.map(|option| match &option.value.kind {
                ExprKind::Str(text) | ExprKind::Num(text) => format!(" x{text}"),
                _ => " x?".to_owned(),
            });
            format!("{:?} {app} {port}{}", listen.server, count.unwrap_or_default())
        });
        let listens: Vec<String> = listens.collect();
        let names = process.environment.iter().map(|setting| &*setting.name);
        let modes = process
            .environments
            .iter()
            .flat_map(|(mode, settings)| settings.iter().map(move |setting| format!("{mode}:{}", setting.name)));
        let names: Vec<String> = names.map(str::to_owned).chain(modes).collect();
        format!("{} | {} | {}", process.folder.as_deref().unwrap_or(""), listens.join(", "), names.join(" "))
    };
    facts.processes.iter().map(one).collect()
}

#[test]
fn pm2_starts_processes() {
    let text = "const common = { PORT: 3000 };\nconst path = require('path');\nmodule.exports = { apps: [\n\
        { script: './server/index.js', instances: 4, env: { ...common, A: 'b' }, env_production: { PORT: 80 } },\n\
        { script: 'dist/main.js', instances: 'max', exec_mode: 'fork' },\n\
        { script: './bin/www', instances: -1, cwd: path.join(__dirname, 'api') },\n\
        { script: 'own.js', instances: 2, increment_var: 'PORT' },\n\
        { script: 'npm', args: 'run start' },\n\
        { script: 'app.py', interpreter: 'python3', instances: 2 },\n\
        { script: 'uvicorn', interpreter: 'none', args: ['main:app', '--port', 8000] },\n\
        { script: 'node_modules/next/dist/bin/next', args: 'start -p 3001', exec_mode: 'cluster', instances: 0 },\n] };\n";
    let facts = read("ecosystem.config.js", FileKind::Tsx, text);
    let expected = [
        " | Script ./server/index.js - x4 | PORT A production:PORT",
        " | Script dist/main.js - | ",
        "api | Script ./bin/www - x-1 | ",
        " | Script own.js - | ",
        " |  | ",
        " | Script app.py - | ",
        " | Uvicorn main:app 8000 | ",
        " | Next - 3001 x0 | ",
    ];
    assert_eq!(shown(&facts), expected);
    let json = r#"{ "apps": [{ "script": "worker.js", "exec_mode": "cluster", "instances": 2 }] }"#;
    assert_eq!(shown(&read("process.json", FileKind::Json, json)), [" | Script worker.js - x2 | "]);
    let yaml = "apps:\n  - script: app.js\n    instances: max\n    env: {PORT: 1}\n";
    assert_eq!(shown(&read("ecosystem.config.yml", FileKind::Yaml, yaml)), [" | Script app.js - xmax | PORT"]);
}

#[test]
fn systemd_and_supervisord_start_processes() {
    let unit = "[Unit]\nDescription=x\n[Service]\nWorkingDirectory=/srv/app\nEnvironment=\"A=b c\" PORT=80\n\
        ExecStart=-/srv/app/venv/bin/gunicorn app.wsgi \\\n  --bind 127.0.0.1:8001\n";
    let found = read("deploy/app.service", FileKind::Processes, unit);
    assert_eq!(shown(&found), ["/srv/app | Gunicorn app.wsgi 8001 | A PORT"]);
    let programs = "[supervisord]\nnodaemon=true\n[program:api]\ndirectory=/srv/api\ncommand=daphne -p 9000 a.asgi:app\n\
        environment=A=\"b,c\",D='%(ENV_D)s',E=f\n[program:x]\ncommand=/usr/bin/node x.js\n";
    let found = read("supervisord.conf", FileKind::Processes, programs);
    assert_eq!(shown(&found), ["/srv/api | Daphne a.asgi:app 9000 | A E", " | Script x.js - | "]);
}
