//! Settings as Traefik reads them from files, flags, labels and the environment: names in any case, with values or more names
//! below them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::gaps::{gap, has_gap};
use crate::base::{FileId, Limit, Limits, Place};
use crate::facts::{Expr, ExprKind};
use crate::model::proxy::Truth;

/// Names below names that are read.
const DEEP: Limit = Limit::new(
    24,
    "names below each other in a setting of Traefik",
    "what is below them is unknown",
    "put fewer names below each other: no option of Traefik has so many",
);

/// A setting.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setting {
    /// Where it is written.
    pub place: Place,
    /// Its value.
    pub value: Option<Arc<str>>,
    /// Each name in lower case, with how it is written.
    below: BTreeMap<String, (Arc<str>, Setting)>,
}

impl Setting {
    /// A setting without value.
    pub fn new(place: Place) -> Self {
        Self { place, value: None, below: BTreeMap::new() }
    }

    /// What a file says.
    pub fn of_file(file: FileId, expr: &Expr, limits: &Limits) -> Self {
        Self::of_expr(file, expr, 0, limits)
    }

    fn of_expr(file: FileId, expr: &Expr, depth: usize, limits: &Limits) -> Self {
        let mut found = Self::new(Place::new(file, expr.span));
        if depth > DEEP.most_items() {
            limits.reached(Some(found.place), &DEEP);
            found.value = Some(gap(""));
            return found;
        }
        match &expr.kind {
            ExprKind::Object(fields) => {
                // a name without a value says nothing
                for field in fields.iter().filter(|field| field.value.kind != ExprKind::Null) {
                    let mut below = Self::of_expr(file, &field.value, depth + 1, limits);
                    below.place = Place::new(file, field.key_span.cover(field.value.span));
                    // what a template makes of a name is not known
                    let name = if field.key.contains("{{") { gap(&field.key) } else { Arc::clone(&field.key) };
                    found.below.insert(name.to_ascii_lowercase(), (name, below));
                }
            }
            ExprKind::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    let name: Arc<str> = format!("[{at}]").into();
                    found.below.insert(name.to_string(), (name, Self::of_expr(file, item, depth + 1, limits)));
                }
            }
            ExprKind::Str(text) if text.contains("{{") => found.value = Some(gap(text)),
            ExprKind::Str(text) | ExprKind::Num(text) => found.value = Some(Arc::clone(text)),
            ExprKind::Bool(truth) => found.value = Some(if *truth { "true" } else { "false" }.into()),
            ExprKind::Null => {}
            _ => found.value = Some(gap("")),
        }
        found
    }

    /// Puts a value at the end of a path of names.
    pub fn insert(&mut self, path: &[impl AsRef<str>], value: Arc<str>, place: Place, limits: &Limits) {
        let mut at = self;
        for name in path.iter().map(AsRef::as_ref).take(DEEP.most_items()) {
            let entry = at.below.entry(name.to_ascii_lowercase());
            at = &mut entry.or_insert_with(|| (Arc::from(name), Self::new(place))).1;
        }
        let is_whole = path.len() <= DEEP.most_items();
        if !is_whole {
            limits.reached(Some(place), &DEEP);
        }
        // what is below so many names is not read, and so nothing is known of them
        at.value = Some(if is_whole { value } else { gap("") });
        at.place = place;
    }

    /// The setting under a name, written in any case.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.below.get(&name.to_ascii_lowercase()).map(|(_, below)| below)
    }

    /// The setting at the end of a path of names.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |setting, name| setting.get(name))
    }

    /// The value under a name.
    pub fn text(&self, name: &str) -> Option<&Arc<str>> {
        self.get(name)?.value.as_ref()
    }

    /// Whether a flag is on; `None` when it is not written, or not known.
    pub fn flag(&self, name: &str) -> Option<bool> {
        flag(self.text(name)?)
    }

    /// Whether a section is there that alone, or with `true`, turns something on.
    pub fn section(&self, name: &str) -> Section {
        let Some(found) = self.get(name) else { return Section::Off };
        match found.value.as_deref() {
            None | Some("") => Section::On(found.place),
            Some(text) if text.eq_ignore_ascii_case("true") => Section::On(found.place),
            Some(text) if has_gap(text) => Section::Unknown(found.place),
            // whatever else is written, and whatever is below
            Some(_) => Section::Off,
        }
    }

    /// All values below with the names that lead to them, without those below a name of `except`: two settings that say the
    /// same at different places are equal so.
    pub fn said(&self, except: &[&str]) -> Vec<(String, Arc<str>)> {
        let mut found = Vec::new();
        for (name, (_, below)) in self.below.iter().filter(|(name, _)| !except.contains(&name.as_str())) {
            let value = below.value.iter().map(|value| (name.clone(), Arc::clone(value)));
            let deeper = below.said(&[]).into_iter().map(|(more, value)| (format!("{name}.{more}"), value));
            found.extend(value.chain(deeper));
        }
        found
    }

    /// Everything below, by its name.
    pub fn entries(&self) -> impl Iterator<Item = (&Arc<str>, &Self)> {
        self.below.values().map(|(name, below)| (name, below))
    }

    /// Everything below the end of a path of names, by its name.
    pub fn entries_at(&self, path: &[&str]) -> impl Iterator<Item = (&Arc<str>, &Self)> {
        self.at(path).into_iter().flat_map(Self::entries)
    }

    /// Whether it has nothing below it.
    pub fn is_leaf(&self) -> bool {
        self.below.is_empty()
    }

    /// Whether something of it or below it is not known.
    pub fn has_gaps(&self) -> bool {
        self.value.as_deref().is_some_and(has_gap)
            || self.below.iter().any(|(name, (_, below))| has_gap(name) || below.has_gaps())
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.value.is_none() && self.below.is_empty()
    }

    /// The items of a list that has more than a value for each.
    pub fn items(&self) -> Vec<&Self> {
        let number = |key: &str| key.strip_prefix('[')?.strip_suffix(']')?.parse::<usize>().ok();
        let mut found: Vec<(usize, &Self)> =
            self.below.iter().filter_map(|(key, (_, item))| Some((number(key)?, item))).collect();
        found.sort_by_key(|(at, _)| *at);
        found.into_iter().map(|(_, item)| item).collect()
    }

    /// The items of a list, which a label separates by commas.
    pub fn list(&self) -> Vec<(Arc<str>, Place)> {
        if let Some(value) = &self.value {
            let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
            return items.map(|item| (Arc::from(item), self.place)).collect();
        }
        self.items().into_iter().filter_map(|item| Some((Arc::clone(item.value.as_ref()?), item.place))).collect()
    }

    /// The items of the list under a name.
    pub fn list_of(&self, name: &str) -> Vec<(Arc<str>, Place)> {
        self.get(name).map(Self::list).unwrap_or_default()
    }
}

/// Whether a section is there without which something is off: `tls`, `providers.docker`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// It is, here.
    On(Place),
    /// It is not.
    Off,
    /// Something that is not known decides, here.
    Unknown(Place),
}

impl Section {
    /// Whether it is there.
    pub fn truth(self) -> Truth {
        match self {
            Self::On(_) => Truth::Yes,
            Self::Off => Truth::No,
            Self::Unknown(_) => Truth::Unknown,
        }
    }

    /// Where it is written, when it may be there.
    pub fn place(self) -> Option<Place> {
        match self {
            Self::On(place) | Self::Unknown(place) => Some(place),
            Self::Off => None,
        }
    }
}

/// A flag's value; one without a value is on.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text {
        "" | "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;

    fn place() -> Place {
        Place::new(FileId(0), Span::default())
    }

    #[test]
    fn names_are_read_in_any_case_and_lists_in_both_forms() {
        let mut root = Setting::new(place());
        let mut put = |path: &[&str], value: &str| root.insert(path, value.into(), place(), &Limits::default());
        put(&["http", "routers", "Web", "entryPoints"], "a, b,");
        put(&["HTTP", "Routers", "Web", "tls"], "x");
        put(&["http", "list", "[1]"], "two");
        put(&["http", "list", "[0]"], "one");
        let router = root.at(&["HTTP", "routers", "Web"]).expect("there");
        let texts = |list: Vec<(Arc<str>, Place)>| list.into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        assert_eq!(texts(router.list_of("entrypoints")), ["a".into(), "b".into()]);
        assert_eq!(router.text("TLS").map(|text| &**text), Some("x"));
        assert_eq!(texts(root.at(&["http"]).expect("there").list_of("list")), ["one".into(), "two".into()]);
    }

    #[test]
    fn sections_are_on_without_a_value_or_with_true() {
        let mut root = Setting::new(place());
        for (name, value) in [("a", ""), ("b", "TRUE"), ("c", "1"), ("d", "no"), ("e", &*gap("X"))] {
            root.insert(&[name], value.into(), place(), &Limits::default());
        }
        root.insert(&["d", "more"], "x".into(), place(), &Limits::default());
        root.insert(&["f", "more"], "x".into(), place(), &Limits::default());
        let truths = ["a", "b", "c", "d", "e", "f", "g"].map(|name| root.section(name).truth());
        let (yes, no) = (Truth::Yes, Truth::No);
        assert_eq!(truths, [yes, yes, no, no, Truth::Unknown, yes, no]);
    }

    #[test]
    fn what_is_below_too_many_names_is_unknown_and_told() {
        let limits = Limits::default();
        let mut root = Setting::new(place());
        root.insert(&["a"; 24], "x".into(), place(), &limits);
        assert!(!root.has_gaps() && limits.all().is_empty());
        root.insert(&["a"; 25], "x".into(), place(), &limits);
        assert!(root.has_gaps());
        assert_eq!(limits.all(), [(Some(place()), DEEP)]);
    }
}
