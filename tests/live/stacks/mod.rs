//! Small stacks made from tables, started for real: where wirelint says ok the connection opens and carries a message, and
//! where it says that a hop breaks it does not.

mod browser;
mod parts;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wirelint::Settings;
use wirelint::base::MemoryTree;
use wirelint::config::Config;
use wirelint::model::{Handshake, ServedBy, Verdict, Wiring};

use self::browser::{Address, gets};
use self::parts::{Files, Ports, Program};
use self::table::{Stack, stacks};
use crate::process::{Running, free_port, program};
use crate::{nginx, process};

/// Stacks about which wirelint may say that something is not known; more would prove nothing.
const MOST_UNKNOWN: usize = 2;

/// What wirelint says of the one connection of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Ok,
    Breaks(Vec<&'static str>),
    Unknown(Vec<String>),
}

fn said(files: &Files) -> Said {
    let tree = MemoryTree::from_files(files.iter().map(|(path, text)| (path, text)));
    let report = wirelint::check(&tree, &Settings::new(Config::of_tree(&tree).expect("no settings")));
    let wiring = &report.wiring;
    let by_nginx = |handshake: &&Handshake| {
        let page = handshake.page.and_then(|page| wiring.pages.get(page.0 as usize));
        page.is_some_and(|page| matches!(page.served_by, ServedBy::Proxy(_)))
    };
    let found: Vec<&Handshake> = wiring.handshakes.iter().filter(by_nginx).collect();
    assert!(!found.is_empty(), "no connection is followed");
    verdict(wiring, &found)
}

fn verdict(wiring: &Wiring, handshakes: &[&Handshake]) -> Said {
    let hops = || handshakes.iter().flat_map(|handshake| &handshake.hops);
    let mut rules = Vec::new();
    let mut unknown = Vec::new();
    for hop in hops() {
        match &hop.verdict {
            Verdict::Breaks(causes) => {
                let causes = causes.iter().filter_map(|id| wiring.causes.get(id.0 as usize));
                rules.extend(causes.map(|cause| cause.kind.rule()));
            }
            Verdict::Unknown(why) => unknown.push(format!("{:?}: {why}", hop.kind)),
            Verdict::Holds | Verdict::Skipped => {}
        }
    }
    match (rules.is_empty(), unknown.is_empty()) {
        (false, _) => Said::Breaks(rules),
        (true, false) => Said::Unknown(unknown),
        (true, true) => Said::Ok,
    }
}

/// Starts the back end of a stack.
fn start(folder: &Path, stack: &Stack, port: u16) -> Running {
    let log = folder.join("back-end.log");
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/live");
    let mut command = match stack.program {
        Program::Python => {
            let python = program(
                &[target.join("venv/bin/python")],
                "python3 -m venv target/live/venv && target/live/venv/bin/pip install -r tests/live/requirements.txt",
            );
            Command::new(python)
        }
        Program::Node => {
            let modules = target.join("node/node_modules");
            assert!(
                modules.join("ws").is_dir(),
                "no modules for Node; install them: mkdir -p target/live/node && cp tests/live/package*.json target/live/node/ && npm --prefix target/live/node ci"
            );
            let mut command = Command::new(program(
                &["/usr/bin/node", "/usr/local/bin/node"].map(PathBuf::from),
                "apt-get install -y nodejs",
            ));
            command.env("NODE_PATH", modules);
            command
        }
    };
    command.arg(stack.program.file()).current_dir(folder.join("api")).env("PYTHONDONTWRITEBYTECODE", "1");
    Running::start(command, port, &log)
}

/// Whether the page of the stack gets the message.
fn happens(stack: &Stack, files: &Files, ports: Ports) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let repository = folder.path().join("repository");
    for (path, text) in files {
        let path = repository.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let _back_end = start(&repository, stack, ports.api);
    let site = files.iter().find(|(path, _)| path == parts::SITE).map(|(_, text)| text.clone()).expect("a site");
    // The pages lie where the site says, below the folder of this run.
    let site = site.replace("/srv/web", &repository.join("web").display().to_string());
    let _proxy = nginx::start(folder.path(), &site, ports.web);
    let page = Address { host: "app.test".to_owned(), port: ports.web, path: "/".to_owned() };
    let host = if stack.is_cross_origin() { "api.test" } else { "app.test" };
    let address = Address { host: host.to_owned(), port: ports.web, path: stack.path.to_owned() };
    gets(&page, &address, &stack.asked)
}

#[test]
fn what_is_said_of_small_stacks_is_what_happens() {
    let mut wrong = Vec::new();
    let mut unknown = Vec::new();
    let all = stacks();
    for stack in &all {
        let ports = Ports { web: free_port(), api: process::free_port() };
        let files = stack.files(ports);
        let said = said(&files);
        let happened = happens(stack, &files, ports);
        println!("{:<40} {said:?} / {happened:?}", stack.name);
        match (&said, &happened) {
            (Said::Ok, Ok(())) | (Said::Breaks(_), Err(_)) => {}
            (Said::Unknown(_), _) => unknown.push(stack.name.as_str()),
            _ => wrong.push(format!("{}: wirelint says {said:?}, and {happened:?}", stack.name)),
        }
    }
    assert!(all.len() >= 40, "only {} stacks", all.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
    assert!(unknown.len() <= MOST_UNKNOWN, "not known: {unknown:?}");
}
