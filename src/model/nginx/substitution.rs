//! Steps that put values into a file before nginx reads it: `envsubst`, and the entry point of the official image.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::variables::{TextPiece, pieces};
use crate::base::{FileId, Place};
use crate::facts::{Expr, SimpleCommand};

/// A step that replaces `$NAME` and `${NAME}` in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateStep {
    /// The file.
    pub file: FileId,
    /// Which names it replaces.
    pub names: StepNames,
    /// The command, or what puts the file where the image's entry point looks.
    pub place: Place,
}

/// Which names a step replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepNames {
    /// Every name; one without a value becomes empty (`envsubst` without a list).
    All,
    /// These.
    Listed(BTreeSet<Arc<str>>),
    /// Those that the environment defines (the official image); with a filter, those of them that match it.
    Defined {
        /// `NGINX_ENVSUBST_FILTER`.
        filter: Option<Arc<str>>,
    },
    /// A list that a command computes.
    Unknown,
}

/// An `envsubst` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Envsubst {
    /// The file that it reads, as the command names it.
    pub input: String,
    /// The file that it writes.
    pub output: Option<String>,
    pub names: StepNames,
}

/// What an `envsubst` command does; `None` for other commands, and when its input is not known.
pub(super) fn envsubst(command: &SimpleCommand) -> Option<Envsubst> {
    let program = command.words.first()?.as_str()?;
    if program.rsplit('/').next() != Some("envsubst") {
        return None;
    }
    let path = |expr: &Expr| {
        let text = expr.as_str()?;
        let folder = command.directory.as_deref().filter(|_| !text.starts_with('/'));
        Some(folder.map_or_else(|| text.to_owned(), |folder| format!("{folder}/{text}")))
    };
    let names = match command.words.get(1..).unwrap_or_default() {
        [] => StepNames::All,
        [list] => match list.as_str() {
            // options of other programs of this name
            Some(text) if text.starts_with('-') => StepNames::Unknown,
            Some(text) => StepNames::Listed(listed(text)),
            None => StepNames::Unknown,
        },
        _ => StepNames::Unknown,
    };
    let output = command.output.as_ref().and_then(path);
    Some(Envsubst { input: path(command.input.as_ref()?)?, output, names })
}

/// The names of `'$A $B'`, `'${A},${B}'`.
fn listed(text: &str) -> BTreeSet<Arc<str>> {
    pieces(text)
        .into_iter()
        .filter_map(|piece| match piece {
            TextPiece::Variable(name) => Some(Arc::from(name)),
            TextPiece::Plain(_) => None,
        })
        .collect()
}

/// Whether a name looks like one of an environment: nginx's own variables are in small letters.
pub(super) fn is_environment_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && name.len() > 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;

    fn command(words: &[&str]) -> SimpleCommand {
        let expr = |text: &&str| Expr::str(Span::default(), text);
        SimpleCommand {
            span: Span::default(),
            assignments: Vec::new(),
            words: words.iter().map(expr).collect(),
            input: Some(expr(&"a.template")),
            output: Some(expr(&"/etc/nginx/conf.d/a.conf")),
            document: None,
            directory: Some("/srv".into()),
        }
    }

    #[test]
    fn lists_of_names() {
        for (words, expected) in [
            (&["envsubst"][..], Some(StepNames::All)),
            (&["/usr/bin/envsubst", "$A,${B} $C"], Some(StepNames::Listed(["A", "B", "C"].map(Arc::from).into()))),
            (&["envsubst", "-no-unset"], Some(StepNames::Unknown)),
            (&["cat"], None),
        ] {
            assert_eq!(envsubst(&command(words)).map(|step| step.names), expected, "{words:?}");
        }
        let step = envsubst(&command(&["envsubst"])).expect("a step");
        assert_eq!(
            (step.input.as_str(), step.output.as_deref()),
            ("/srv/a.template", Some("/etc/nginx/conf.d/a.conf"))
        );
    }
}
