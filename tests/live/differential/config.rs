//! Configurations as trees of directives, and as files.

/// A directive.
#[derive(Clone, Debug)]
pub struct Node {
    pub words: String,
    pub block: Option<Vec<Node>>,
}

/// `words;`
pub fn simple(words: impl Into<String>) -> Node {
    Node { words: words.into(), block: None }
}

/// `words { inner }`
pub fn block(words: impl Into<String>, inner: Vec<Node>) -> Node {
    Node { words: words.into(), block: Some(inner) }
}

/// A file of a configuration.
#[derive(Clone, Debug)]
pub struct File {
    pub path: String,
    pub nodes: Vec<Node>,
}

/// A whole configuration; the first file is the main one.
#[derive(Clone, Debug)]
pub struct Configuration {
    pub files: Vec<File>,
}

impl Node {
    /// The directive's name.
    pub fn name(&self) -> &str {
        self.words.split(' ').next().unwrap_or_default()
    }

    fn write(&self, depth: usize, out: &mut String) {
        out.push_str(&"  ".repeat(depth));
        out.push_str(&self.words);
        match &self.block {
            None => out.push_str(";\n"),
            Some(inner) => {
                out.push_str(" {\n");
                for node in inner {
                    node.write(depth + 1, out);
                }
                out.push_str(&"  ".repeat(depth));
                out.push_str("}\n");
            }
        }
    }
}

impl File {
    pub fn text(&self) -> String {
        let mut out = String::new();
        for node in &self.nodes {
            node.write(0, &mut out);
        }
        out
    }
}

impl Configuration {
    /// Writes all files below a folder.
    pub fn write(&self, folder: &std::path::Path) {
        for file in &self.files {
            let path = folder.join(&file.path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(path, file.text()).expect("a file");
        }
    }

    /// All files as one text, for people.
    pub fn shown(&self) -> String {
        self.files.iter().map(|file| format!("# {}\n{}", file.path, file.text())).collect()
    }
}
