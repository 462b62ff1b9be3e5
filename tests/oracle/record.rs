//! Stacks with what happened to their connections, as text.
//!
//! `=== NAME`, `made DIMENSIONS`, `page ORIGIN`, a line for each connection (`KIND FILE:LINE works|broken FOREIGN | WHY`), then
//! `--- PATH` and the text of each file.
#![allow(dead_code, reason = "the live test and the replay each use a part")]

/// A connection of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// `ws`, `fetch`, `post`, `sse` or `sio`.
    pub kind: String,
    pub path: String,
    pub line: usize,
    pub works: bool,
    /// Whether a page of somebody else is let in, refused, or was not there.
    pub foreign: Foreign,
    /// What the browser said.
    pub why: String,
}

/// What became of a page of somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    Untried,
    LetIn,
    Refused,
}

impl Foreign {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Untried, "untried"), (Self::LetIn, "open"), (Self::Refused, "refused")];
}

impl Connection {
    /// One that was not tried.
    pub fn new(kind: &str, path: &str, line: usize) -> Self {
        let (kind, path) = (kind.to_owned(), path.to_owned());
        Self { kind, path, line, works: false, foreign: Foreign::Untried, why: String::new() }
    }

    fn read(line: &str) -> Option<Self> {
        let (head, why) = line.split_once(" | ")?;
        let [kind, place, works, foreign] = head.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let (path, number) = place.rsplit_once(':')?;
        let (foreign, _) = Foreign::ALL.into_iter().find(|(_, name)| *name == foreign)?;
        let new = Self::new(kind, path, number.parse().ok()?);
        Some(Self { works: works == "works", foreign, why: why.to_owned(), ..new })
    }

    fn written(&self) -> String {
        let works = if self.works { "works" } else { "broken" };
        let foreign = Foreign::ALL.iter().find(|(foreign, _)| *foreign == self.foreign).map_or("", |(_, name)| name);
        format!("{} {}:{} {works} {foreign} | {}\n", self.kind, self.path, self.line, self.why)
    }
}

/// A stack that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub name: String,
    /// Its dimensions, `name=choice`.
    pub made: Vec<String>,
    pub page: String,
    pub connections: Vec<Connection>,
    pub files: Vec<(String, String)>,
}

/// Reads stacks.
pub fn read(text: &str) -> Vec<Recorded> {
    let mut all: Vec<Recorded> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("=== ") {
            let name = name.to_owned();
            all.push(Recorded {
                name,
                made: Vec::new(),
                page: String::new(),
                connections: Vec::new(),
                files: Vec::new(),
            });
            continue;
        }
        let Some(stack) = all.last_mut() else { continue };
        if let Some(path) = line.strip_prefix("--- ") {
            stack.files.push((path.to_owned(), String::new()));
        } else if let Some((_, text)) = stack.files.last_mut() {
            text.push_str(line);
            text.push('\n');
        } else if let Some(made) = line.strip_prefix("made ") {
            stack.made = made.split(' ').map(str::to_owned).collect();
        } else if let Some(page) = line.strip_prefix("page ") {
            stack.page = page.to_owned();
        } else {
            let connection = Connection::read(line).unwrap_or_else(|| panic!("{}: {line}", stack.name));
            stack.connections.push(connection);
        }
    }
    all
}

/// Writes a stack.
pub fn written(stack: &Recorded) -> String {
    let mut text = format!("=== {}\nmade {}\npage {}\n", stack.name, stack.made.join(" "), stack.page);
    stack.connections.iter().for_each(|connection| text.push_str(&connection.written()));
    for (path, content) in &stack.files {
        text.push_str(&format!("--- {path}\n{content}"));
    }
    text
}
