//! Servers for WSGI applications that code starts: waitress, gevent, eventlet, Werkzeug's and Python's own.

use tree_sitter::Node;

use crate::base::Span;
use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{At, PythonAdapter, PythonCx, span};
use crate::facts::{Expr, ExprKind, FileFacts, HoleReason, ListenFact, ServerProgram};

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "wsgi-servers",
    needles: &["waitress", "pywsgi", "eventlet.listen(", "eventlet.wsgi", "make_server(", "run_simple("],
    marks: &["waitress", "pywsgi", "eventlet", "make_server(", "run_simple("],
    kept: &[],
    visit,
    whole: None,
};

/// Where a server listens.
#[derive(Default)]
struct Address {
    host: Option<Expr>,
    port: Option<Expr>,
    tls: Option<Expr>,
}

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if site.node.kind() != "call" {
        return;
    }
    let Some(made) = cx.constructor(site.node) else { return };
    let at = cx.at(site);
    let args = cx.args(site.node);
    let here = span(site.node);
    let value = |index: usize, name: &str| args.get(index, name).map(|node| cx.expr(node, &at));
    let (app, address) = match made.as_str() {
        "waitress.serve" => {
            // A socket of the file system takes the place of an address.
            if args.keyword("unix_socket").is_some() {
                return;
            }
            let address = match args.keyword("listen") {
                // Several addresses stand in one text.
                Some(listen) => match cx.constant_text(listen, &at).filter(|text| !text.trim().contains(' ')) {
                    Some(text) => written(here, text.trim()),
                    None => Address {
                        host: Some(Expr::hole(span(listen), HoleReason::Unsupported)),
                        port: Some(Expr::hole(span(listen), HoleReason::Unsupported)),
                        tls: None,
                    },
                },
                None => Address {
                    host: cx.option(&args, "host", &at).or_else(|| Some(Expr::str(here, "0.0.0.0"))),
                    port: cx.option(&args, "port", &at).or_else(|| Some(Expr::str(here, "8080"))),
                    tls: None,
                },
            };
            (args.get(0, "app"), address)
        }
        "gevent.pywsgi.WSGIServer" | "gevent.wsgi.WSGIServer" => {
            let mut address = args.get(0, "listener").map(|node| bound(cx, node, &at)).unwrap_or_default();
            address.tls = address.tls.or_else(|| cx.keyword_value(&args, "certfile", &at));
            (args.get(1, "application"), address)
        }
        "eventlet.wsgi.server" => {
            (args.get(1, "site"), args.get(0, "sock").map(|node| bound(cx, node, &at)).unwrap_or_default())
        }
        "wsgiref.simple_server.make_server" => {
            (args.get(2, "app"), Address { host: value(0, "host"), port: value(1, "port"), tls: None })
        }
        "werkzeug.serving.run_simple" | "werkzeug.run_simple" => {
            let tls = cx.keyword_value(&args, "ssl_context", &at);
            (args.get(2, "application"), Address { host: value(0, "hostname"), port: value(1, "port"), tls })
        }
        _ => return,
    };
    let Some(app) = app else { return };
    facts.listeners.push(ListenFact {
        span: here,
        app: Some(cx.reference(app, &at)),
        server: ServerProgram::PythonListen,
        host: address.host,
        port: address.port,
        tls: address.tls,
        options: Vec::new(),
        function: cx.around(site.scope),
    });
}

/// `("", 5000)`, `":5000"`, `5000`, `eventlet.listen(("", 5000))`, and that inside `eventlet.wrap_ssl(..)`.
fn bound<'t>(cx: &PythonCx<'t>, node: Node<'t>, at: &At<'t>) -> Address {
    let mut node = cx.resolve(node, at);
    let mut tls = None;
    for _ in 0..2 {
        let made = cx.constructor(node);
        if !matches!(made.as_deref(), Some("eventlet.listen" | "eventlet.wrap_ssl")) {
            break;
        }
        if made.as_deref() == Some("eventlet.wrap_ssl") {
            tls = Some(Expr::new(span(node), ExprKind::Bool(true)));
        }
        let Some(inner) = cx.args(node).positional.first().copied() else { break };
        node = cx.resolve(inner, at);
    }
    if let Some([host, port]) = cx.elements(node, at).as_deref() {
        return Address { host: Some(cx.expr(*host, at)), port: Some(cx.expr(*port, at)), tls };
    }
    match node.kind() {
        "string" => {
            let text = cx.constant_text(node, at);
            text.map(|text| Address { tls, ..written(span(node), &text) }).unwrap_or_default()
        }
        "integer" => Address { host: Some(Expr::str(span(node), "")), port: Some(cx.expr(node, at)), tls },
        _ => Address { tls, ..Address::default() },
    }
}

/// `host:port`, where `*` and nothing are every address.
fn written(here: Span, text: &str) -> Address {
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    let host = host.trim_matches(['[', ']', '*']);
    Address { host: Some(Expr::str(here, host)), port: Some(Expr::str(here, port)), tls: None }
}

#[cfg(test)]
mod tests {
    use crate::base::{Entry, FileKind, FileRole, RepoPath, Tracking};
    use crate::facts::{Expr, ExprKind, deserves_parse, extract};

    fn shown(expr: Option<&Expr>) -> String {
        match expr.map(|expr| &expr.kind) {
            Some(ExprKind::Str(text) | ExprKind::Num(text)) => text.to_string(),
            Some(ExprKind::Bool(value)) => value.to_string(),
            Some(_) => "?".to_owned(),
            None => "-".to_owned(),
        }
    }

    #[test]
    fn servers_listen_where_they_are_told() {
        for (text, expected) in [
            ("from waitress import serve\nserve(app, host='127.0.0.1', port=80)", "127.0.0.1 80 -"),
            ("import waitress\nwaitress.serve(app)", "0.0.0.0 8080 -"),
            ("import waitress\nwaitress.serve(app, listen='*:9000')", " 9000 -"),
            ("import waitress\nwaitress.serve(app, listen=f'*:{port}')", "? ? -"),
            ("import waitress\nwaitress.serve(app, listen='127.0.0.1:1 127.0.0.1:2')", "? ? -"),
            ("from gevent.pywsgi import WSGIServer\nWSGIServer(('', 5000), app).serve_forever()", " 5000 -"),
            ("from gevent import pywsgi\ns = pywsgi.WSGIServer(':5000', app)", " 5000 -"),
            ("import eventlet\neventlet.wsgi.server(eventlet.listen(('0.0.0.0', 80)), app)", "0.0.0.0 80 -"),
            (
                "import eventlet.wsgi\nsock = eventlet.wrap_ssl(eventlet.listen(('', 443)), certfile='a')\neventlet.wsgi.server(sock, app)",
                " 443 true",
            ),
            ("from wsgiref.simple_server import make_server\nmake_server('', 8000, app)", " 8000 -"),
            ("from werkzeug.serving import run_simple\nrun_simple('0.0.0.0', 4000, app)", "0.0.0.0 4000 -"),
        ] {
            let path = RepoPath::new("main.py").expect("inside");
            let (kind, role, tracking) = (FileKind::Python, FileRole::Production, Tracking::Tracked);
            let entry = Entry { path, size: text.len() as u64, kind, role, tracking };
            assert!(deserves_parse(&entry, text.as_bytes()), "{text}");
            let facts = extract(&entry, text);
            let found: Vec<String> = facts
                .listeners
                .iter()
                .map(|it| {
                    assert!(it.app.is_some(), "{text}");
                    [it.host.as_ref(), it.port.as_ref(), it.tls.as_ref()].map(shown).join(" ")
                })
                .collect();
            assert_eq!(found, [expected], "{text}");
        }
    }
}
