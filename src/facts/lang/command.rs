//! Command lines as facts: the simple commands of a line, with wrappers unfolded.

use std::sync::Arc;

use super::words;
use crate::base::Span;
use crate::facts::adapters::server_commands;
use crate::facts::{CommandFact, EnvReader, EnvSetting, SimpleCommand};
use crate::parse::fragment::Fragment;
use crate::parse::shell::{self, Joined, Word};

/// Nesting of `sh -c "sh -c ..."`.
const DEPTH_LIMIT: usize = 4;

/// The command line that a shell reads; its variables are read by `reader`.
#[must_use]
pub fn shell_line(source: Fragment<'_>, reader: EnvReader) -> CommandFact {
    finish(source.whole(), lines(source, 0), reader)
}

/// A program with its arguments, started without a shell.
#[must_use]
pub fn exec(span: Span, words: Vec<Word>, reader: EnvReader) -> CommandFact {
    finish(span, unfold(Line { span, words, ..Line::default() }, 0), reader)
}

fn finish(span: Span, lines: Vec<Line>, reader: EnvReader) -> CommandFact {
    let commands = lines.into_iter().map(|line| line.into_fact(reader)).collect();
    server_commands::command(span, commands)
}

/// A simple command before its words become expressions.
#[derive(Clone, Default)]
struct Line {
    span: Span,
    assignments: Vec<(String, Word)>,
    words: Vec<Word>,
    input: Option<Word>,
    output: Option<Word>,
    document: Option<Arc<str>>,
    directory: Option<Arc<str>>,
}

impl Line {
    fn into_fact(self, reader: EnvReader) -> SimpleCommand {
        let assignments = self
            .assignments
            .iter()
            .map(|(name, value)| {
                let value = words::word(value, reader);
                EnvSetting { name: Arc::from(name.as_str()), span: value.span, value: Some(value) }
            })
            .collect();
        let words = self.words.iter().map(|word| words::word(word, reader)).collect();
        let input = self.input.as_ref().map(|word| words::word(word, reader));
        let output = self.output.as_ref().map(|word| words::word(word, reader));
        let Self { span, document, directory, .. } = self;
        SimpleCommand { span, assignments, words, input, output, document, directory }
    }

    fn literals(&self, count: usize) -> Vec<Option<String>> {
        self.words.iter().take(count).map(Word::literal).collect()
    }
}

/// The simple commands of a shell line, in order.
fn lines(source: Fragment<'_>, depth: usize) -> Vec<Line> {
    let mut found = Vec::new();
    let mut directory: Option<Arc<str>> = None;
    let mut outer: Vec<Option<Arc<str>>> = Vec::new();
    for command in shell::commands(source) {
        match command.joined {
            Joined::Opens => outer.push(directory.clone()),
            Joined::Closes => directory = outer.pop().flatten(),
            Joined::Next | Joined::Piped => {}
        }
        let mut line = Line {
            span: command.span,
            assignments: command.assignments,
            words: command.words,
            input: command.input,
            output: command.output,
            document: command.document.map(Arc::from),
            directory: directory.clone(),
        };
        if command.joined == Joined::Piped
            && let Some(before) = found.last_mut()
        {
            join_pipe(before, &mut line);
        }
        if let [Some(program), target, ..] = line.literals(2).as_slice()
            && matches!(program.as_str(), "cd" | "pushd")
        {
            directory = target.as_deref().map(|target| joined(directory.as_deref(), target));
            continue;
        }
        if !line.words.is_empty() || !line.assignments.is_empty() {
            found.extend(unfold(line, depth));
        }
    }
    found
}

/// `cat file | x` reads the file, and `x | tee file` writes it.
fn join_pipe(before: &mut Line, after: &mut Line) {
    if let [Some(program), Some(_)] = before.literals(3).as_slice()
        && program == "cat"
    {
        after.input = after.input.take().or_else(|| before.words.get(1).cloned());
    }
    if let [Some(program), Some(_)] = after.literals(3).as_slice()
        && program == "tee"
    {
        before.output = before.output.take().or_else(|| after.words.get(1).cloned());
    }
}

fn joined(base: Option<&str>, target: &str) -> Arc<str> {
    match base {
        Some(base) if !target.starts_with('/') => Arc::from(format!("{base}/{target}")),
        _ => Arc::from(target),
    }
}

/// Takes off what only wraps a command: `sh -c`, `cross-env A=b`, `concurrently`.
fn unfold(mut line: Line, depth: usize) -> Vec<Line> {
    strip_wrappers(&mut line);
    let program = line.words.first().and_then(Word::literal);
    let inner: Vec<Word> = match program.as_deref().map(|text| text.rsplit('/').next().unwrap_or(text)) {
        _ if depth >= DEPTH_LIMIT => Vec::new(),
        Some("sh" | "bash" | "ash" | "dash" | "zsh") => {
            let flag = line.words.iter().position(|word| word.literal().is_some_and(|text| is_command_flag(&text)));
            flag.and_then(|at| line.words.get(at + 1)).cloned().into_iter().collect()
        }
        Some("concurrently") => {
            let arguments = line.words.iter().skip(1);
            arguments.filter(|word| word.literal().is_some_and(|text| is_line(&text))).cloned().collect()
        }
        _ => Vec::new(),
    };
    if inner.is_empty() {
        return vec![line];
    }
    let mut found = Vec::new();
    for script in inner {
        let text = script.script();
        for mut simple in lines(Fragment::inside_quotes(&text, script.span), depth + 1) {
            simple.assignments.splice(0..0, line.assignments.iter().cloned());
            simple.directory = match (&line.directory, simple.directory) {
                (Some(base), Some(inner)) => Some(joined(Some(base), &inner)),
                (base, inner) => inner.or_else(|| base.clone()),
            };
            found.push(simple);
        }
    }
    found
}

fn is_command_flag(word: &str) -> bool {
    word.starts_with('-') && !word.starts_with("--") && word.ends_with('c')
}

/// Whether an argument of `concurrently` is a command line and no option.
fn is_line(text: &str) -> bool {
    !text.starts_with('-') && (text.contains(' ') || text.contains(':') || text.contains("npm"))
}

/// `env A=b`, `cross-env A=b`, `npx`, `dumb-init --`, `poetry run` and the like in front of the program.
fn strip_wrappers(line: &mut Line) {
    loop {
        let words = line.literals(3);
        let words: Vec<Option<&str>> = words.iter().map(Option::as_deref).collect();
        let skip = match words.as_slice() {
            [Some("env" | "cross-env" | "cross-env-shell"), ..] => {
                line.words.remove(0);
                while let Some(assignment) = line.words.first().and_then(shell::split_assignment) {
                    line.assignments.push(assignment);
                    line.words.remove(0);
                }
                continue;
            }
            [Some("dumb-init" | "tini" | "/sbin/tini" | "/usr/bin/tini" | "/usr/bin/dumb-init"), Some(_), ..] => 1,
            [Some("poetry" | "pipenv" | "uv" | "pdm" | "rye" | "hatch"), Some("run"), Some(_), ..] => 2,
            [Some("npx" | "bunx" | "pnpx"), Some(_), ..] => 1,
            [Some("yarn" | "pnpm" | "npm"), Some("exec" | "dlx"), Some(_), ..] => 2,
            [Some(program), next, ..] => match wrapper(program, *next) {
                Some(wrapper) => {
                    unwrap(line, wrapper);
                    continue;
                }
                None => return,
            },
            _ => return,
        };
        line.words.drain(..skip);
        // Options of the wrapper itself (`npx -y`, `uv run --frozen`, `tini --`).
        while line.words.first().and_then(Word::literal).is_some_and(|word| word.starts_with('-')) {
            line.words.remove(0);
        }
    }
}

/// A program that does something around the command behind its own words.
struct Wrapper {
    /// Its name, and the word that has it run something.
    name: &'static str,
    run: Option<&'static str>,
    /// Words of its own in front of the command, options aside.
    own: usize,
    /// Options that take a value.
    valued: &'static [&'static str],
}

const fn wraps(name: &'static str, run: Option<&'static str>, own: usize, valued: &'static [&'static str]) -> Wrapper {
    Wrapper { name, run, own, valued }
}

const WRAPPERS: &[Wrapper] = &[
    wraps("opentelemetry-instrument", None, 0, &["--traces_exporter", "--metrics_exporter", "--service_name"]),
    wraps("ddtrace-run", None, 0, &[]),
    wraps("newrelic-admin", Some("run-program"), 0, &[]),
    wraps("doppler", Some("run"), 0, &["-p", "--project", "-c", "--config", "-t", "--token"]),
    wraps("infisical", Some("run"), 0, &["--env", "--path", "--projectId", "--token"]),
    wraps("op", Some("run"), 0, &["--env-file"]),
    wraps("dotenvx", Some("run"), 0, &["-f", "--env-file"]),
    wraps("conda", Some("run"), 0, &["-n", "--name", "-p", "--prefix"]),
    wraps("micromamba", Some("run"), 0, &["-n", "--name", "-p", "--prefix"]),
    wraps("pixi", Some("run"), 0, &["-e", "--environment", "--manifest-path"]),
    wraps("chamber", Some("exec"), 1, &[]),
    wraps("env-cmd", None, 0, &["-f", "--file", "-e", "--environments"]),
    wraps("dotenv", None, 0, &["-e", "-f", "--file", "-c"]),
    wraps("xvfb-run", None, 0, &["-s", "--server-args", "-n", "--server-num", "-e"]),
    wraps("dockerize", None, 0, &["-wait", "-timeout", "-template", "-wait-retry-interval", "-stdout", "-stderr"]),
    wraps("wait-for-it.sh", None, 1, &["-h", "-p", "-t", "--timeout", "--host", "--port"]),
    wraps("wait-for-it", None, 1, &["-h", "-p", "-t", "--timeout", "--host", "--port"]),
    wraps("wait-for.sh", None, 1, &["-t", "--timeout"]),
    wraps("wait-for", None, 1, &["-t", "--timeout"]),
    wraps("watchmedo", Some("auto-restart"), 0, &["-d", "--directory", "-p", "--pattern", "--patterns", "-i"]),
    wraps("nice", None, 0, &["-n"]),
    wraps("stdbuf", None, 0, &["-o", "-e", "-i"]),
    wraps("setpriv", None, 0, &["--reuid", "--regid"]),
    wraps("s6-setuidgid", None, 1, &[]),
    wraps("chpst", None, 0, &["-u"]),
];

/// The wrapper that two words begin, by the name of its file.
fn wrapper(program: &str, next: Option<&str>) -> Option<&'static Wrapper> {
    let name = program.rsplit('/').next().unwrap_or(program);
    WRAPPERS.iter().find(|it| it.name == name && it.run.is_none_or(|run| next == Some(run)))
}

/// Leaves the command alone: what is behind `--`, or behind the wrapper's own words.
fn unwrap(line: &mut Line, wrapper: &Wrapper) {
    let own = 1 + usize::from(wrapper.run.is_some());
    line.words.drain(..own.min(line.words.len()));
    let dashes = line.words.iter().position(|word| word.literal().as_deref() == Some("--"));
    if let Some(at) = dashes {
        line.words.drain(..=at);
        return;
    }
    let mut left = wrapper.own;
    while let Some(word) = line.words.first().and_then(Word::literal) {
        let taken = if wrapper.valued.contains(&&*word) {
            2
        } else if word.starts_with('-') {
            1
        } else if left > 0 {
            left -= 1;
            1
        } else {
            return;
        };
        line.words.drain(..taken.min(line.words.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        shell_line(Fragment::exact(text, 0), EnvReader::Shell)
            .commands
            .iter()
            .map(|command| {
                let names: Vec<_> = command.assignments.iter().map(|setting| format!("{}=", setting.name)).collect();
                let words: Vec<_> = command.words.iter().map(|word| word.as_str().unwrap_or("?")).collect();
                format!("{}:{}{}", command.directory.as_deref().unwrap_or(""), names.concat(), words.join(" "))
            })
            .collect()
    }

    #[test]
    fn wrappers_are_unfolded() {
        let cases: &[(&str, &[&str])] = &[
            ("cross-env NODE_ENV=production next build", &[":NODE_ENV=next build"]),
            (
                "bash -lc 'cd /app && python manage.py migrate; uvicorn a:b'",
                &["/app:python manage.py migrate", "/app:uvicorn a:b"],
            ),
            ("sh -c \"uvicorn a:b --port $PORT\"", &[":uvicorn a:b --port ?"]),
            ("concurrently -k \"npm run web\" \"cd api && npm start\"", &[":npm run web", "api:npm start"]),
            ("(cd web && npx -y vite --port 80) & node s.js", &["web:vite --port 80", ":node s.js"]),
            ("poetry run uvicorn app:app", &[":uvicorn app:app"]),
            ("opentelemetry-instrument --service_name api uvicorn a:b", &[":uvicorn a:b"]),
            ("doppler run -p shop -- gunicorn a:b", &[":gunicorn a:b"]),
            ("./wait-for-it.sh db:5432 -t 30 -- python manage.py runserver", &[":python manage.py runserver"]),
            ("dockerize -wait tcp://db:5432 -timeout 60s daphne a:b", &[":daphne a:b"]),
            ("env-cmd -f .env.local node s.js", &[":node s.js"]),
            ("conda run -n web --no-capture-output hypercorn a:b", &[":hypercorn a:b"]),
            ("watchmedo auto-restart -d . -p '*.py' --recursive -- python s.py", &[":python s.py"]),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), *expected, "{text}");
        }
    }
}
