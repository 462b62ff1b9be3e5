//! What a shell and a manual get from the command line's own description.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use support::Repo;

/// The commands that `wirelint help` lists.
fn commands() -> Vec<String> {
    let help = Repo::new().run(&["help"]).out;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    list.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn every_shell_gets_completions_for_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = Repo::new().run(&["completions", shell]);
        assert_eq!(run.code, Some(0), "{shell}: {run:?}");
        for word in commands().iter().map(String::as_str).chain(["fail-on", "staged"]) {
            assert!(run.out.contains(word), "{shell}: no {word}");
        }
    }
    let run = Repo::new().run(&["completions", "csh"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("possible values: bash, elvish, fish, powershell, zsh"), "{}", run.err);
}

#[test]
fn the_program_and_every_command_have_a_manual_page() {
    let repo = Repo::new();
    let page = repo.run(&["man"]).out;
    assert!(page.contains(".TH wirelint 1"), "{page}");
    for command in commands() {
        assert!(page.contains(&format!("wirelint\\-{command}(1)")), "the program's page does not name {command}");
        let run = repo.run(&["man", &command]);
        assert_eq!(run.code, Some(0), "{command}: {run:?}");
        assert!(run.out.contains(&format!(".TH wirelint-{command} 1")), "{command}: {}", run.out);
    }
    let run = repo.run(&["man", "chek"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    assert!(run.err.contains("no command is called `chek`"), "{}", run.err);
}
