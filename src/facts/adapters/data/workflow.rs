//! CI workflows: names that a build gets from outside, and the commands that it runs.

use std::sync::Arc;

use crate::facts::adapters::written_names::{self, is_name, leading_name};
use crate::facts::lang::command;
use crate::facts::{EnvReader, Expr, FileFacts, HoleReason, OutsideSetting, PageFact, PageKind, Script};
use crate::parse::data::{Node, NodeKind, Pair};
use crate::parse::fragment::Fragment;

/// Adds every name under an `env:`, every build argument, and the commands of `run:` steps.
pub(super) fn read(source: &str, root: &Node, facts: &mut FileFacts) {
    environment(root.get("env"), facts);
    for job in root.get("jobs").map(Node::pairs).unwrap_or_default() {
        environment(job.value.get("env"), facts);
        for step in job.value.get("steps").map(Node::items).unwrap_or_default() {
            environment(step.get("env"), facts);
            self::step(source, &job.key, step, facts);
        }
    }
}

fn environment(node: Option<&Node>, facts: &mut FileFacts) {
    for pair in node.map(Node::pairs).unwrap_or_default() {
        facts.outside_settings.push(setting(pair));
    }
}

fn setting(pair: &Pair) -> OutsideSetting {
    OutsideSetting {
        name: Arc::clone(&pair.key),
        span: pair.key_span.cover(pair.value.span),
        value: value(&pair.value),
    }
}

/// The value as far as the file shows it; `${{ secrets.X }}` is a hole.
fn value(node: &Node) -> Option<Expr> {
    let text = node.text()?;
    Some(match text.contains("${{") {
        true => Expr::hole(node.span, HoleReason::Template(Arc::clone(text))),
        false => Expr::str(node.span, text),
    })
}

fn step(source: &str, job: &Arc<str>, step: &Node, facts: &mut FileFacts) {
    let action = step.get("uses").and_then(Node::text);
    if let Some(uses) = action.filter(|uses| uses.contains("actions-gh-pages") || uses.contains("actions/deploy-pages"))
    {
        let span = step.get("uses").map_or(step.span, |node| node.span);
        let _ = uses;
        facts.pages.push(PageFact { span, kind: PageKind::Hosting(Arc::from("GitHub Pages")) });
    }
    if let Some(arguments) = step.at(&["with", "build-args"]) {
        build_arguments(arguments, facts);
    }
    let Some(run) = step.get("run") else { return };
    let Some(text) = run.text() else { return };
    let command = command::shell_line(Fragment::of(source, run.span, text), EnvReader::Shell);
    for simple in &command.commands {
        let mut words = simple.words.iter();
        while let Some(word) = words.next() {
            if word.as_str() == Some("--build-arg")
                && let Some(argument) = words.next()
                && let Some(name) = leading_name(argument)
            {
                facts.outside_settings.push(OutsideSetting { name, span: argument.span, value: None });
            }
        }
        for assignment in &simple.assignments {
            let (name, span) = (Arc::clone(&assignment.name), assignment.span);
            facts.outside_settings.push(OutsideSetting { name, span, value: assignment.value.clone() });
        }
        facts.outside_settings.extend(written_names::of_words(simple));
    }
    facts.scripts.push(Script { name: Arc::clone(job), command });
}

/// One `NAME=value` in a line.
fn build_arguments(node: &Node, facts: &mut FileFacts) {
    let lines: Vec<&str> = match &node.kind {
        NodeKind::List(_) => node.texts().into_iter().map(|(text, _)| &**text).collect(),
        _ => node.text().map(|text| text.lines().collect()).unwrap_or_default(),
    };
    for line in lines {
        if let Some((name, _)) = line.trim().split_once('=')
            && is_name(name)
        {
            facts.outside_settings.push(OutsideSetting { name: Arc::from(name), span: node.span, value: None });
        }
    }
}
