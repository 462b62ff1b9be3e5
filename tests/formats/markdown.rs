//! Markdown as GitHub reads it.

use wirelint::report::Format;

use super::runs::{hostile, synthetic};

/// Without the code that it quotes.
fn without_code(text: &str) -> String {
    let mut out = String::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let ticks = line.trim_start();
        let run = &ticks[..ticks.len() - ticks.trim_start_matches('`').len()];
        match fence {
            Some(open) if ticks == open => fence = None,
            Some(_) => {}
            None if run.len() >= 3 && run == ticks => fence = Some(run),
            None => out.push_str(&(without_spans(line) + "\n")),
        }
    }
    assert_eq!(fence, None, "a fence stays open");
    out
}

/// A code span ends at the next run of as many backticks as it began with.
fn without_spans(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(['`', '\\']) {
        out.push_str(&rest[..at]);
        if rest[at..].starts_with('\\') {
            let next = rest[at + 1..].chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[at..at + 1 + next]);
            rest = &rest[at + 1 + next..];
            continue;
        }
        let after = rest[at..].trim_start_matches('`');
        let length = rest.len() - at - after.len();
        let end = after.match_indices('`').map(|(end, _)| end).find(|end| {
            let run = after[*end..].len() - after[*end..].trim_start_matches('`').len();
            run == length && !after[..*end].ends_with('`')
        });
        rest = match end {
            Some(end) => &after[end + length..],
            None => panic!("a backtick without a partner: {line}"),
        };
    }
    out + rest
}

#[test]
fn nothing_of_the_repository_is_markup() {
    let text = hostile_text();
    for bad in ["<script", "](https://e.example", "@team", "#1 ", "![x"] {
        assert!(!text.contains(bad), "{bad}: {text}");
    }
    // Only what the renderer folds is folded, and each part is closed.
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    assert!(text.matches("</details>").count() > 0);
}

fn hostile_text() -> String {
    let text = hostile().shown(Format::Markdown);
    assert!(text.contains("alert(1)"), "it is shown: {text}");
    without_code(&text)
}

#[test]
fn it_is_cut_below_what_a_comment_holds() {
    let small = synthetic(18, "nginx.conf", "it breaks").shown(Format::Markdown);
    assert!(!small.contains("left out"), "{small}");
    assert_eq!(small.matches("<details>").count(), 18);
    assert!(small.contains("and 5 more places"), "{small}");
    let large = synthetic(2_000, "nginx.conf", &"it breaks ".repeat(150)).shown(Format::Markdown);
    assert!((40_000..65_536).contains(&large.len()), "{}", large.len());
    assert!(large.contains(" left out**"), "{}", &large[large.len() - 500..]);
    assert!(large.contains("### 666 errors"), "the worst come first");
    without_code(&large);
}

#[test]
fn what_is_too_long_takes_no_other_with_it() {
    let mut known = synthetic(30, "nginx.conf", "it breaks");
    known.findings[2].help = Some(format!("line\n{}", "`@<".repeat(40_000)));
    for (_, shows) in &mut known.findings[2].chains[0].links {
        *shows = "`@".repeat(40_000);
    }
    let text = known.shown(Format::Markdown);
    assert!(text.len() < 65_536);
    assert!(text.contains("Number 2: ") && text.contains("Number 5: "), "{text}");
}
