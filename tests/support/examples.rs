//! The examples of a rule's file: each section is a small tree.
#![allow(dead_code, missing_docs)] // each harness uses a part

#[derive(Default)]
pub struct Section {
    pub title: String,
    pub files: Vec<(String, String)>,
    pub expected: Option<String>,
}

impl Section {
    pub fn is_bad(&self) -> bool {
        self.title.starts_with("Bad")
    }
}

/// The sections of a rule's text.
pub fn sections(body: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut fence: Option<(String, String)> = None;
    for line in body.lines() {
        if let Some((info, mut text)) = fence.take() {
            if line != "```" {
                text.push_str(line);
                text.push('\n');
                fence = Some((info, text));
            } else if let Some(section) = sections.last_mut() {
                match info.split_once(" path=") {
                    Some((_, path)) => section.files.push((path.to_owned(), text)),
                    None if info == "expect" => section.expected = Some(text),
                    None => {}
                }
            }
        } else if let Some(title) = line.strip_prefix("## ") {
            sections.push(Section { title: title.to_owned(), ..Section::default() });
        } else if let Some(info) = line.strip_prefix("```") {
            fence = Some((info.to_owned(), String::new()));
        }
    }
    sections
}
