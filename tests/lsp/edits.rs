//! Edits, as an editor makes and sends them.

use serde_json::{Value, json};

use crate::client::Client;
use crate::fixture;
use crate::support::Repo;

const FILES: [&str; 4] = [
    "frontend/src/utils/websocket.ts",
    "frontend/.env.production",
    "deploy/nginx/sites-available/vaidol",
    "backend/src/vaidol/routes.py",
];
const PIECES: [&str; 12] = [
    "\n",
    "\r\n",
    "}",
    "{",
    "'",
    "`",
    "# 😀 ",
    "ws://localhost:8000",
    "\u{202e}",
    "/client-ws",
    ";",
    "proxy_pass http://localhost:9000;\n",
];
const EDITS: usize = 200;
/// Edits that are sent in a row.
const BURST: usize = 10;

/// The byte at a position in UTF-16.
fn offset(text: &str, position: &Value) -> usize {
    let line = position["line"].as_u64().unwrap() as usize;
    let column = position["character"].as_u64().unwrap() as usize;
    let start = text.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
    let mut units = 0;
    let inside = text[start..].char_indices().find(|(_, character)| {
        let here = units >= column;
        units += character.len_utf16();
        here
    });
    inside.map_or(text.len(), |(at, _)| start + at)
}

/// A text with another one in place of a range.
pub fn with(text: &str, range: &Value, new: &str) -> String {
    let (start, end) = (offset(text, &range["start"]), offset(text, &range["end"]));
    [&text[..start], new, &text[end..]].concat()
}

fn position(text: &str, offset: usize) -> Value {
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    json!({ "line": before.matches('\n').count(), "character": before[start..].encode_utf16().count() })
}

/// The start of the character at a byte.
fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Numbers that are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % most as u64) as usize
    }

    /// A range of a text, between characters.
    fn range(&mut self, text: &str) -> (usize, usize) {
        let start = boundary(text, self.below(text.len() + 1));
        let length = [0, 0, 1, 5, 40][self.below(5)];
        let end = boundary(text, (start + length).min(text.len()));
        // An editor has no position between the two bytes of a line's end.
        let inside = |at: usize| at > 0 && text[at..].starts_with('\n') && text[..at].ends_with('\r');
        (start - usize::from(inside(start)), if inside(end) { end + 1 } else { end })
    }
}

/// `path rule line` of all that a run over the same texts reports.
fn reported(repo: &Repo) -> Vec<String> {
    let run = repo.run(&["check", "--format", "json"]);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    let findings = document["findings"].as_array().unwrap().iter().filter(|one| one["suppressed"].is_null());
    let mut lines: Vec<String> = findings
        .map(|one| {
            format!(
                "{} {} {}",
                one["place"]["path"].as_str().unwrap(),
                one["rule"].as_str().unwrap(),
                one["place"]["line"]
            )
        })
        .collect();
    lines.sort();
    lines
}

fn shown(editor: &mut Client) -> Vec<String> {
    editor.settle();
    let mut lines = Vec::new();
    for (path, all) in &editor.shown {
        for one in all {
            let line = one["range"]["start"]["line"].as_u64().unwrap() + 1;
            lines.push(format!("{path} {} {line}", one["code"].as_str().unwrap()));
        }
    }
    lines.sort();
    lines
}

#[test]
fn after_any_edits_the_editor_shows_what_a_run_over_the_saved_files_reports() {
    let (edited, saved) = (fixture("vaidol-broken"), fixture("vaidol-broken"));
    let mut editor = Client::open(edited.path());
    let mut texts: Vec<String> =
        FILES.iter().map(|path| std::fs::read_to_string(edited.path().join(path)).unwrap()).collect();
    let originals = texts.clone();
    for (path, text) in FILES.iter().zip(&texts) {
        editor.open_text(path, text);
    }
    let mut versions = [1; FILES.len()];
    let mut numbers = Numbers(1);
    let mut seen = std::collections::BTreeSet::new();
    for edit in 1..=EDITS {
        let file = numbers.below(FILES.len());
        let text = &mut texts[file];
        // Now and then the file is as it was, so that not all of the wiring is lost for good.
        let (start, end, new) = if numbers.below(6) == 0 {
            (0, text.len(), originals[file].as_str())
        } else {
            let (start, end) = numbers.range(text);
            (start, end, PIECES[numbers.below(PIECES.len())])
        };
        let range = json!({ "start": position(text, start), "end": position(text, end) });
        versions[file] += 1;
        editor.change(FILES[file], versions[file], &range, new);
        text.replace_range(start..end, new);
        if edit % BURST == 0 {
            for (path, text) in FILES.iter().zip(&texts) {
                std::fs::write(saved.path().join(path), text).unwrap();
            }
            let expected = reported(&saved);
            assert_eq!(shown(&mut editor), expected, "after {edit} edits");
            seen.insert(expected);
            // What is shown is of the last state, never of one that was over before its run was.
            for (path, version) in FILES.iter().zip(versions).filter(|(path, _)| editor.shown.contains_key(**path)) {
                assert_eq!(editor.versions[*path], version, "{path} after {edit} edits");
            }
        }
    }
    assert!(seen.len() > EDITS / BURST / 2, "the edits changed too little to tell anything");
    assert_eq!(editor.leave(), Some(0));
}
