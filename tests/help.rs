//! What `--help` shows: the usual first, the rest where it is looked for.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::process::Command;

use support::{Repo, Run, program};

/// Help as it is without a terminal, whatever the environment says of one.
fn help(arguments: &[&str]) -> String {
    let mut command = Command::new(program());
    command.args(arguments).current_dir(Repo::new().path().parent().unwrap()).env_remove("COLUMNS");
    let run = Run::from(command.output().unwrap());
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{arguments:?}");
    run.out
}

#[test]
fn the_program_shows_what_most_people_need() {
    insta::assert_snapshot!("program", help(&["--help"]));
    assert_eq!(help(&["-h"]), help(&["--help"]));
}

#[test]
fn a_short_help_has_the_usual_options_and_a_long_one_all() {
    insta::assert_snapshot!("check_usual", help(&["check", "-h"]));
    insta::assert_snapshot!("check_all", help(&["check", "--help"]));
}

/// What the short help leaves out is in the long one.
#[test]
fn no_option_is_lost() {
    let names = |text: &str| {
        let lines = text.lines().filter_map(|line| line.trim_start().split(' ').find(|word| word.starts_with("--")));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    for command in ["check", "trace", "ignore", "init"] {
        let (short, long) = (names(&help(&[command, "-h"])), names(&help(&[command, "--help"])));
        assert!(short.iter().all(|name| long.contains(name)), "{command}: {short:?} {long:?}");
    }
}
