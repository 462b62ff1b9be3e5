//! Where in an expression a walk over it is.

/// Functions that are asked for a setting by its name.
pub(super) const READERS: [&str; 22] = [
    "getenv",
    "environ",
    "env",
    "config",
    "get",
    "getItem",
    "setdefault",
    "str",
    "secret",
    "required",
    "optional",
    "getOrThrow",
    "getString",
    "getOrDefault",
    "pop",
    "getattr",
    "setattr",
    "setItem",
    "set",
    "append",
    "header",
    "setHeader",
];

/// Functions that hand on what they are given.
pub(super) const WRAPPERS: [&str; 37] = [
    "str",
    "String",
    "bytes",
    "from",
    "b64decode",
    "atob",
    "btoa",
    "SecretStr",
    "SecretBytes",
    "Field",
    "ref",
    "useState",
    "useRef",
    "encode",
    "decode",
    "trim",
    "strip",
    "Secret",
    "Some",
    "Optional",
    "Query",
    "Header",
    "Cookie",
    "Body",
    "default",
    "TextEncoder",
    "signal",
    "reactive",
    "set",
    "concat",
    "join",
    "Form",
    "bytearray",
    "reverse",
    "resolve",
    "stringify",
    "cast",
];

/// Where in an expression the walk is.
pub(super) struct Walk<'a> {
    pub(super) brackets: Vec<Bracket<'a>>,
    /// Nothing was met yet.
    pub(super) fresh: bool,
    pub(super) after_arrow: bool,
    /// A text was met last.
    pub(super) after_text: bool,
}

pub(super) struct Bracket<'a> {
    callee: &'a str,
    byte: u8,
    argument: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new() -> Self {
        Self { brackets: Vec::new(), fresh: true, after_arrow: false, after_text: false }
    }

    pub(super) fn depth(&self) -> usize {
        self.brackets.len()
    }

    pub(super) fn open(&mut self, byte: u8, callee: &'a str) {
        self.brackets.push(Bracket { callee, byte, argument: 0 });
    }

    pub(super) fn close(&mut self) -> bool {
        self.brackets.pop().is_some()
    }

    pub(super) fn comma(&mut self) {
        if let Some(bracket) = self.brackets.last_mut() {
            bracket.argument += 1;
        }
    }

    pub(super) fn after_text(&mut self) {
        self.after_text = true;
        self.fresh = false;
        self.after_arrow = false;
    }

    pub(super) fn argument(&self) -> usize {
        self.brackets.last().map_or(0, |bracket| bracket.argument)
    }

    /// Whether the innermost bracket asks for a setting.
    pub(super) fn reads(&self) -> bool {
        self.brackets.last().is_some_and(|bracket| {
            READERS.contains(&bracket.callee) || bracket.byte == b'[' && !bracket.callee.is_empty()
        })
    }

    /// Whether a text here is given to something else than the name.
    pub(super) fn is_near(&self) -> bool {
        self.brackets.iter().any(|bracket| match bracket.byte {
            b'(' => {
                !bracket.callee.is_empty()
                    && !["or", "and", "in", "return", "await"].contains(&bracket.callee)
                    && !WRAPPERS.contains(&bracket.callee)
                    && !READERS.contains(&bracket.callee)
            }
            b'[' => !bracket.callee.is_empty(),
            _ => true,
        })
    }
}
