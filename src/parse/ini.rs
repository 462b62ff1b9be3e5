//! Files of sections with `key = value` lines: units of systemd, configuration of supervisord.

use super::fragment::Fragment;

/// A section with its settings in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section<'a> {
    /// Its name, without brackets.
    pub name: &'a str,
    /// Its settings; a key may be there several times.
    pub settings: Vec<Setting<'a>>,
}

impl<'a> Section<'a> {
    /// The last value of a key.
    #[must_use]
    pub fn last(&self, key: &str) -> Option<Fragment<'a>> {
        self.all(key).last()
    }

    /// All values of a key.
    pub fn all(&self, key: &str) -> impl Iterator<Item = Fragment<'a>> {
        self.settings.iter().filter(move |setting| setting.key.eq_ignore_ascii_case(key)).map(Setting::value)
    }
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<'a> {
    /// Its name.
    pub key: &'a str,
    /// What is behind the `=`, with the lines that continue it.
    text: &'a str,
    start: usize,
}

impl<'a> Setting<'a> {
    /// The value with its place.
    #[must_use]
    pub fn value(&self) -> Fragment<'a> {
        Fragment::exact(self.text, self.start)
    }
}

/// The sections of a text. A line goes on behind a `\` at its end (systemd), and where the next one begins further to the right
/// (supervisord).
#[must_use]
pub fn sections(text: &str) -> Vec<Section<'_>> {
    let mut found: Vec<Section<'_>> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = line_end(text, at);
        let line = text.get(at..end).unwrap_or_default();
        let start = at;
        at = end + 1;
        let words = line.trim();
        if words.is_empty() || words.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = words.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name) {
            found.push(Section { name, settings: Vec::new() });
            continue;
        }
        let Some((key, _)) = line.split_once('=') else { continue };
        let whole = continued(text, indent(line), end);
        at = whole + 1;
        let behind = start + key.len() + 1;
        let value = text.get(behind..whole).unwrap_or_default();
        let lead = value.len() - value.trim_start().len();
        if let Some(section) = found.last_mut() {
            section.settings.push(Setting { key: key.trim(), text: value.trim(), start: behind + lead });
        }
    }
    found
}

/// The white space in front of a line.
fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The end of the last line that goes on from the one that ends here, and that begins behind so much white space.
fn continued(text: &str, setting: usize, mut end: usize) -> usize {
    loop {
        let next = text.get(end + 1..).unwrap_or_default();
        let line = next.lines().next().unwrap_or_default();
        let is_indented = indent(line) > setting && !line.trim().is_empty();
        let goes_on = text.get(..end).is_some_and(|before| before.trim_end_matches('\r').ends_with('\\'));
        if next.is_empty() || !is_indented && !goes_on {
            return end;
        }
        end = line_end(text, end + 1);
    }
}

fn line_end(text: &str, from: usize) -> usize {
    text.as_bytes().get(from..).and_then(|rest| memchr::memchr(b'\n', rest)).map_or(text.len(), |at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_on_behind_a_backslash_and_when_they_are_indented() {
        let text = "# a unit\n[Service]\nUser = web\nExecStart=/usr/bin/node \\\n  server.js\n\n[program:x]\ncommand=a\n  b\n;c=d\n";
        let found = sections(text);
        let shown: Vec<(&str, Vec<(&str, &str)>)> = found
            .iter()
            .map(|section| (section.name, section.settings.iter().map(|it| (it.key, it.value().text)).collect()))
            .collect();
        let unit = vec![("User", "web"), ("ExecStart", "/usr/bin/node \\\n  server.js")];
        assert_eq!(shown, [("Service", unit), ("program:x", vec![("command", "a\n  b")])]);
        let indented = sections("[Service]\n  User=web\n  ExecStart=a \\\r\n b\n");
        let shown: Vec<&str> = indented[0].settings.iter().map(|it| it.value().text).collect();
        assert_eq!(shown, ["web", "a \\\r\n b"]);
        let place = found[1].last("command").map(|value| value.whole().range());
        assert_eq!(place.and_then(|range| text.get(range)), Some("a\n  b"));
    }
}
