//! Edits, as an editor makes and sends them.

use serde_json::{Value, json};

use crate::client::Client;
use crate::fixture;
use crate::support::{self, Repo};

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
/// A file that other programs write.
const NOT_OPEN: &str = "other/nginx.conf";

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

/// A file that is edited.
struct Edited {
    /// Its names, the present one first: it is renamed now and then.
    names: [String; 2],
    original: String,
    /// As the editor has it.
    text: String,
    version: u32,
}

/// An editor over one copy of a fixture, and another copy that gets what the editor would save.
struct Session {
    repo: Repo,
    editor: Client,
    files: Vec<Edited>,
    numbers: Numbers,
}

impl Session {
    fn new(seed: u64) -> Self {
        let repo = fixture("vaidol-broken");
        let mut editor = Client::open(repo.path());
        let files = FILES.map(|path| {
            let text = std::fs::read_to_string(repo.path().join(path)).unwrap();
            editor.open_text(path, &text);
            let (folder, name) = path.rsplit_once('/').unwrap();
            let names = [path.to_owned(), format!("{folder}/renamed-{name}")];
            Edited { names, original: text.clone(), text, version: 1 }
        });
        Self { repo, editor, files: files.into(), numbers: Numbers(seed) }
    }

    fn edit(&mut self) {
        let file = self.numbers.below(self.files.len());
        match self.numbers.below(40) {
            0 => self.rename(file),
            1 => self.save(file),
            2 => self.change_on_disk(),
            3 => self.type_half(file),
            _ => self.insert_or_delete(file),
        }
    }

    fn insert_or_delete(&mut self, file: usize) {
        let text = &self.files[file].text;
        // Now and then the file is as it was, so that not all of the wiring is lost for good.
        let (start, end, new) = if self.numbers.below(6) == 0 {
            (0, text.len(), self.files[file].original.clone())
        } else {
            let (start, end) = self.numbers.range(text);
            (start, end, PIECES[self.numbers.below(PIECES.len())].to_owned())
        };
        self.replace(file, start, end, &new);
    }

    /// The beginning of the file, character by character.
    fn type_half(&mut self, file: usize) {
        let original = self.files[file].original.clone();
        let end = boundary(&original, self.numbers.below(original.len()));
        let start = boundary(&original, end.saturating_sub(20));
        self.replace(file, 0, self.files[file].text.len(), &original[..start]);
        for character in original[start..end].chars() {
            let at = self.files[file].text.len();
            self.replace(file, at, at, &character.to_string());
        }
    }

    fn replace(&mut self, file: usize, start: usize, end: usize, new: &str) {
        let file = &mut self.files[file];
        let range = json!({ "start": position(&file.text, start), "end": position(&file.text, end) });
        file.version += 1;
        self.editor.change(&file.names[0], file.version, &range, new);
        file.text.replace_range(start..end, new);
    }

    fn save(&mut self, file: usize) {
        let path = self.files[file].names[0].clone();
        std::fs::write(self.repo.path().join(&path), &self.files[file].text).unwrap();
        let uri = self.editor.uri(&path);
        self.editor.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri } }));
        self.told(&[(path, 2)]);
    }

    fn rename(&mut self, file: usize) {
        let names = self.files[file].names.clone();
        std::fs::rename(self.repo.path().join(&names[0]), self.repo.path().join(&names[1])).unwrap();
        self.editor.close(&names[0]);
        self.files[file].names.swap(0, 1);
        self.files[file].version = 1;
        self.editor.open_text(&names[1], &self.files[file].text);
        self.told(&[(names[0].clone(), 3), (names[1].clone(), 1)]);
    }

    /// Another program writes a file that is not open.
    fn change_on_disk(&mut self) {
        let path = self.repo.path().join(NOT_OPEN);
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        let text = if before.is_empty() { support::BROKEN_NGINX } else { "" };
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        self.told(&[(NOT_OPEN.to_owned(), 2)]);
    }

    fn told(&mut self, changes: &[(String, u32)]) {
        let changes: Vec<Value> =
            changes.iter().map(|(path, kind)| json!({ "uri": self.editor.uri(path), "type": kind })).collect();
        self.editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
    }

    /// The tree as it would be if everything were saved now.
    fn saved(&self) -> Repo {
        let mut saved = fixture("vaidol-broken");
        for path in FILES {
            std::fs::remove_file(saved.path().join(path)).unwrap();
        }
        for file in &self.files {
            saved = saved.with(&file.names[0], &file.text);
        }
        match std::fs::read(self.repo.path().join(NOT_OPEN)) {
            Ok(text) => saved.with(NOT_OPEN, text),
            Err(_) => saved,
        }
    }
}

/// `LSP_EDITS=2000 LSP_BURST=100` makes as many as the editor has to bear.
#[test]
fn after_any_edits_the_editor_shows_what_a_run_over_the_saved_files_reports() {
    let stated = |name: &str, otherwise: usize| {
        std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
    };
    let (edits, burst) = (stated("LSP_EDITS", 200), stated("LSP_BURST", 10));
    let mut session = Session::new(stated("LSP_SEED", 1) as u64);
    let mut seen = std::collections::BTreeSet::new();
    for edit in 1..=edits {
        session.edit();
        if edit % burst == 0 {
            let expected = reported(&session.saved());
            assert_eq!(shown(&mut session.editor), expected, "after {edit} edits");
            seen.insert(expected);
            // What is shown is of the last state, never of one that was over before its run was.
            for file in session.files.iter().filter(|file| session.editor.shown.contains_key(&file.names[0])) {
                assert_eq!(session.editor.versions[&file.names[0]], file.version, "{} after {edit}", file.names[0]);
            }
        }
    }
    assert!(seen.len() > edits / burst / 2, "the edits changed too little to tell anything");
    assert_eq!(session.editor.leave(), Some(0));
}
