//! Python's argparse, asked what ports it makes of the command lines that wirelint takes apart.

use std::process::Command;

use crate::command_line_rows::ROWS;

#[test]
fn argparse_answers_as_recorded() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("server.py"), format!("{}print(args.port)\n", row.program()))
            .expect("a file");
        let words = row.command.strip_prefix("python ").expect("a program of Python").split(' ');
        let output = Command::new("python3")
            .args(words)
            .current_dir(folder.path())
            .output()
            .expect("python3 is missing: apt-get install python3");
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if said != row.port.to_string() {
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            wrong.push(format!("{}\n{}  recorded {}, now {said} {errors}", row.command, row.declares, row.port));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), ROWS.len(), wrong.join("\n"));
}
