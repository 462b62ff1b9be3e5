//! Routes that a module hangs on a router of another one are seen wherever that module is brought in.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use serde_json::Value;
use support::Repo;

const FLASK: &str = "from flask import Flask\n\n\ndef create_app():\n    app = Flask(__name__)\n    from app.api import bp\n    app.register_blueprint(bp, url_prefix=\"/api\")\n    return app\n";
const BLUEPRINT: &str = "from flask import Blueprint\n\nbp = Blueprint(\"api\", __name__)\n\n";
const FAST: &str = "from fastapi import FastAPI\n\nfrom app.api import router\n\napp = FastAPI()\napp.include_router(router, prefix=\"/api\")\n";
const ROUTER: &str = "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n";
const VIEW: &str = "\n\n@bp.get(\"/books/\")\ndef books():\n    return []\n";
const ROUTE: &str = "\n\n@router.get(\"/books/\")\ndef books():\n    return []\n";

/// The paths that calls ask for and no route has, of a repository whose page asks for `/api/books/` and `/api/pens/`.
fn missed(files: &[(&str, String)]) -> Vec<String> {
    let repo = Repo::new()
        .with("app/static/app.js", "fetch('/api/books/');\nfetch('/api/pens/');\n")
        .with("app/templates/index.html", "<html><script src=\"/static/app.js\"></script></html>\n")
        .with("requirements.txt", "flask\nfastapi\nuvicorn\n");
    let repo = files.iter().fold(repo, |repo, (path, text)| repo.with(path, text));
    let run = repo.run(&["--format", "json", "--exit-zero", "--select", "path-mismatch"]);
    let document: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"));
    let findings = document["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["label"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn views_of_a_blueprint_are_attached_by_an_import() {
    let ways: [(&str, &str); 6] = [
        ("from app.api import books  # noqa\n", "from app.api import bp\n"),
        ("from . import books  # noqa\n", "from . import bp\n"),
        ("from .books import *  # noqa\n", "from app.api import *\n"),
        ("import app.api.books  # noqa\n", "from . import bp\nfrom flask import jsonify\n"),
        ("from . import books  # noqa\n", "import app.api as api\n\nbp = api.bp\n"),
        ("from app.api import books  # noqa\n", "from . import bp as bp\n"),
    ];
    for (attach, import) in ways {
        let found = missed(&[
            ("app/__init__.py", FLASK.to_owned()),
            ("app/api/__init__.py", format!("{BLUEPRINT}{attach}")),
            ("app/api/books.py", format!("{import}{VIEW}")),
        ]);
        assert_eq!(found, ["no route takes `/api/pens/`"], "{attach} {import}");
    }
}

#[test]
fn routes_of_a_router_are_attached_by_an_import() {
    for (attach, import) in [
        ("from . import books  # noqa\n", "from . import router\n"),
        ("from .books import *  # noqa\n", "from app.api import *\n"),
        ("import app.api.books  # noqa\n", "from app.api import router\n"),
    ] {
        let found = missed(&[
            ("app/main.py", FAST.to_owned()),
            ("app/api/__init__.py", format!("{ROUTER}{attach}")),
            ("app/api/books.py", format!("{import}{ROUTE}")),
        ]);
        assert_eq!(found, ["no route takes `/api/pens/`"], "{attach} {import}");
    }
    for registration in ["bp.add_url_rule(\"/books/\", view_func=books)", "bp.route(\"/books/\")(books)"] {
        let found = missed(&[
            ("app/__init__.py", FLASK.to_owned()),
            ("app/api/__init__.py", format!("{BLUEPRINT}from . import books\n")),
            ("app/api/books.py", format!("from . import bp\n\n\ndef books():\n    return []\n\n\n{registration}\n")),
        ]);
        assert!(!found.iter().any(|label| label.contains("books")), "{registration}: {found:?}");
    }
}
