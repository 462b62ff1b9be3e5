//! Each parser, and the adapters that read its trees: one file, its facts.

use wirelint::base::{Entry, RepoPath, Span, Tracking, decode};
use wirelint::facts::{FileFacts, extract};
use wirelint::parse::fragment::Fragment;
use wirelint::parse::{self, shell};

/// The facts of `bytes` as a file of this name. Their places stand inside the text.
pub fn facts_of(path: &str, bytes: &[u8]) -> Option<FileFacts> {
    let entry = Entry::classify(RepoPath::new(path)?, bytes.len() as u64, Tracking::Tracked);
    let text = decode(bytes.to_vec()).text;
    let facts = extract(&entry, &text);
    let errors = facts.syntax_errors.iter().map(|error| error.span);
    let comments = facts.suppressions.iter().map(|comment| comment.span);
    for span in errors.chain(comments).chain(facts.env.iter().map(|entry| entry.value_span)) {
        inside(span, &text);
    }
    Some(facts)
}

fn inside(span: Span, text: &str) {
    assert!(span.start <= span.end && span.end as usize <= text.len(), "{span:?} of {}", text.len());
}

pub fn ecma(bytes: &[u8]) {
    facts_of("src/a.ts", bytes);
    facts_of("src/a.jsx", bytes);
}

pub fn component(bytes: &[u8]) {
    facts_of("src/A.vue", bytes);
    facts_of("src/A.svelte", bytes);
}

pub fn html(bytes: &[u8]) {
    for tag in parse::html::tags(&decode(bytes.to_vec()).text) {
        let _ = tag.attribute("src");
    }
    facts_of("index.html", bytes);
}

pub fn python(bytes: &[u8]) {
    facts_of("app.py", bytes);
}

pub fn nginx(bytes: &[u8]) {
    facts_of("nginx/nginx.conf", bytes);
    facts_of("nginx/templates/site.conf.template", bytes);
}

pub fn env(bytes: &[u8]) {
    let text = decode(bytes.to_vec()).text;
    for assignment in parse::env::assignments(&text) {
        assert_eq!(text.get(assignment.raw_span.range()), Some(assignment.raw));
        assert_eq!(text.get(assignment.name_span.range()), Some(assignment.name));
    }
    facts_of(".env", bytes);
}

pub fn yaml(bytes: &[u8]) {
    facts_of("docker-compose.yml", bytes);
    facts_of(".github/workflows/ci.yml", bytes);
}

pub fn json(bytes: &[u8]) {
    for path in ["package.json", "tsconfig.json", "vercel.json", "manifest.json"] {
        facts_of(path, bytes);
    }
}

pub fn toml(bytes: &[u8]) {
    for path in ["pyproject.toml", "Pipfile", "netlify.toml"] {
        facts_of(path, bytes);
    }
}

pub fn dockerfile(bytes: &[u8]) {
    facts_of("Dockerfile", bytes);
}

pub fn shell(bytes: &[u8]) {
    let text = decode(bytes.to_vec()).text;
    for command in shell::commands(Fragment::exact(&text, 0)) {
        inside(command.span, &text);
        command.words.iter().for_each(|word| {
            let _ = shell::split_assignment(word);
        });
    }
    for path in ["run.sh", "Procfile", "api.service", "supervisord.conf", "requirements.txt", ".gitignore"] {
        facts_of(path, bytes);
    }
}

pub fn interpolation(bytes: &[u8]) {
    let text = decode(bytes.to_vec()).text;
    let word = shell::interpolate(Fragment::exact(&text, 0));
    let _ = word.literal();
    let _ = word.script();
    let _ = shell::interpolate(Fragment::whole_of(&text, Span::new(0, text.len())));
}
