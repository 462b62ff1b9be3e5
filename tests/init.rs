//! `wirelint init`: what is proposed, what is written, and what is left alone.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::Path;

use support::{BROKEN_NGINX, Repo};

const FILES: [&str; 3] = ["wirelint.toml", ".pre-commit-config.yaml", ".github/workflows/wirelint.yml"];
const MANIFEST: &str = r#"{ "scripts": { "build": "vite build" }, "devDependencies": { "vite": "^7.0.0" } }"#;

/// A front end behind nginx, at home on GitHub.
fn repository() -> Repo {
    Repo::new()
        .with(".git/HEAD", "")
        .with(".github/workflows/test.yml", "name: test\n")
        .with("nginx.conf", BROKEN_NGINX)
        .with("legacy/nginx/site.conf", BROKEN_NGINX)
        .with("web/package.json", MANIFEST)
        .with("web/index.html", "<script>new WebSocket('wss://' + location.host + '/ws')</script>\n")
}

fn there(repo: &Repo) -> Vec<&'static str> {
    FILES.into_iter().filter(|file| repo.path().join(file).symlink_metadata().is_ok()).collect()
}

fn read(repo: &Repo, file: &str) -> String {
    std::fs::read_to_string(repo.path().join(file)).unwrap()
}

#[test]
fn without_a_terminal_everything_is_shown_and_nothing_written() {
    let repo = repository();
    let run = repo.run(&["init"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    for words in
        ["nginx (", "Vite (web)", "GitHub Actions", "wirelint.toml, a new file", "  - repo: https://", "sarif_file"]
    {
        assert!(run.out.contains(words), "{words}: {}", run.out);
    }
    assert_eq!(run.err, "note: nothing was written; `wirelint init --yes` writes the new files\n");
    let dry = repo.run(&["init", "--dry-run"]);
    assert_eq!((dry.out, dry.err.as_str()), (run.out, ""));
    assert_eq!(there(&repo), [] as [&str; 0]);
    assert_eq!(repo.run(&["init", "--dry-run", "--yes"]).code, Some(2));
}

#[test]
fn what_was_written_works_and_changes_no_finding() {
    let repo = repository();
    let before = repo.run(&["--format", "json"]).findings();
    let run = repo.run(&["init", "--yes"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");
    assert!(
        run.out.contains("\nwritten: wirelint.toml, .pre-commit-config.yaml, .github/workflows/wirelint.yml\n"),
        "{run:?}"
    );
    assert_eq!(there(&repo), FILES);
    let check = repo.run(&["config", "check"]);
    assert_eq!(check.out, "wirelint.toml can be used\n", "{check:?}");
    let after = repo.run(&["--format", "json"]);
    assert_eq!((after.code, after.findings()), (Some(1), before));
    let again = repo.run(&["init", "--yes"]);
    assert!(again.out.ends_with("everything that wirelint would propose is there already\n"), "{}", again.out);
}

/// The keys that are proposed as comments hold what the repository needs: without the marks the file can be used as it is.
#[test]
fn the_keys_that_help_here_are_proposed() {
    let repo = repository();
    repo.run(&["init", "--yes"]);
    let text = read(&repo, "wirelint.toml");
    assert!(text.starts_with("#:schema https://"), "{text}");
    for line in
        ["# exclude = [\"/legacy/\"]", "# origin = \"https://app.example.com\"", "# path = \"web\"", "# [nginx]"]
    {
        assert!(text.lines().any(|known| known == line), "{line}: {text}");
    }
    assert!(!text.contains("caddy"), "there is none: {text}");
    let is_key =
        |line: &str| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
    let filled: Vec<&str> =
        text.lines().map(|line| line.strip_prefix("# ").filter(|rest| is_key(rest)).unwrap_or(line)).collect();
    let repo = repo.with("wirelint.toml", filled.join("\n"));
    let check = repo.run(&["config", "check"]);
    assert_eq!((check.code, check.out.as_str()), (Some(0), "wirelint.toml can be used\n"), "{check:?}");
    assert_eq!(repo.run(&["--select", "unused-setting"]).code, Some(0), "each of them applies to something");
    let empty = Repo::new();
    empty.run(&["init", "--yes"]);
    let keys: Vec<String> =
        read(&empty, "wirelint.toml").lines().filter(|line| line.contains(" = ")).map(str::to_owned).collect();
    assert_eq!(keys, ["fail-on = \"warning\""], "nothing else helps an empty folder");
    assert_eq!(there(&empty), ["wirelint.toml"], "no git, no hook; no workflow where nobody runs it");
}

#[test]
fn in_a_folder_below_the_files_are_for_the_root() {
    let repo = repository();
    let run = support::run_in(&repo.path().join("web"), &["init", "--yes"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.err.starts_with("note: the repository is `"), "{}", run.err);
    assert_eq!(there(&repo), FILES);
}

#[test]
fn what_is_there_is_left_and_the_lines_for_it_are_shown() {
    let hooks = "repos:\n  - repo: local\n    hooks: []\n";
    let repo = repository()
        .with(".pre-commit-config.yaml", hooks)
        .with("wirelint.toml", "")
        .with(".gitlab-ci.yml", "test: {}\n");
    let run = repo.run(&["init", "--yes"]);
    assert!(
        run.out.contains(".pre-commit-config.yaml is there already and is left as it is; add this to `repos`"),
        "{}",
        run.out
    );
    assert!(run.out.contains("      - repo: https://github.com/wirelint/wirelint"), "{}", run.out);
    assert!(run.out.contains("      codequality: gl-code-quality-report.json\n"), "{}", run.out);
    assert!(!run.out.contains("wirelint.toml"), "{}", run.out);
    assert_eq!(read(&repo, ".pre-commit-config.yaml"), hooks);
    assert_eq!(read(&repo, "wirelint.toml"), "");
    assert_eq!(read(&repo, ".gitlab-ci.yml"), "test: {}\n");
    let nothing_new = repo.with(FILES[2], "name: wirelint\n").run(&["init"]);
    assert_eq!(nothing_new.err, "", "there is no new file to be written");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let outside = Repo::new();
    let folder = Repo::new().with(".git/HEAD", "").with_link(".github", outside.path());
    let run = folder.run(&["init", "--yes"]);
    // A link is no folder of the repository, so GitHub is not seen there; a clone of GitHub would get that far.
    assert_eq!(run.code, Some(0), "{run:?}");
    let hook = Repo::new().with(".git/HEAD", "").with_link(".pre-commit-config.yaml", &outside.path().join("hook"));
    assert_eq!(hook.run(&["init", "--yes"]).code, Some(0));
    let toml = Repo::new().with_link("wirelint.toml", &outside.path().join("toml"));
    toml.run(&["init", "--yes"]);
    let workflows =
        Repo::new().with(".github/dependabot.yml", "version: 2\n").with_link(".github/workflows", outside.path());
    let run = workflows.run(&["init", "--yes"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("is no folder"), "{}", run.err);
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn names_of_folders_change_nothing_in_the_file() {
    let odd = "old\"]\nselect = [\"cors-origin\"]/legacy";
    let repo = repository().with(&format!("{odd}/nginx.conf"), BROKEN_NGINX);
    repo.run(&["init", "--yes"]);
    let text = read(&repo, "wirelint.toml");
    assert!(!text.contains("select"), "{text}");
}

#[test]
fn the_readme_shows_the_same_workflow_and_hook() {
    let repo = repository();
    repo.run(&["init", "--yes"]);
    let release = concat!("v", env!("CARGO_PKG_VERSION"));
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (workflow, hook) = (read(&repo, FILES[2]), read(&repo, FILES[1]));
    let is_released = !release.contains('-');
    for text in [&workflow, &hook] {
        assert_eq!(text.contains(release), is_released, "a release that there is: {text}");
        assert_eq!(text.contains("`git rev-parse HEAD` in a clone"), !is_released, "{text}");
    }
    let plain = |text: &str| {
        let text = text.replace(release, "COMMIT");
        let lines: Vec<&str> = text.lines().map(|line| line.split("   #").next().unwrap_or(line)).collect();
        lines.join("\n")
    };
    assert!(plain(&readme).contains(&plain(&workflow)), "{workflow}");
    assert!(plain(&readme).contains(&plain(&hook)), "{hook}");
}
