//! The reports of a run: which there are, where each goes, and what is said beside them.

use super::args::{OutputArgs, Target};
use super::output::{self, Failure, Reader};
use crate::report::{Detail, Format, Origin, Skipped, Statistics, Style, View, summary};

/// A report that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// How.
    pub format: Format,
    /// Where.
    pub target: Target,
}

/// The reports that the arguments ask for. Those that say no format have that of `--format`; when all say one, `--format` asks
/// for one more on standard output.
pub fn wanted(options: &OutputArgs) -> Result<Vec<Output>, Failure> {
    let format = options.format.unwrap_or_default();
    let mut outputs: Vec<Output> = options
        .output
        .iter()
        .map(|typed| Output { format: typed.format.unwrap_or(format), target: typed.target.clone() })
        .collect();
    let is_taken = options.output.iter().any(|typed| typed.format.is_none());
    if outputs.is_empty() || options.format.is_some() && !is_taken {
        outputs.push(Output { format, target: Target::Standard });
    }
    refuse_shared(&outputs)?;
    Ok(outputs)
}

/// Whether one of them says which commit the files are of.
pub fn say_the_origin(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| output.format == Format::Sarif)
}

/// Two reports in one place are none.
fn refuse_shared(outputs: &[Output]) -> Result<(), Failure> {
    for (index, output) in outputs.iter().enumerate() {
        let Some(other) = outputs.iter().take(index).find(|other| is_same(&other.target, &output.target)) else {
            continue;
        };
        let (one, two) = (other.format.name(), output.format.name());
        return Err(Failure::Message(match &output.target {
            Target::Standard => format!(
                "two reports would go to standard output ({one} and {two}); give one of them a file: `--output {two}=FILE`"
            ),
            Target::File(file) => {
                format!("two reports would go to {} ({one} and {two}); give each its own file", file.display())
            }
        }));
    }
    Ok(())
}

fn is_same(one: &Target, other: &Target) -> bool {
    match (one, other) {
        (Target::Standard, Target::Standard) => true,
        (Target::File(one), Target::File(other)) => output::is_same_file(one, other),
        _ => false,
    }
}

/// Writes the reports, files first: whoever reads standard output may go away before its end, which is told.
pub fn write(
    view: &View<'_>,
    outputs: &[Output],
    options: &OutputArgs,
    origin: Option<&Origin>,
) -> Result<Reader, Failure> {
    let mut reader = Reader::There;
    let (files, standard): (Vec<&Output>, Vec<&Output>) =
        outputs.iter().partition(|output| matches!(output.target, Target::File(_)));
    for output in files.into_iter().chain(standard) {
        let page = output.format.render(view, style(output, options), origin);
        match &output.target {
            Target::File(file) => output::write(&page, Some(file))?,
            Target::Standard => reader = output::standard(&page)?,
        }
    }
    beside(view, outputs, options);
    Ok(reader)
}

fn style(output: &Output, options: &OutputArgs) -> Style {
    let look = output::look(options.color, &output.target);
    let detail = match (options.quiet, options.verbose) {
        (true, _) => Detail::Findings,
        (false, true) => Detail::Full,
        (false, false) => Detail::Summary,
    };
    Style {
        paint: look.paint,
        links: look.links,
        width: look.width,
        detail,
        statistics: if options.statistics { Statistics::Full } else { Statistics::Brief },
        skipped: if options.explain_skipped { Skipped::Listed } else { Skipped::Counted },
    }
}

/// What people are told on standard error, when no report on standard output tells them.
fn beside(view: &View<'_>, outputs: &[Output], options: &OutputArgs) {
    let on_standard = outputs.iter().find(|output| output.target == Target::Standard).map(|output| output.format);
    if on_standard == Some(Format::Human) || options.quiet {
        return;
    }
    if options.explain_skipped {
        output::say(&summary::skipped(view));
    }
    if options.statistics {
        output::say(&summary::statistics(view));
    }
    // A document on a terminal is what was asked for; a line below it would look like a part of it.
    let is_in_the_way = on_standard.is_some_and(|format| format != Format::Concise) && output::is_shown();
    if options.verbose || output::errors_are_shown() && !is_in_the_way {
        output::say(&summary::line(view));
    }
}
