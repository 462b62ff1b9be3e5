//! Where a place is in a file of nginx, and what is around it.

use crate::base::{FileId, Place, Span};
use crate::facts::{Arg, Directive, FileFacts};

/// Blocks around a directive; nginx itself refuses deeper ones.
const MOST_LEVELS: usize = 100;

/// The blocks around a place.
pub(super) struct Around<'w> {
    file: FileId,
    /// The directives of the file.
    pub top: &'w [Directive],
    /// The blocks, the outermost first. When the place is the head of a block, that is the last.
    pub blocks: Vec<&'w Directive>,
    /// The statement at the place, when it is one without a block.
    pub statement: Option<&'w Directive>,
}

impl<'w> Around<'w> {
    /// What is around a place of a file; `None` when it is in no statement of nginx, or in a dump, which nobody edits.
    pub fn new(file: FileId, facts: &'w FileFacts, at: Span) -> Option<Self> {
        let nginx = facts.nginx.as_deref().filter(|nginx| nginx.dump.is_empty())?;
        let mut around = Self { file, top: &nginx.directives, blocks: Vec::new(), statement: None };
        let mut level: &[Directive] = &nginx.directives;
        while around.blocks.len() < MOST_LEVELS {
            // The last that begins at or before the place is it, or has it inside.
            let holder = level.iter().rev().find(|directive| directive.span.start <= at.start)?;
            let Some(inside) = &holder.block else {
                around.statement = Some(holder).filter(|statement| at.start < statement.span.end);
                return around.statement.is_some().then_some(around);
            };
            around.blocks.push(holder);
            if at.start < holder.span.end {
                return Some(around);
            }
            level = inside;
        }
        None
    }

    /// The place of a directive: up to `;`, or up to the brace.
    pub fn place(&self, directive: &Directive) -> Place {
        Place::new(self.file, directive.span)
    }

    /// The place of an argument.
    pub fn place_of(&self, arg: &Arg) -> Place {
        Place::new(self.file, arg.span)
    }

    /// What is in the innermost block.
    pub fn inside(&self) -> &'w [Directive] {
        self.blocks.last().and_then(|block| block.block.as_deref()).unwrap_or(self.top)
    }

    /// The levels, the innermost first, each with what is in it: an outer one says what an inner one does not.
    pub fn levels(&self) -> impl Iterator<Item = &'w [Directive]> + use<'w> {
        let inner: Vec<&'w [Directive]> = self.blocks.iter().rev().filter_map(|block| block.block.as_deref()).collect();
        inner.into_iter().chain([self.top])
    }

    /// The `server` around the place, when it is at the level where a `map` may be: in `http`, or in a file by itself.
    pub fn server(&self) -> Option<&'w Directive> {
        let names: Vec<&str> = self.blocks.iter().map(|block| &*block.name).collect();
        let at = names.iter().position(|name| *name == "server")?;
        matches!(names.get(..at)?, [] | ["http"]).then(|| self.blocks.get(at).copied()).flatten()
    }

    /// What is beside that server.
    pub fn beside_server(&self) -> &'w [Directive] {
        let http = self.blocks.iter().find(|block| &*block.name == "http");
        http.and_then(|http| http.block.as_deref()).unwrap_or(self.top)
    }
}

/// The statements of a name among others.
pub(super) fn named<'d>(level: &'d [Directive], name: &str) -> impl Iterator<Item = &'d Directive> + use<'d> {
    let name = name.to_owned();
    level.iter().filter(move |directive| *directive.name == *name)
}

/// An argument as nginx reads it back.
pub(super) fn written(arg: &str) -> String {
    let plain = |char: char| !char.is_whitespace() && !matches!(char, ';' | '{' | '}' | '"' | '\'' | '\\' | '#');
    let is_plain = !arg.is_empty() && arg.chars().all(plain);
    if is_plain { arg.to_owned() } else { format!("\"{}\"", arg.replace('\\', "\\\\").replace('"', "\\\"")) }
}

/// A statement as it is written elsewhere; `None` when a template fills a part of it.
pub(super) fn repeated(directive: &Directive) -> Option<String> {
    if directive.block.is_some() || directive.args.iter().any(|arg| !arg.holes.is_empty()) {
        return None;
    }
    let args: Vec<String> = directive.args.iter().map(|arg| written(&arg.text)).collect();
    Some(format!("{} {};", directive.name, args.join(" ")))
}
