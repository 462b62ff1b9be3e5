//! Which block a line is in, by indentation: functions, classes, locations, keys of YAML alike.

/// Headers of the blocks around a line that are looked at.
const MOST_HEADERS: usize = 8;
/// What a tab counts.
const TAB: usize = 4;

/// The line that heads the block around each line.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    /// By line, from 0.
    headers: Vec<Option<u32>>,
}

impl Blocks {
    /// Of a text; lines that hold nothing, and those that only end a block, head none.
    pub fn new(text: &str) -> Self {
        let mut headers = Vec::new();
        let mut open: Vec<(usize, u32)> = Vec::new();
        for (number, line) in (0u32..).zip(text.lines()) {
            if line.trim().is_empty() {
                headers.push(open.last().map(|(_, header)| *header));
                continue;
            }
            let indent = indent(line);
            while open.last().is_some_and(|(known, _)| *known >= indent) {
                open.pop();
            }
            headers.push(open.last().map(|(_, header)| *header));
            if !line.trim_start().starts_with(['}', ')', ']']) {
                open.push((indent, number));
            }
        }
        Self { headers }
    }

    /// The lines, from 0, that head the blocks around a line, the innermost first.
    pub fn around(&self, line: usize) -> impl Iterator<Item = usize> + '_ {
        let up = |line: &usize| self.headers.get(*line).copied().flatten().map(|header| header as usize);
        std::iter::successors(up(&line), up).take(MOST_HEADERS)
    }
}

fn indent(line: &str) -> usize {
    line.chars().take_while(|char| char.is_whitespace()).map(|char| if char == '\t' { TAB } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::Blocks;

    #[test]
    fn a_line_is_in_the_blocks_that_are_indented_less() {
        let text = "class Api {\n  get() {\n\n    return fetch(a);\n  }\n  set() {\n    return fetch(a);\n  }\n}\n";
        let blocks = Blocks::new(text);
        assert_eq!(blocks.around(3).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(blocks.around(6).collect::<Vec<_>>(), [5, 0]);
        assert_eq!(blocks.around(0).count(), 0);
    }
}
