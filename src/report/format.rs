//! The output formats by name.

use super::sarif::Origin;
use super::{Page, Style, View, concise, github, gitlab, human, json, jsonl, junit, markdown, sarif};

/// An output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One line for each finding.
    Concise,
    /// One JSON document.
    Json,
    /// JSON by lines.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
    /// Workflow commands.
    Github,
    /// Code quality.
    Gitlab,
    /// JUnit's XML.
    Junit,
    /// Markdown.
    Markdown,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 9] = [
        Self::Human,
        Self::Concise,
        Self::Json,
        Self::Jsonl,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Markdown,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
        }
    }

    /// Who reads it.
    #[must_use]
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Human => "For people, in a terminal",
            Self::Concise => "One line for each finding, for editors and grep",
            Self::Json => "One JSON document",
            Self::Jsonl => "JSON, a finding on each line and the summary on the last",
            Self::Sarif => "SARIF 2.1.0, for code scanning",
            Self::Github => "Annotations of GitHub Actions",
            Self::Gitlab => "A code quality report for GitLab",
            Self::Junit => "JUnit's XML, for other build services",
            Self::Markdown => "Markdown, for a comment or a job summary",
        }
    }

    /// The findings in this format. `style` is for people; `origin` is said in SARIF.
    #[must_use]
    pub fn render(self, view: &View<'_>, style: Style, origin: Option<&Origin>) -> Page {
        match self {
            Self::Human => human::render(view, style),
            Self::Concise => concise::render(view),
            Self::Json => json::render(view),
            Self::Jsonl => jsonl::render(view),
            Self::Sarif => sarif::render(view, origin),
            Self::Github => github::render(view),
            Self::Gitlab => gitlab::render(view),
            Self::Junit => junit::render(view),
            Self::Markdown => markdown::render(view),
        }
    }
}
