//! The same tree gives the same bytes, whatever the threads and wherever the program was started.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::Path;

use support::run_in;

#[test]
fn threads_and_start_folder_do_not_matter() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for entry in std::fs::read_dir(fixtures).unwrap() {
        let repo = entry.unwrap().path().join("repo");
        if !repo.is_dir() {
            continue;
        }
        let path = repo.to_str().unwrap();
        for format in ["human", "json", "sarif"] {
            let one = run_in(&repo, &["check", "--verbose", "--format", format, "--jobs", "1", "."]);
            for (folder, target, jobs) in
                [(repo.as_path(), ".", "2"), (Path::new("/"), path, "2"), (Path::new("/"), path, "1")]
            {
                let other = run_in(folder, &["check", "--verbose", "--format", format, "--jobs", jobs, target]);
                assert_eq!(one, other, "{path} as {format} from {}", folder.display());
            }
        }
    }
}
