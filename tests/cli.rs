//! The command line as a user meets it: exit codes, messages, what is written where.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use support::git::Index;
use support::{BROKEN_NGINX, Repo};

const ERROR: &str = "nginx.conf misplaced-directive";

fn broken() -> Repo {
    Repo::new().with("nginx.conf", BROKEN_NGINX)
}

#[test]
fn exit_codes() {
    let repo = broken().with(".git/HEAD", "");
    let table: [(&[&str], i32); 12] = [
        (&[], 1),
        (&["."], 1),
        (&["check"], 1),
        (&["check", "."], 1),
        (&["--fail-on", "error"], 1),
        (&["--exit-zero"], 0),
        (&["--ignore", "misplaced-directive"], 0),
        (&["--ignore", "upgrade-headers"], 0),
        (&["--select", "cors-origin"], 0),
        (&["rules"], 0),
        (&["explain", "misplaced-directive"], 0),
        (&["--version"], 0),
    ];
    for (arguments, code) in table {
        let run = repo.run(arguments);
        assert_eq!(run.code, Some(code), "{arguments:?}: {run:?}");
        assert_eq!(run.err, "", "{arguments:?}");
    }
    assert_eq!(Repo::new().run(&[]).code, Some(0), "an empty folder is clean");
}

#[test]
fn mistakes_are_refused_with_the_nearest_right_thing() {
    let repo = broken();
    let table: [(&[&str], &str); 9] = [
        (&["--select", "misplaced-directiv"], "did you mean `misplaced-directive`?"),
        (&["--ignore", "cors-orign"], "did you mean `cors-origin`?"),
        (&["explain", "port-mismach"], "did you mean `port-mismatch`?"),
        (&["--formt", "json"], "--format"),
        (&["--format", "jsn"], "'json'"),
        (&["--fail-on", "warn"], "'warning'"),
        (&["chek"], "did you mean `check`?"),
        (&["--jobs", "0"], "--jobs"),
        (&["no/such/folder"], "no such file or folder"),
    ];
    for (arguments, words) in table {
        let run = repo.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {run:?}");
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
        assert_eq!(run.out, "", "{arguments:?}");
    }
}

#[test]
fn the_configuration_speaks_and_the_command_line_has_the_last_word() {
    let ignoring = broken().with("wirelint.toml", "ignore = ['upgrade-headers']\n");
    assert_eq!(ignoring.run(&[]).code, Some(0));
    let lenient = broken().with("wirelint.toml", "select = ['misplaced-directive']\nfail-on = 'error'\n");
    assert_eq!(lenient.run(&["--format", "json"]).findings(), [ERROR]);
    assert_eq!(lenient.run(&["--select", "origin-not-allowed"]).code, Some(0));
    let excluded = broken().with("wirelint.toml", "exclude = ['nginx.conf']\n");
    assert_eq!(excluded.run(&[]).code, Some(0));
    let wrong = broken().with("wirelint.toml", "[[supress]]\nrule = 'x'\n").run(&[]);
    assert_eq!(wrong.code, Some(2));
    assert_eq!(wrong.err, "error: wirelint.toml:1: unknown key `supress`; did you mean `suppress`?\n");
}

#[test]
fn stated_suppressions_need_no_comment_and_must_be_used() {
    let entry =
        |path: &str| format!("[[suppress]]\nrule = 'misplaced-directive'\npath = '{path}'\nreason = 'not deployed'\n");
    let used = broken().with("wirelint.toml", entry("nginx.conf")).run(&["--select", "misplaced-directive"]);
    assert_eq!(used.code, Some(0), "{used:?}");
    let unused = broken().with("wirelint.toml", entry("other.conf")).run(&["--format", "json"]);
    assert!(unused.findings().contains(&"wirelint.toml unused-suppression".to_owned()), "{:?}", unused.findings());
}

#[test]
fn output_goes_to_a_file_and_colours_only_where_they_are_wanted() {
    let repo = broken();
    let run = repo.run(&["--format", "json", "--output", "out.json"]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    let written = std::fs::read_to_string(repo.path().join("out.json")).unwrap();
    assert!(written.contains("misplaced-directive"));
    assert!(!repo.run(&[]).out.contains('\u{1b}'));
    assert!(repo.run(&["--color", "always"]).out.contains('\u{1b}'));
}

#[test]
fn a_path_inside_limits_what_is_shown() {
    let repo = broken().with("other/nginx.conf", BROKEN_NGINX).with(".git/HEAD", "");
    let findings = repo.run(&["--format", "json", "--select", "misplaced-directive", "other/nginx.conf"]).findings();
    assert_eq!(findings, ["other/nginx.conf misplaced-directive"]);
}

#[test]
fn staged_content_is_checked_and_ignored_env_files_are_counted() {
    let repo = broken().with(".gitignore", ".env\n").with(".env", "A=b\n").with("package.json", "{}");
    let stage = |index: Index| index.write(&repo.path().join(".git"), "");
    let staged = || Index::default().file("nginx.conf", BROKEN_NGINX).file("package.json", "{}");
    stage(staged());
    std::fs::write(repo.path().join("nginx.conf"), "server { listen 80; }\n").unwrap();
    assert_eq!(repo.run(&["--format", "json"]).findings(), [] as [&str; 0]);
    assert_eq!(repo.run(&["--format", "json", "--staged", "--select", "misplaced-directive"]).findings(), [ERROR]);
    let count = |arguments: &[&str]| {
        let run: serde_json::Value = serde_json::from_str(&repo.run(arguments).out).unwrap();
        run["coverage"]["ignored_env_files"].as_u64()
    };
    assert_eq!(count(&["--format", "json"]), Some(1));
    assert_eq!(count(&["--format", "json", "--local"]), Some(0));
    // one that was committed is on every machine
    stage(staged().file(".env", "A=b\n"));
    assert_eq!(count(&["--format", "json"]), Some(0));
}

#[cfg(unix)]
#[test]
fn links_are_followed_on_disk_and_in_the_index() {
    let main = "events {}\nhttp { include sites-enabled/*; }\n";
    let repo = Repo::new()
        .with("nginx/nginx.conf", main)
        .with("nginx/sites-available/on", BROKEN_NGINX)
        .with("nginx/sites-available/off", BROKEN_NGINX)
        .with("nginx/sites-enabled/.keep", "");
    let link = repo.path().join("nginx/sites-enabled/on");
    std::os::unix::fs::symlink("../sites-available/on", &link).unwrap();
    let index = Index::default().file("nginx/nginx.conf", main).file("nginx/sites-available/on", BROKEN_NGINX);
    let index = index.file("nginx/sites-available/off", BROKEN_NGINX);
    index.link("nginx/sites-enabled/on", "../sites-available/on").write(&repo.path().join(".git"), "");
    let enabled = ["nginx/sites-available/on misplaced-directive"];
    let arguments = ["--format", "json", "--select", "misplaced-directive"];
    assert_eq!(repo.run(&arguments).findings(), enabled);
    std::fs::remove_file(link).unwrap();
    assert_eq!(repo.run(&[&arguments[..], &["--staged"]].concat()).findings(), enabled);
}

#[test]
fn a_text_inside_of_a_config_map_is_refused_by_its_own_program() {
    let head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  default.conf: |\n";
    let open = format!("{head}    server {{\n      listen 80;\n      location / {{\n        root /srv;\n      }}\n");
    let run = Repo::new().with("k8s/web.yaml", open).run(&["--format", "json"]);
    assert!(run.out.contains("nginx refuses `k8s/web.yaml`"), "{}", run.out);
    let number = format!("{head}    server {{\n      listen 80;\n    }}\n  workers: 4\n");
    let run = Repo::new().with("k8s/web.yaml", number).run(&["--format", "json"]);
    assert!(run.out.contains("Kubernetes refuses `k8s/web.yaml`"), "{}", run.out);
}
