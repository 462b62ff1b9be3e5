use crate::base::Span;
use crate::facts::lang::command::shell_line;
use crate::facts::{EnvReader, Expr, ExprKind};
use crate::parse::fragment::Fragment;

fn shown(value: Option<&Expr>) -> String {
    match value {
        None => "-".to_owned(),
        Some(Expr { kind: ExprKind::Str(text), .. }) => text.to_string(),
        Some(Expr { kind: ExprKind::Bool(value), .. }) => value.to_string(),
        Some(Expr { kind: ExprKind::Env { name, .. }, .. }) => format!("${name}"),
        Some(_) => "?".to_owned(),
    }
}

#[test]
fn command_lines_make_servers_listen() {
    let cases = [
        ("uvicorn app.main:app --host 0.0.0.0 --port 8000 --reload", "Uvicorn app.main:app 0.0.0.0 8000"),
        ("exec uvicorn --reload --port=80 main:app", "Uvicorn main:app - 80"),
        ("uv run uvicorn main:app --host 0.0.0.0 --port $PORT", "Uvicorn main:app 0.0.0.0 $PORT"),
        ("cd backend && python -m uvicorn app:app", "Uvicorn app:app - - directory=backend"),
        (
            "gunicorn -w 4 -k uvicorn.workers.UvicornWorker -b 0.0.0.0:80 a.b:app",
            "Gunicorn a.b:app 0.0.0.0 80 worker_class=uvicorn.workers.UvicornWorker workers=4",
        ),
        ("gunicorn --bind=:$PORT wsgi", "Gunicorn wsgi - $PORT"),
        ("gunicorn -b unix:/run/x.sock wsgi", "Gunicorn wsgi - - uds=unix:/run/x.sock"),
        ("hypercorn app:app --bind '[::]:8080'", "Hypercorn app:app :: 8080"),
        ("daphne -b 0.0.0.0 -p 8001 chat.asgi:application", "Daphne chat.asgi:application 0.0.0.0 8001"),
        ("daphne --proxy-headers chat.asgi:application", "Daphne chat.asgi:application - - proxy_headers=true"),
        ("python manage.py runserver 0.0.0.0:8000", "DjangoRunserver manage.py 0.0.0.0 8000"),
        ("./manage.py runserver 9000", "DjangoRunserver ./manage.py - 9000"),
        ("python manage.py migrate", ""),
        ("fastapi run app/main.py --port 80", "FastApiCli app/main.py - 80 mode=run"),
        ("flask --app web run -h 0.0.0.0 -p 5001", "FlaskRun web 0.0.0.0 5001"),
        ("python -u server/main.py", "Script server/main.py - -"),
        ("python3.12 -m chat.server", "Script chat.server - - module=true"),
        ("node --env-file=.env dist/server.js", "Script dist/server.js - -"),
        ("tsx watch src/index.ts", "Script src/index.ts - -"),
        ("waitress-serve --listen=*:9000 wsgi:app", "PythonListen wsgi:app 0.0.0.0 9000"),
        ("waitress-serve --port 80 --call app:create_app", "PythonListen app:create_app 0.0.0.0 80 factory=true"),
        ("pm2-runtime start dist/server.js -i 2", "Script dist/server.js - - instances=2"),
        ("pm2 start processes.json --env production", "Script processes.json - -"),
        ("uvicorn main:app --no-proxy-headers", "Uvicorn main:app - - proxy_headers=false"),
        ("vite --host --port 3000", "Vite - 0.0.0.0 3000"),
        ("vite build", ""),
        ("vite preview --host 0.0.0.0", "VitePreview - 0.0.0.0 -"),
        ("next start -p 3001", "Next - - 3001 mode=start"),
        ("npx serve -s build -l 5000", "StaticServer - - 5000 folder=build"),
        ("nginx -g 'daemon off;'", ""),
    ];
    for (line, expected) in cases {
        let fact = shell_line(Fragment::exact(line, 0), EnvReader::Shell);
        let found: Vec<String> = fact
            .listens
            .iter()
            .map(|listen| {
                assert_ne!(listen.span, Span::default(), "{line}");
                let (app, host, port) = (listen.app.as_ref(), listen.host.as_ref(), listen.port.as_ref());
                let mut text = format!("{:?} {} {} {}", listen.server, shown(app), shown(host), shown(port));
                for field in listen.options.iter().filter(|field| &*field.key != "reload") {
                    text += &format!(" {}={}", field.key, shown(Some(&field.value)));
                }
                text
            })
            .collect();
        assert_eq!(found.join("; "), expected, "{line}");
    }
}
