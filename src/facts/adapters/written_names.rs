//! Names that a command writes into an env file: whoever runs the script has them set.

use std::sync::Arc;

use crate::facts::{CommandFact, Expr, ExprKind, OutsideSetting, SimpleCommand};

/// What the commands of a script write into env files: `echo "NAME=value" >> .env`, and the lines of a here-document.
pub fn of_script(command: &CommandFact) -> Vec<OutsideSetting> {
    let writing = command.commands.iter().filter(|simple| simple.output.as_ref().is_some_and(is_env_file));
    writing.flat_map(|simple| of_words(simple).into_iter().chain(of_document(simple))).collect()
}

/// The lines `NAME=value` of a here-document.
fn of_document(simple: &SimpleCommand) -> impl Iterator<Item = OutsideSetting> {
    let lines = simple.document.iter().flat_map(|document| document.lines());
    let names = lines.filter_map(|line| line.split_once('=').map(|(name, _)| name.trim()));
    let names = names.map(|name| name.strip_prefix("export ").unwrap_or(name)).filter(|name| is_name(name));
    names.map(|name| setting(Arc::from(name), simple))
}

/// The names with which the words of an `echo` or `printf` begin.
pub fn of_words(simple: &SimpleCommand) -> Vec<OutsideSetting> {
    if !matches!(program(simple), Some("echo" | "printf")) {
        return Vec::new();
    }
    let names = simple.words.iter().skip(1).filter(|word| head(word).is_some_and(|head| head.contains('=')));
    let names = names.filter_map(leading_name);
    names.map(|name| setting(name, simple)).collect()
}

/// The name in `NAME=...`, or in `NAME` alone.
pub fn leading_name(argument: &Expr) -> Option<Arc<str>> {
    let name = head(argument)?.split('=').next()?;
    is_name(name).then(|| Arc::from(name))
}

/// What is known of the beginning of a word.
fn head(word: &Expr) -> Option<&str> {
    match &word.kind {
        ExprKind::Op(_, parts) => parts.first().and_then(Expr::as_str),
        _ => word.as_str(),
    }
}

/// Whether a text can be the name of a variable.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn setting(name: Arc<str>, simple: &SimpleCommand) -> OutsideSetting {
    OutsideSetting { name, span: simple.span, value: None }
}

fn program(simple: &SimpleCommand) -> Option<&str> {
    simple.words.first().and_then(Expr::as_str)
}

fn is_env_file(output: &Expr) -> bool {
    let name = match &output.kind {
        ExprKind::Op(_, parts) => parts.last().and_then(Expr::as_str),
        _ => output.as_str(),
    };
    let name = name.and_then(|path| path.rsplit('/').next());
    name.is_some_and(|name| name.starts_with(".env") || name.ends_with(".env"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::EnvReader;
    use crate::facts::lang::command::shell_line;
    use crate::parse::fragment::Fragment;

    fn names(script: &str) -> Vec<String> {
        let command = shell_line(Fragment::exact(script, 0), EnvReader::Shell);
        of_script(&command).iter().map(|setting| setting.name.to_string()).collect()
    }

    #[test]
    fn what_a_script_writes_into_an_env_file_is_set() {
        assert_eq!(
            names("echo \"NEXT_PUBLIC_API_URL=\\\"http://localhost:8000\\\"\" >>./client/.env\n"),
            ["NEXT_PUBLIC_API_URL"]
        );
        assert_eq!(names("printf 'A_URL=%s\\n' \"$URL\" > \"$ROOT/web/.env.production\"\n"), ["A_URL"]);
        assert_eq!(names("echo \"VITE_WS=$WS\" >> prod.env\necho done\n"), ["VITE_WS"]);
        assert_eq!(
            names("cat > .env <<EOF\nVITE_API=http://$HOST:8000\nVITE_WS=ws://$HOST\nEOF\nnpm run build\n"),
            ["VITE_API", "VITE_WS"]
        );
    }

    #[test]
    fn what_a_script_prints_or_keeps_for_itself_is_not() {
        for script in [
            "echo \"A=1\"\n",
            "A=1\nnpm run build\n",
            "echo \"A=1\" > notes.txt\n",
            "echo # A=1\necho x > .env\nB=2 npm start\n",
        ] {
            assert!(names(script).is_empty(), "{script}");
        }
    }
}
