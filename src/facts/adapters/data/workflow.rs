//! CI workflows: names that a build gets from outside, and the commands that it runs.

use std::sync::Arc;

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
        written_names(simple.words.iter().filter_map(Expr::as_str), simple.span, facts);
    }
    facts.scripts.push(Script { name: Arc::clone(job), command });
}

/// `echo "VITE_X=..." >> .env`: a name that the workflow writes.
fn written_names<'w>(words: impl Iterator<Item = &'w str>, span: crate::base::Span, facts: &mut FileFacts) {
    let mut words = words;
    if words.next() != Some("echo") {
        return;
    }
    for word in words {
        if let Some((name, _)) = word.split_once('=')
            && is_name(name)
        {
            facts.outside_settings.push(OutsideSetting { name: Arc::from(name), span, value: None });
        }
    }
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

fn leading_name(argument: &Expr) -> Option<Arc<str>> {
    let head = match &argument.kind {
        crate::facts::ExprKind::Op(_, parts) => parts.first().and_then(Expr::as_str),
        _ => argument.as_str(),
    }?;
    let name = head.split('=').next().unwrap_or(head);
    is_name(name).then(|| Arc::from(name))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
