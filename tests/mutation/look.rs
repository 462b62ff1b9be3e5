//! One run over a tree: what it found and how it looks in every format.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use wirelint::base::{RepoPath, Span, Tree};
use wirelint::config::Config;
use wirelint::report::{Detail, Format, Paint, Run, Style, View, trace};
use wirelint::rules::Severity;
use wirelint::{Report, Settings};

/// A finding by what it says and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    pub rule: &'static str,
    pub path: String,
    pub span: (u32, u32),
}

/// A finding with the files that it says it rests on.
pub struct Known {
    pub said: Said,
    pub files: BTreeSet<String>,
}

/// What came of a run.
pub struct Outcome {
    /// As the program would end.
    pub code: u8,
    pub known: Vec<Known>,
    /// Every format, one after the other.
    pub shown: Vec<String>,
}

/// Checks the tree on so many threads and renders it in every format.
pub fn look(tree: &dyn Tree, threads: usize) -> Outcome {
    let Ok(config) = Config::of_tree(tree) else {
        return Outcome { code: 2, known: Vec::new(), shown: Vec::new() };
    };
    let threshold = config.fail_on.unwrap_or(Severity::Warning);
    let settings = Settings { threads: NonZeroUsize::new(threads).unwrap(), ..Settings::new(config) };
    let report = wirelint::check(tree, &settings);
    let open = report.findings.iter().filter(|finding| finding.suppressed.is_none());
    let found = open.map(|finding| finding.severity).any(|severity| severity >= threshold);
    let inside = report.findings.iter().find(|finding| finding.rule.0 == "internal-error");
    assert!(inside.is_none(), "{inside:?}");
    Outcome { code: u8::from(found), known: known(&report), shown: shown(tree, &report) }
}

/// The findings that count, each with its files.
fn known(report: &Report) -> Vec<Known> {
    let path = |file| report.wiring.repository.get(file).map(|facts| facts.path.to_string()).unwrap_or_default();
    let finding = |finding: &wirelint::rules::Finding| {
        let links = finding.chains.iter().flat_map(|chain| &chain.links).map(|(place, _)| place.file);
        let Span { start, end } = finding.place.span;
        Known {
            said: Said { rule: finding.rule.0, path: path(finding.place.file), span: (start, end) },
            files: links.chain([finding.place.file]).chain(finding.rests_on.iter().copied()).map(path).collect(),
        }
    };
    report.findings.iter().filter(|finding| finding.suppressed.is_none()).map(finding).collect()
}

fn shown(tree: &dyn Tree, report: &Report) -> Vec<String> {
    let view = View::new(Run { tree, wiring: &report.wiring, findings: &report.findings, compared: None });
    let style = Style { paint: Paint::Colour, width: 60, detail: Detail::Full, ..Style::default() };
    let request = trace::Request {
        tree,
        wiring: &report.wiring,
        target: &trace::Target::All,
        only: trace::Only::Everything,
        ways: trace::Ways::Each,
        here: &RepoPath::root(),
    };
    let mut pages: Vec<_> = Format::ALL.iter().map(|format| format.render(&view, Style::default(), None)).collect();
    pages.extend([Format::Human.render(&view, style, None), trace::text(request), trace::json(request)]);
    pages.iter().map(|page| page.as_str().to_owned()).collect()
}
