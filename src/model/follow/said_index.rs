//! What the code of each file says where, and which names are set anywhere: asked for every URL.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{FileId, Place, Span};
use crate::facts::{DefinitionValue, EnvReader, Expr, ExprKind, FileFacts};
use crate::model::Wiring;

/// What one expression says.
#[derive(Debug)]
pub(super) enum Said {
    /// It reads a variable.
    Variable(Arc<str>, EnvReader),
    /// It is this text.
    Text(Arc<str>),
}

/// The expressions of all files that read a variable or spell a text, and the names that files set.
#[derive(Debug, Default)]
pub struct SaidIndex {
    at: BTreeMap<FileId, BTreeMap<Span, Vec<Said>>>,
    /// The first read of a variable in the calls and definitions of a file.
    first_reads: BTreeMap<FileId, BTreeMap<Arc<str>, Span>>,
    outside: BTreeSet<Arc<str>>,
    documented: BTreeSet<Arc<str>>,
    anywhere: BTreeSet<Arc<str>>,
}

impl SaidIndex {
    /// The index of a repository.
    pub fn new(wiring: &Wiring) -> Self {
        let mut index = Self::default();
        for (file, facts) in wiring.repository.iter() {
            index.add_expressions(file, facts);
            index.add_names(facts);
        }
        index
    }

    /// What the expressions at a place say.
    pub(super) fn at(&self, place: Place) -> &[Said] {
        self.at.get(&place.file).and_then(|spans| spans.get(&place.span)).map_or(&[], Vec::as_slice)
    }

    /// The texts that a file spells inside a range.
    pub(super) fn texts_within(&self, file: FileId, range: Span) -> impl Iterator<Item = (Place, &Arc<str>)> {
        let from = Span { start: range.start, end: range.start };
        let spans = self.at.get(&file).into_iter().flat_map(move |spans| spans.range(from..));
        spans.take_while(move |(span, _)| span.start <= range.end).flat_map(move |(span, said)| {
            said.iter().filter_map(move |said| match said {
                Said::Text(text) => Some((Place::new(file, *span), text)),
                Said::Variable(..) => None,
            })
        })
    }

    /// Where a file reads a variable first.
    pub(super) fn first_read(&self, file: FileId, name: &str) -> Option<Place> {
        self.first_reads.get(&file)?.get(name).map(|span| Place::new(file, *span))
    }

    /// Whether CI, hosting or a command line of the repository sets a name.
    pub(super) fn set_outside(&self, name: &str) -> bool {
        self.outside.contains(name)
    }

    /// Whether an example file documents a name.
    pub(super) fn documented(&self, name: &str) -> bool {
        self.documented.contains(name)
    }

    /// Whether anything but an example file sets a name.
    pub(super) fn set_anywhere(&self, name: &str) -> bool {
        self.anywhere.contains(name)
    }

    fn add_expressions(&mut self, file: FileId, facts: &FileFacts) {
        let mut stack: Vec<&Expr> = facts.call_sites.iter().flat_map(|site| &site.args).collect();
        while let Some(expr) = stack.pop() {
            self.add(file, expr);
            expr.push_parts(&mut stack);
        }
        stack.extend(facts.client_calls.iter().flat_map(|call| call.base.iter().chain([&call.url])));
        for definition in facts.module.iter().flat_map(|module| module.definitions.iter().chain(&module.globals)) {
            push_definition(&definition.value, &mut stack);
        }
        while let Some(expr) = stack.pop() {
            self.add(file, expr);
            if let ExprKind::Env { name, .. } = &expr.kind {
                let reads = self.first_reads.entry(file).or_default();
                let known = reads.entry(Arc::clone(name)).or_insert(expr.span);
                *known = (*known).min(expr.span);
            }
            expr.push_parts(&mut stack);
        }
    }

    fn add(&mut self, file: FileId, expr: &Expr) {
        let said = match (&expr.kind, expr.as_str()) {
            (ExprKind::Env { name, reader, .. }, _) => Said::Variable(Arc::clone(name), *reader),
            (ExprKind::Str(text), _) => Said::Text(Arc::clone(text)),
            (_, Some(text)) => Said::Text(Arc::from(text)),
            _ => return,
        };
        self.at.entry(file).or_default().entry(expr.span).or_default().push(said);
    }

    fn add_names(&mut self, facts: &FileFacts) {
        let outside = || facts.outside_settings.iter().map(|setting| &setting.name);
        let entries = || facts.env.iter().map(|entry| &entry.name);
        self.outside.extend(outside().cloned());
        if !facts.role.may_be_accused() {
            self.documented.extend(entries().cloned());
            return;
        }
        self.anywhere.extend(entries().chain(outside()).cloned());
        for service in facts.compose.iter().flat_map(|compose| &compose.services) {
            let built = service.build.iter().flat_map(|build| &build.args);
            self.anywhere.extend(service.environment.iter().chain(built).map(|setting| Arc::clone(&setting.name)));
        }
        for stage in facts.dockerfile.iter().flat_map(|dockerfile| &dockerfile.stages) {
            self.anywhere.extend(stage.args.iter().chain(&stage.env).map(|setting| Arc::clone(&setting.name)));
        }
    }
}

fn push_definition<'a>(value: &'a DefinitionValue, stack: &mut Vec<&'a Expr>) {
    match value {
        DefinitionValue::Value(expr) => stack.push(expr),
        DefinitionValue::Function(function) => stack.extend(&function.returns),
        DefinitionValue::Class(class) => {
            stack.extend(class.fields.iter().filter_map(|field| field.value.as_ref()));
            stack.extend(class.methods.iter().filter_map(|(_, function)| function.returns.as_ref()));
        }
    }
}
