//! `environment`, `args` and `labels`: lists of `NAME=value` or maps.

use std::sync::Arc;

use super::Reader;
use crate::facts::EnvSetting;
use crate::facts::lang::words;
use crate::parse::data::{Node, NodeKind};
use crate::parse::fragment::Fragment;

impl Reader<'_> {
    pub(super) fn settings(&self, node: &Node) -> Vec<EnvSetting> {
        match &node.kind {
            NodeKind::List(items) => items.iter().filter_map(|item| self.listed(item)).collect(),
            NodeKind::Map(pairs) => pairs
                .iter()
                .map(|pair| EnvSetting {
                    name: Arc::clone(&pair.key),
                    span: pair.key_span.cover(pair.value.span),
                    value: self.scalar(&pair.value),
                })
                .collect(),
            NodeKind::Scalar { .. } => Vec::new(),
        }
    }

    fn listed(&self, item: &Node) -> Option<EnvSetting> {
        let text = item.text()?;
        let whole = Fragment::of(self.text, item.span, text);
        match whole.split_once('=') {
            Some((name, value)) => {
                let value = Some(words::interpolated(value));
                Some(EnvSetting { name: Arc::from(name.text), span: item.span, value })
            }
            None => Some(EnvSetting { name: Arc::clone(text), span: item.span, value: None }),
        }
    }
}
