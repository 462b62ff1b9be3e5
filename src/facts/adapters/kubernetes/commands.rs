//! What the containers of manifests run.

use crate::base::Span;
use crate::facts::lang::command;
use crate::facts::{CommandFact, EnvReader, KubernetesFile};
use crate::parse::data::{Node, NodeKind};
use crate::parse::fragment::Fragment;
use crate::parse::shell::{self, Piece, Word};

/// Adds the commands of all containers of a document.
pub(super) fn collect(text: &str, root: &Node, file: &mut KubernetesFile) {
    let mut queue: Vec<&Node> = vec![root];
    while let Some(node) = queue.pop() {
        match &node.kind {
            NodeKind::List(items) => queue.extend(items),
            NodeKind::Map(pairs) => {
                for pair in pairs {
                    if matches!(&*pair.key, "containers" | "initContainers") {
                        for container in pair.value.items() {
                            file.commands.extend(command(text, container).map(|found| (container.span, found)));
                        }
                    }
                    queue.push(&pair.value);
                }
            }
            NodeKind::Scalar { .. } => {}
        }
    }
    file.commands.sort_by_key(|(span, _)| *span);
}

/// `command` takes the place of the image's entry point, `args` of its command; together they are one line.
fn command(text: &str, container: &Node) -> Option<CommandFact> {
    let lists = ["command", "args"].into_iter().filter_map(|key| container.get(key));
    let mut span: Option<Span> = None;
    let mut words = Vec::new();
    for list in lists {
        span = Some(span.map_or(list.span, |known| known.cover(list.span)));
        words.extend(list.items().iter().filter_map(|item| Some(word(text, item.span, item.text()?))));
    }
    (!words.is_empty()).then_some(())?;
    Some(command::exec(span?, words, EnvReader::Shell))
}

/// `$(NAME)` is a variable of the container; anything else is for a shell, if there is one.
fn word(text: &str, span: Span, value: &str) -> Word {
    let filled = braced(value);
    let source = Fragment::of(text, span, value);
    if filled == value {
        let whole = source.whole();
        return Word { span: whole, pieces: vec![Piece::Text(value.to_owned(), whole)] };
    }
    // the forms have the same length
    let source = match source.whole() {
        exact if exact.range().len() == value.len() => Fragment::exact(&filled, exact.start as usize),
        whole => Fragment::whole_of(&filled, whole),
    };
    shell::interpolate(source)
}

/// `${NAME}` in place of `$(NAME)`.
fn braced(value: &str) -> String {
    let mut out = value.as_bytes().to_vec();
    let mut at = 0;
    while let Some(start) = value.get(at..).and_then(|rest| rest.find("$(")).map(|found| at + found) {
        let Some(end) = value.get(start..).and_then(|rest| rest.find(')')).map(|found| start + found) else { break };
        let name = value.get(start + 2..end).unwrap_or_default();
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_name && !value.get(..start).unwrap_or_default().ends_with('$') {
            for (index, byte) in [(start + 1, b'{'), (end, b'}')] {
                if let Some(slot) = out.get_mut(index) {
                    *slot = byte;
                }
            }
        }
        at = end;
    }
    String::from_utf8(out).unwrap_or_else(|_| value.to_owned())
}
