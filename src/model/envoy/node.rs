//! A bootstrap's values as Envoy reads them: fields by their names in the schema.

use std::sync::Arc;

use crate::base::{FileId, Place, has_mark};
use crate::facts::{Expr, ExprKind, HoleReason};
use crate::model::Unknown;

/// A value of a bootstrap with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'a> {
    pub file: FileId,
    pub expr: &'a Expr,
}

impl<'a> Node<'a> {
    pub fn place(self) -> Place {
        Place::new(self.file, self.expr.span)
    }

    fn with(self, expr: &'a Expr) -> Self {
        Self { expr, ..self }
    }

    /// A field; an empty one is none. Both spellings of a name are the same to Envoy.
    pub fn get(self, name: &str) -> Option<Self> {
        let ExprKind::Object(fields) = &self.expr.kind else { return None };
        let found = fields.iter().rev().find(|field| is_field(&field.key, name))?;
        (found.value.kind != ExprKind::Null).then(|| self.with(&found.value))
    }

    /// The field at the end of a path of names.
    pub fn at(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }

    /// The place of a field's name.
    pub fn place_of(self, name: &str) -> Option<Place> {
        let ExprKind::Object(fields) = &self.expr.kind else { return None };
        let found = fields.iter().rev().find(|field| is_field(&field.key, name))?;
        Some(Place::new(self.file, found.key_span.cover(found.value.span)))
    }

    /// The items of a list; none for anything else.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let items: &'a [Expr] = match &self.expr.kind {
            ExprKind::List(items) => items,
            _ => &[],
        };
        items.iter().map(move |item| self.with(item))
    }

    /// The items of the list under a field.
    pub fn list(self, name: &str) -> impl Iterator<Item = Self> + use<'a> {
        let items: &'a [Expr] = match self.get(name).map(|node| &node.expr.kind) {
            Some(ExprKind::List(items)) => items,
            _ => &[],
        };
        items.iter().map(move |item| self.with(item))
    }

    /// The entries of a map with their keys.
    pub fn entries(self) -> impl Iterator<Item = (&'a Arc<str>, Self)> {
        let fields = match &self.expr.kind {
            ExprKind::Object(fields) => fields.as_slice(),
            _ => &[],
        };
        fields.iter().map(move |field| (&field.key, self.with(&field.value)))
    }

    /// A scalar as text.
    pub fn text(self) -> Option<Arc<str>> {
        match &self.expr.kind {
            ExprKind::Str(text) | ExprKind::Num(text) => Some(Arc::clone(text)),
            ExprKind::Bool(truth) => Some(if *truth { "true" } else { "false" }.into()),
            _ => None,
        }
    }

    /// The text of a field.
    pub fn text_of(self, name: &str) -> Option<Arc<str>> {
        self.get(name)?.text()
    }

    /// A flag; `None` when it is not written.
    pub fn flag(self, name: &str) -> Option<bool> {
        self.text_of(name).map(|text| &*text == "true")
    }

    pub fn is_on(self, name: &str) -> bool {
        self.flag(name) == Some(true)
    }

    pub fn number(self, name: &str) -> Option<u64> {
        self.text_of(name)?.parse().ok()
    }

    /// A time with its place.
    pub fn time(self, name: &str) -> Option<(u64, Place)> {
        let place = self.place_of(name)?;
        Some((milliseconds(&self.text_of(name)?)?, place))
    }

    /// The name of a typed configuration without its package: `Cors`.
    pub fn type_name(self) -> Option<Arc<str>> {
        let name = self.text_of("@type")?;
        Some(name.rsplit(['.', '/']).next().unwrap_or_default().into())
    }

    /// What a template language left in a text.
    pub fn hole(self) -> Option<Unknown> {
        let text = self.text()?;
        has_mark(&text).then(|| self.unknown(HoleReason::Template(text)))
    }

    pub fn unknown(self, reason: HoleReason) -> Unknown {
        Unknown { reason, place: Some(self.place()) }
    }

    pub fn unsupported(self) -> Unknown {
        self.unknown(HoleReason::Unsupported)
    }
}

/// Whether a key is the field `name`, as written in the schema or in JSON's spelling.
fn is_field(key: &str, name: &str) -> bool {
    if key == name {
        return true;
    }
    let mut wanted = name.chars();
    let mut key = key.chars();
    while let Some(next) = wanted.next() {
        let expected = if next == '_' { wanted.next().map(|next| next.to_ascii_uppercase()) } else { Some(next) };
        if key.next() != expected {
            return false;
        }
    }
    key.next().is_none()
}

/// The milliseconds of a time: `15s`, `0.25s`.
fn milliseconds(text: &str) -> Option<u64> {
    let number = text.trim().strip_suffix('s')?;
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: String = part.chars().chain("000".chars()).take(3).collect();
    whole.parse::<u64>().ok()?.checked_mul(1_000)?.checked_add(thousandths.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_two_spellings() {
        assert!(is_field("port_value", "port_value") && is_field("portValue", "port_value"));
        assert!(!is_field("portvalue", "port_value") && !is_field("portValues", "port_value"));
    }

    #[test]
    fn times_are_seconds() {
        for (text, expected) in [
            ("15s", Some(15_000)),
            ("0.25s", Some(250)),
            ("0s", Some(0)),
            ("1.5s", Some(1_500)),
            ("5", None),
            ("1m", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
