//! Several reports of one run, and what is said beside them.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::process::{Command, Stdio};

use support::git::Index;
use support::{BROKEN_NGINX, Repo, Run, program};
use wirelint::report::Format;

fn broken() -> Repo {
    Repo::new().with("nginx.conf", BROKEN_NGINX).with(".git/HEAD", "")
}

fn file(repo: &Repo, name: &str) -> String {
    std::fs::read_to_string(repo.path().join(name)).unwrap()
}

#[test]
fn one_run_writes_every_format_where_it_is_wanted() {
    let repo = broken();
    let outputs: Vec<String> = Format::ALL.iter().map(|format| format!("{0}=report.{0}", format.name())).collect();
    let mut arguments = vec!["check"];
    arguments.extend(outputs.iter().flat_map(|output| ["--output", output]));
    let run = repo.run(&arguments);
    assert_eq!(run, Run { code: Some(1), out: String::new(), err: String::new() });
    for format in Format::ALL {
        let alone = broken().run(&["check", "--format", format.name()]).out;
        assert_eq!(file(&repo, &format!("report.{}", format.name())), alone, "{format:?}");
    }
}

#[test]
fn a_format_and_a_file_mean_what_they_always_did() {
    let repo = broken();
    let sarif = repo.run(&["--format", "sarif", "--output", "a.sarif"]);
    assert_eq!((sarif.code, sarif.out.as_str()), (Some(1), ""));
    assert!(file(&repo, "a.sarif").contains("sarif-schema-2.1.0.json"));
    // a format that no file takes is for standard output
    let both = repo.run(&["--format", "concise", "--output", "sarif=b.sarif"]);
    assert!(both.out.starts_with("nginx.conf:3:5: error misplaced-directive "), "{both:?}");
    assert_eq!(file(&repo, "b.sarif"), file(&repo, "a.sarif"));
    let named = repo.run(&["--output", "json=-", "--output", "markdown=c.md"]);
    assert_eq!(named.findings(), ["nginx.conf misplaced-directive"]);
    assert!(file(&repo, "c.md").starts_with("<!-- wirelint -->\n## wirelint: 1 error, 0 warnings, 0 notes\n"));
    let odd = repo.run(&["--format", "json", "--output", "./a=b"]);
    assert_eq!(odd.code, Some(1), "{odd:?}");
    assert!(file(&repo, "a=b").contains("schema_version"));
}

#[test]
fn two_reports_in_one_place_are_a_mistake() {
    let repo = broken();
    let table: [(&[&str], &str); 8] = [
        (&["--output", "json=-", "--output", "github=-"], "two reports would go to standard output (json and github)"),
        (&["--format", "human", "--output", "json=-"], "two reports would go to standard output (json and human)"),
        (&["--output", "json=a", "--output", "sarif=a"], "two reports would go to a (json and sarif)"),
        (&["--output", "json=a", "--output", "sarif=./a"], "two reports would go to ./a (json and sarif)"),
        (&["--output", "jsn=a"], "no format is called `jsn`; did you mean `json`?"),
        (&["--output", "json="], "no file is named after `json=`"),
        (&["--quiet", "--verbose"], "--verbose"),
        (&["--quiet", "--statistics"], "--statistics"),
    ];
    for (arguments, words) in table {
        let run = repo.run(arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}: {run:?}");
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
    }
    let mut left: Vec<_> = std::fs::read_dir(repo.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [".git", "nginx.conf"], "nothing was written");
}

/// Whoever reads the first lines alone changes neither the exit code nor what goes to files.
#[test]
fn a_reader_that_goes_away_changes_nothing() {
    let repo = broken();
    for (format, code) in Format::ALL.into_iter().flat_map(|format| [(format.name(), 1), (format.name(), 0)]) {
        let more: &[&str] = if code == 0 { &["--exit-zero"] } else { &[] };
        let mut child = Command::new(program())
            .args(["--format", format, "--output", "json=kept.json", "."])
            .args(more)
            .current_dir(repo.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let run = child.wait_with_output().unwrap();
        assert_eq!((run.status.code(), String::from_utf8_lossy(&run.stderr).as_ref()), (Some(code), ""), "{format}");
        assert!(file(&repo, "kept.json").contains("schema_version"));
        std::fs::remove_file(repo.path().join("kept.json")).unwrap();
    }
}

#[test]
fn the_summary_is_beside_reports_for_programs_when_it_is_asked_for() {
    let repo = broken();
    let summary = "1 error, 0 warnings, 0 notes (1 file read, 0 connections followed)\n";
    for format in Format::ALL {
        let name = format.name();
        let plain = repo.run(&["--format", name]);
        assert_eq!(plain.err, "", "{name}: no person reads it");
        let verbose = repo.run(&["--format", name, "--verbose"]);
        let expected = if format == Format::Human { "" } else { summary };
        assert_eq!(verbose.err, expected, "{name}");
        if format != Format::Human {
            assert_eq!(plain.out, verbose.out, "{name}: standard output stays the same");
        }
    }
    assert!(repo.run(&[]).out.ends_with(&format!("{summary}1 fixable with `--fix`\n")));
    let to_file = repo.run(&["--verbose", "--output", "human=a.txt"]);
    assert_eq!((to_file.out.as_str(), to_file.err.as_str()), ("", summary));
}

#[test]
fn quiet_says_nothing_but_the_findings() {
    let repo = broken();
    let run = repo.run(&["--quiet"]);
    assert!(run.out.contains("error misplaced-directive") && !run.out.contains("1 error,"), "{}", run.out);
    assert_eq!(repo.run(&["--quiet", "--format", "concise"]).out.lines().count(), 1);
    assert_eq!(Repo::new().run(&["--quiet"]).out, "");
}

#[test]
fn statistics_count_and_times_are_apart() {
    let repo = broken().with("b/nginx.conf", BROKEN_NGINX);
    let human = repo.run(&["--statistics"]);
    let row = "    2  error    misplaced-directive  in 2 files, 0 connections\n";
    assert!(human.out.contains(row), "{}", human.out);
    assert_eq!(human.out, repo.run(&["--statistics"]).out, "the same in every run");
    assert!(human.err.starts_with("time: read ") && human.err.contains(", write "), "{}", human.err);
    let json = repo.run(&["--statistics", "--format", "json"]);
    assert_eq!(json.out, repo.run(&["--format", "json"]).out);
    assert!(json.err.contains(row), "{}", json.err);
    assert_eq!(repo.run(&[]).err, "");
}

#[test]
fn files_that_were_not_read_are_named_with_the_reason() {
    let repo = broken().with("web/src/app.ts", "fetch('/a');".repeat(20_000));
    let line = "  web/src/app.ts: generated or minified\n";
    assert!(!repo.run(&[]).out.contains(line));
    assert!(repo.run(&["--explain-skipped"]).out.contains(line), "{}", repo.run(&["--explain-skipped"]).out);
    assert!(repo.run(&["--verbose"]).out.contains(line));
    let concise = repo.run(&["--explain-skipped", "--format", "concise"]);
    assert!(concise.err.contains(line) && !concise.out.contains(line), "{concise:?}");
}

/// A link is for terminals; the variable says that the terminal would show it.
#[test]
fn no_link_leaves_into_a_pipe_or_a_file() {
    let repo = broken();
    for arguments in [&["--color", "always"][..], &["--color", "always", "--output", "a.txt"]] {
        let output = Command::new(program())
            .args(arguments)
            .current_dir(repo.path())
            .env("FORCE_HYPERLINK", "1")
            .output()
            .unwrap();
        let run = Run::from(output);
        assert!(!run.out.contains("\u{1b}]8"), "{run:?}");
    }
    assert!(file(&repo, "a.txt").contains("\u{1b}[") && !file(&repo, "a.txt").contains("\u{1b}]8"));
}

/// What `.git` says is said in SARIF, when everybody may know it; git itself is not asked.
#[test]
fn a_report_says_which_commit_it_is_about() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let config = |url: &str| format!("[remote \"origin\"]\n\turl = {url}\n");
    let known = "https://git.example.com/team/app.git";
    let loose = ("refs/heads/main", format!("{commit}\n"));
    let packed = (
        "packed-refs",
        format!("# pack-refs with: peeled\n{} refs/heads/other\n{commit} refs/heads/main\n", "f".repeat(40)),
    );
    let detached = ("HEAD", format!("{commit}\n"));
    let outside = ("HEAD", "ref: refs/../../commit\n".to_owned());
    let table = [
        (known, &loose, true),
        (known, &packed, true),
        (known, &detached, true),
        (known, &outside, false),
        ("https://user:secret@git.example.com/team/app.git", &loose, false),
        ("git@git.example.com:team/app.git", &loose, false),
    ];
    for (url, (name, text), is_said) in table {
        let repo = broken().with("commit", format!("{commit}\n"));
        Index::default().file("nginx.conf", BROKEN_NGINX).write(&repo.path().join(".git"), &config(url));
        let repo = repo.with(&format!(".git/{name}"), text);
        let said = |arguments: &[&str]| {
            let document: serde_json::Value = serde_json::from_str(&repo.run(arguments).out).unwrap();
            document["runs"][0]["versionControlProvenance"].clone()
        };
        let provenance = said(&["--format", "sarif"]);
        if is_said {
            assert_eq!(provenance[0]["repositoryUri"], known, "{name}");
            assert_eq!(provenance[0]["revisionId"], commit, "{name}");
        } else {
            assert!(provenance.is_null(), "{url} {name}: {provenance}");
        }
        assert!(said(&["--format", "sarif", "--staged"]).is_null(), "what is staged is no commit");
    }
}
