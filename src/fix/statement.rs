//! Statements of configuration files: behind, before and inside of others, and gone.

use std::ops::Range;

use super::Replacement;
use super::document::Document;
use super::scan::{self, Piece};

/// Statements behind the one at a place.
pub(super) fn after(document: &Document<'_>, at: Range<usize>, lines: &[String]) -> Option<Vec<Replacement>> {
    let end = at.end;
    if document.begins_line(at.start) && document.ends_line_or_comment(end) {
        let target = document.line_end(end);
        let text = indented(document, document.indent(at.start), target, lines, Ends::Before);
        return Some(vec![Replacement::new(target..target, text)]);
    }
    let text: String = lines.iter().map(|line| format!(" {}", line.trim())).collect();
    Some(vec![Replacement::new(end..end, text)])
}

/// Statements before the one at a place, and before the comment above it.
pub(super) fn before(document: &Document<'_>, at: Range<usize>, lines: &[String]) -> Option<Vec<Replacement>> {
    if !document.begins_line(at.start) {
        let text: String = lines.iter().map(|line| format!("{} ", line.trim())).collect();
        return Some(vec![Replacement::new(at.start..at.start, text)]);
    }
    let start = above_comments(document, at.start);
    let mut text = indented(document, document.indent(at.start), start, lines, Ends::After);
    if lines.len() > 1 {
        // A block has a blank line around it.
        text.push_str(document.line_break(start));
    }
    Some(vec![Replacement::new(start..start, text)])
}

/// Where the comment begins that belongs to the line of a byte, or that line itself.
fn above_comments(document: &Document<'_>, offset: usize) -> usize {
    let mut start = document.line_start(offset);
    while start > 0 {
        let above = document.line_start(start - 1);
        let line = document.at(above..start).trim();
        if !document.comment_marks().iter().any(|mark| line.starts_with(mark)) {
            break;
        }
        start = above;
    }
    start
}

/// Statements at the beginning of the block whose head is at a place.
pub(super) fn first(document: &Document<'_>, at: Range<usize>, lines: &[String]) -> Option<Vec<Replacement>> {
    let open = at.end + document.at(at.end..document.text.len()).find('{')?;
    let between = document.at(at.end..open);
    if !between.trim().is_empty() {
        return None;
    }
    let inside = open + 1;
    if !document.ends_line_or_comment(inside) {
        let text: String = lines.iter().map(|line| format!(" {}", line.trim())).collect();
        return Some(vec![Replacement::new(inside..inside, text)]);
    }
    let target = document.line_end(inside);
    let own = document.indent(at.start);
    let below = document.at(document.next_line(inside)..document.text.len());
    let child = below.lines().find(|line| !line.trim().is_empty());
    let child = child.map(|line| line.get(..line.len() - line.trim_start().len()).unwrap_or_default());
    let indent = child
        .filter(|child| child.len() > own.len())
        .map_or_else(|| format!("{own}{}", document.unit()), str::to_owned);
    let text = indented(document, &indent, target, lines, Ends::Before);
    Some(vec![Replacement::new(target..target, text)])
}

/// Other statements in the place of the one at a place.
pub(super) fn instead(document: &Document<'_>, at: Range<usize>, lines: &[String]) -> Option<Vec<Replacement>> {
    let (first, more) = lines.split_first()?;
    let mut text = first.trim().to_owned();
    if !more.is_empty() {
        let indent = if document.begins_line(at.start) { document.indent(at.start) } else { return None };
        text.push_str(&indented(document, indent, at.start, more, Ends::Before));
    }
    Some(vec![Replacement::new(at, text)])
}

/// Whether line breaks are before or behind each line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Before,
    After,
}

/// Lines with an indentation. Those that begin with blanks are in a block of the lines before.
fn indented(document: &Document<'_>, indent: &str, offset: usize, lines: &[String], ends: Ends) -> String {
    let end = document.line_break(offset);
    let line = |line: &String| {
        let inside = line.starts_with(' ');
        let unit = if inside { document.unit() } else { "" };
        let text = format!("{indent}{unit}{}", line.trim_start());
        if ends == Ends::Before { format!("{end}{text}") } else { format!("{text}{end}") }
    };
    lines.iter().map(line).collect()
}

/// The statement at a place goes: up to its `;`, or with its block.
pub(super) fn remove(document: &Document<'_>, at: Range<usize>) -> Option<Vec<Replacement>> {
    let whole = with_block(document, at)?;
    Some(vec![Replacement::new(with_line(document, whole), "")])
}

/// A statement with its block, when it has one.
fn with_block(document: &Document<'_>, at: Range<usize>) -> Option<Range<usize>> {
    if document.at(at.clone()).trim_end().ends_with(';') {
        return Some(at);
    }
    let rest = scan::pieces(document, at.end..document.text.len());
    match rest.first() {
        Some(Piece::Open(_)) => Some(at.start..rest.get(scan::closing(&rest, 0)?)?.range().end),
        _ => None,
    }
}

/// A range with its lines, when nothing else is on them; else with the blanks before it.
pub(super) fn with_line(document: &Document<'_>, range: Range<usize>) -> Range<usize> {
    if document.begins_line(range.start) && document.ends_line(range.end) {
        let mut end = document.next_line(range.end);
        let start = document.line_start(range.start);
        // Of the blank lines around a block, one goes with it.
        let blank_above = start == 0 || document.at(document.line_start(start - 1)..start).trim().is_empty();
        if blank_above && end < document.text.len() && document.at(end..document.line_end(end)).trim().is_empty() {
            end = document.next_line(end);
        }
        return start..end;
    }
    let before = document.at(document.line_start(range.start)..range.start);
    let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
    range.start - blanks..range.end
}

/// The statement at a place goes from there to before the block whose head is at another one.
pub(super) fn move_before(document: &Document<'_>, at: Range<usize>, target: Range<usize>) -> Option<Vec<Replacement>> {
    let whole = with_block(document, at.clone())?;
    let inside = with_block(document, target.clone()).is_some_and(|block| block.contains(&whole.start));
    if !inside || !document.begins_line(at.start) || !document.begins_line(target.start) {
        return None;
    }
    let (own, new) = (document.indent(at.start), document.indent(target.start));
    let start = above_comments(document, target.start);
    let end = document.line_break(start);
    let mut text = String::new();
    for line in document.at(whole.clone()).lines() {
        text.push_str(if line.trim().is_empty() { "" } else { new });
        text.push_str(line.strip_prefix(own).unwrap_or(line));
        text.push_str(end);
    }
    text.push_str(end);
    Some(vec![Replacement::new(start..start, text), Replacement::new(with_line(document, whole), "")])
}

/// A line more at the end of the file.
pub(super) fn at_the_end(document: &Document<'_>, line: &str) -> Option<Vec<Replacement>> {
    let end = document.text.len();
    let line_break = document.line_break(0);
    let before = if document.text.is_empty() || document.text.ends_with('\n') { "" } else { line_break };
    Some(vec![Replacement::new(end..end, format!("{before}{line}{line_break}"))])
}
