//! The same tree gives the same bytes, whatever the threads and wherever the program was started.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::{Path, PathBuf};

use support::{Repo, run_in};
use wirelint::report::Format;

/// What one run writes in every format, and says beside them.
fn reports(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let beside = tempfile::tempdir().unwrap();
    let files = Format::ALL.map(|format| beside.path().join(format.name()));
    let outputs =
        Format::ALL.iter().zip(&files).map(|(format, file)| format!("--output={}={}", format.name(), file.display()));
    let outputs: Vec<String> = outputs.collect();
    let mut all = vec!["check", "--verbose"];
    all.extend(outputs.iter().map(String::as_str).chain(arguments.iter().copied()));
    let run = run_in(folder, &all);
    assert!(run.out.is_empty() && run.err.contains(" read, "), "{run:?}");
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).chain([run.err]).collect()
}

#[test]
fn threads_and_start_folder_do_not_matter() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for entry in std::fs::read_dir(fixtures).unwrap() {
        let repo = entry.unwrap().path().join("repo");
        if !repo.is_dir() {
            continue;
        }
        let path = repo.to_str().unwrap();
        let one = reports(&repo, &["--jobs", "1", "--root", "."]);
        for (folder, target, jobs) in
            [(repo.as_path(), ".", "2"), (Path::new("/"), path, "2"), (Path::new("/"), path, "1")]
        {
            let other = reports(folder, &["--jobs", jobs, "--root", target]);
            for (one, other) in one.iter().zip(&other) {
                assert_eq!(one, other, "{path} from {}", folder.display());
            }
        }
    }
}

/// The files below `from`, in the order of their paths.
fn files(from: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let is_link = path.symlink_metadata().unwrap().is_symlink();
        if path.is_dir() && !is_link { files(&path, found) } else { found.push(path) }
    }
    found.sort();
}

#[test]
fn a_copy_made_in_another_order_gives_the_same() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut all = Vec::new();
    files(&fixtures, &mut all);
    let [mut forward, mut backward] = [Repo::new(), Repo::new()];
    let relative = |path: &Path| path.strip_prefix(&fixtures).unwrap().to_str().unwrap().to_owned();
    // A link is copied as a link: what it names may be on another machine only.
    let put = |copy: Repo, path: &Path| match std::fs::read_link(path) {
        Ok(target) => copy.with_link(&relative(path), &target),
        Err(_) => copy.with(&relative(path), std::fs::read(path).unwrap()),
    };
    for path in &all {
        forward = put(forward, path);
    }
    for path in all.iter().rev() {
        backward = put(backward, path);
        if !path.is_symlink() {
            let file = std::fs::File::options().write(true).open(backward.path().join(relative(path))).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        }
    }
    let one = reports(forward.path(), &["--jobs", "1"]);
    for jobs in ["1", "8"] {
        for (one, other) in one.iter().zip(&reports(backward.path(), &["--jobs", jobs])) {
            assert_eq!(one, other, "with {jobs}");
        }
    }
}
