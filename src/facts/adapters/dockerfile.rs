//! Dockerfiles: stages with what they copy, set, run and expose.

use std::sync::Arc;

use crate::base::{Limit, Span};
use crate::facts::lang::{command, words};
use crate::facts::{CommandFact, Dockerfile, EnvReader, EnvSetting, Expr, FileFacts, Mount, Stage};
use crate::parse::dockerfile::{self, Instruction, Onbuild};
use crate::parse::fragment::Fragment;
use crate::parse::json;
use crate::parse::shell::{self, Word};

/// Nobody writes more, and each may build on all before it.
const STAGES: Limit = Limit::new(
    200,
    "stages of one Dockerfile",
    "what the image holds is unknown",
    "split the Dockerfile, or leave it out with `exclude` in `wirelint.toml`",
);

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    let mut file = Dockerfile::default();
    for instruction in dockerfile::instructions(text) {
        if instruction.onbuild == Onbuild::Yes {
            continue;
        }
        if instruction.keyword == "FROM" {
            if file.stages.len() == STAGES.most_items() {
                facts.limits.push((instruction.span, STAGES));
                return;
            }
            file.stages.push(stage(&instruction));
            continue;
        }
        match file.stages.last_mut() {
            Some(stage) => add(&instruction, stage),
            None if instruction.keyword == "ARG" => file.global_args.extend(args(&instruction)),
            None => {}
        }
    }
    crate::facts::adapters::envoy::demand_copies(&file, facts);
    crate::facts::adapters::traefik::demand_copies(&file, facts);
    facts.limits.extend(file.cut());
    facts.dockerfile = Some(Box::new(file));
}

fn source(instruction: &Instruction) -> Fragment<'_> {
    Fragment::exact(&instruction.arguments, instruction.start)
}

/// The words of an instruction; variables are the Dockerfile's own.
fn split(instruction: &Instruction) -> Vec<Word> {
    shell::commands(source(instruction)).into_iter().flat_map(rejoin).collect()
}

/// `A=b c=d`: what a shell would take as assignments are words here.
fn rejoin(found: shell::Command) -> Vec<Word> {
    let assigned = found.assignments.into_iter().map(|(name, mut value)| {
        let at = value.span.start as usize;
        let key = shell::Piece::Text(format!("{name}="), Span::new(at.saturating_sub(name.len() + 1), at));
        value.pieces.insert(0, key);
        value
    });
    let mut words: Vec<Word> = assigned.chain(found.words).collect();
    words.sort_by_key(|word| word.span);
    words
}

fn stage(instruction: &Instruction) -> Stage {
    let words = split(instruction);
    let from = words.first().map_or_else(|| Expr::str(instruction.span, ""), expr);
    let has_name = words.get(1).and_then(Word::literal).is_some_and(|word| word.eq_ignore_ascii_case("as"));
    let name = if has_name { words.get(2).and_then(Word::literal) } else { None };
    Stage {
        span: instruction.span,
        name: name.map(Arc::from),
        from,
        args: Vec::new(),
        env: Vec::new(),
        copies: Vec::new(),
        expose: Vec::new(),
        runs: Vec::new(),
        command: None,
        entrypoint: None,
        workdir: None,
    }
}

fn expr(word: &Word) -> Expr {
    words::word(word, EnvReader::Dockerfile)
}

fn add(instruction: &Instruction, stage: &mut Stage) {
    match instruction.keyword.as_str() {
        "ARG" => stage.args.extend(args(instruction)),
        "ENV" => stage.env.extend(env(instruction)),
        "COPY" | "ADD" => copies(instruction, stage),
        "EXPOSE" => stage.expose.extend(split(instruction).iter().map(expr)),
        "WORKDIR" => {
            let next = split(instruction).first().map(expr);
            stage.workdir = next.map(|next| resolve(stage.workdir.as_ref(), next));
        }
        "RUN" => {
            if instruction.heredocs.is_empty() {
                stage.runs.extend(command_line(instruction));
            }
            for (text, span) in &instruction.heredocs {
                stage.runs.push(command::shell_line(Fragment::exact(text, span.start as usize), EnvReader::Shell));
            }
        }
        "CMD" => stage.command = command_line(instruction),
        "ENTRYPOINT" => {
            stage.entrypoint = command_line(instruction);
            // A new entry point drops a CMD that came from the base image, not one of this stage.
        }
        _ => {}
    }
}

/// `["a", "b"]`, or a line for the shell.
fn command_line(instruction: &Instruction) -> Option<CommandFact> {
    if instruction.arguments.is_empty() {
        return None;
    }
    if instruction.arguments.starts_with('[')
        && let Ok(Some(list)) = json::parse(&instruction.arguments)
    {
        let whole = source(instruction).whole();
        let words = list
            .texts()
            .into_iter()
            .map(|(text, span)| {
                let span = source(instruction).span(span.start as usize, span.end as usize);
                Word::text(Fragment::inside_quotes(text, span))
            })
            .collect::<Vec<_>>();
        return (!words.is_empty()).then(|| command::exec(whole, words, EnvReader::Shell));
    }
    Some(command::shell_line(source(instruction), EnvReader::Shell))
}

/// `ARG A`, `ARG A=b C=d`.
fn args(instruction: &Instruction) -> Vec<EnvSetting> {
    split(instruction).iter().map(|word| setting(word).unwrap_or_else(|| bare(word))).collect()
}

/// `ENV A=b C="d e"`, or the old `ENV A the rest of the line`.
fn env(instruction: &Instruction) -> Vec<EnvSetting> {
    let words = split(instruction);
    let old_form = words.first().is_some_and(|word| setting(word).is_none());
    if !old_form {
        return words.iter().filter_map(setting).collect();
    }
    let Some((name, value)) = source(instruction).split_once(' ') else { return Vec::new() };
    let pieces = shell::interpolate(value.trim());
    vec![EnvSetting { name: Arc::from(name.text), span: source(instruction).whole(), value: Some(expr(&pieces)) }]
}

fn bare(word: &Word) -> EnvSetting {
    EnvSetting { name: Arc::from(word.literal().unwrap_or_default()), span: word.span, value: None }
}

/// `NAME=value` in one word.
fn setting(word: &Word) -> Option<EnvSetting> {
    let Some(shell::Piece::Text(text, span)) = word.pieces.first() else { return None };
    let (name, head) = text.split_once('=')?;
    let rest = word.pieces.iter().skip(1).cloned();
    let head_span = Span::new(span.end as usize - head.len().min(span.range().len()), span.end as usize);
    let head = (!head.is_empty()).then(|| shell::Piece::Text(head.to_owned(), head_span));
    let pieces: Vec<shell::Piece> = head.into_iter().chain(rest).collect();
    let start = pieces.first().map_or(word.span.end, |piece| match piece {
        shell::Piece::Text(_, span) | shell::Piece::Substitution(_, span) => span.start,
        shell::Piece::Variable(variable) => variable.span.start,
    });
    let value = Word { span: Span { start, end: word.span.end.max(start) }, pieces };
    Some(EnvSetting { name: Arc::from(name), span: word.span, value: Some(expr(&value)) })
}

/// `COPY a b /target`, in both forms; targets are made absolute by `WORKDIR`.
fn copies(instruction: &Instruction, stage: &mut Stage) {
    let from_stage =
        instruction.flags.iter().find(|(name, _)| name == "from").map(|(_, value)| Arc::from(value.as_str()));
    let mut paths: Vec<Expr> = match json::parse(&instruction.arguments) {
        Ok(Some(list)) if instruction.arguments.starts_with('[') => list
            .texts()
            .into_iter()
            .map(|(text, span)| Expr::str(source(instruction).span(span.start as usize, span.end as usize), text))
            .collect(),
        _ => split(instruction).iter().map(expr).collect(),
    };
    let Some(target) = paths.pop() else { return };
    let target = resolve(stage.workdir.as_ref(), target);
    stage.copies.extend(paths.into_iter().map(|source| Mount {
        span: instruction.span,
        source,
        target: target.clone(),
        from_stage: from_stage.clone(),
    }));
}

/// A path against the working folder, as far as both are known.
fn resolve(workdir: Option<&Expr>, path: Expr) -> Expr {
    let base = workdir.map_or(Some("/"), Expr::as_str);
    match (base, path.as_str()) {
        (Some(base), Some(text)) if !text.starts_with('/') => {
            let tail = text.strip_prefix("./").unwrap_or(text);
            let tail = if tail == "." { "" } else { tail };
            let joined = format!("{}/{tail}", base.trim_end_matches('/'));
            Expr::str(path.span, &joined)
        }
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileKind, FileRole, LineIndex, RepoPath, Tracking};

    #[test]
    fn stages_of_a_front_end_image() {
        let text = "ARG NODE=20\nFROM node:${NODE}-alpine AS build\nWORKDIR /app\nARG VITE_API=/api\nENV VITE_API=$VITE_API A=\"b c\"\nENV OLD some words\nCOPY package.json ./\nCOPY . .\nRUN npm ci && npm run build -- --mode staging\nFROM nginx:1.27-alpine\nCOPY --from=build /app/dist /usr/share/nginx/html\nCOPY [\"nginx.conf\", \"/etc/nginx/conf.d/default.conf\"]\nEXPOSE 80 443/tcp\nCMD [\"nginx\", \"-g\", \"daemon off;\"]\n";
        let path = RepoPath::new("Dockerfile").expect("inside");
        let mut facts =
            FileFacts::new(path, FileKind::Dockerfile, FileRole::Production, Tracking::Tracked, LineIndex::new(text));
        read(text, &mut facts);
        let file = facts.dockerfile.expect("a Dockerfile");
        assert_eq!(&*file.global_args[0].name, "NODE");
        let [build, serve] = &file.stages[..] else { panic!("two stages") };
        assert_eq!(build.name.as_deref(), Some("build"));
        let names: Vec<_> = build.env.iter().map(|setting| &*setting.name).collect();
        assert_eq!(names, ["VITE_API", "A", "OLD"]);
        assert_eq!(build.env[1].value.as_ref().and_then(Expr::as_str), Some("b c"));
        assert_eq!(build.env[2].value.as_ref().and_then(Expr::as_str), Some("some words"));
        let targets: Vec<_> = build.copies.iter().filter_map(|copy| copy.target.as_str()).collect();
        assert_eq!(targets, ["/app/", "/app/"]);
        assert_eq!(build.runs[0].commands.len(), 2);
        assert_eq!(serve.copies[0].from_stage.as_deref(), Some("build"));
        assert_eq!(serve.copies[1].source.as_str(), Some("nginx.conf"));
        assert_eq!(serve.expose.len(), 2);
        assert_eq!(serve.command.as_ref().map(|command| command.commands[0].words.len()), Some(3));
        let value = build.args[0].value.as_ref().expect("a default");
        assert_eq!(&text[value.span.range()], "/api");
    }
}
