//! The values that containers put into the templates of their nginx.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{FileId, FileKind, Place, Span};
use crate::model::Wiring;
use crate::model::nginx::tree::{Fill, Tree};
use crate::model::nginx::{Effort, NginxInstance, StepNames, TemplateStep};
use crate::model::proxy::ProxyId;

/// Puts the run-time environment of the containers into the templates that they fill.
pub(super) fn fill_templates(wiring: &mut Wiring) {
    let template = |id: &FileId| wiring.repository.get(*id).is_some_and(|facts| facts.kind == FileKind::NginxTemplate);
    let mut filled = Vec::new();
    for (id, instance) in wiring.proxies.all::<NginxInstance>() {
        if !instance.filled && !instance.files.iter().any(template) {
            continue;
        }
        let mut fill = environment(wiring, id, instance);
        fill.retain(|name, _| instance.steps.iter().all(|step| replaces(&instance.tree.effort, step, name)));
        if !fill.is_empty() {
            filled.push((id, instance.tree.filled(&wiring.repository, &fill)));
        }
    }
    let mut filled: BTreeMap<ProxyId, Tree> = filled.into_iter().collect();
    for (id, instance) in wiring.proxies.all_mut::<NginxInstance>() {
        if let Some(tree) = filled.remove(&id) {
            tree.cut_short.tell(&wiring.limits);
            instance.accusable &= tree.cut_short.is_empty();
            instance.holes = tree.holes();
            instance.tree = tree;
        }
    }
}

/// Whether a step replaces a name that the environment defines.
fn replaces(effort: &Effort, step: &TemplateStep, name: &str) -> bool {
    match &step.names {
        StepNames::All | StepNames::Defined { filter: None } | StepNames::Unknown => true,
        StepNames::Listed(listed) => listed.contains(name),
        StepNames::Defined { filter: Some(filter) } => {
            effort.find(filter, false, name, Place::new(step.file, Span::default())).is_none_or(|found| found.is_some())
        }
    }
}

/// The names on which all containers that run this nginx agree; those of its image when no service runs it.
fn environment(wiring: &Wiring, id: ProxyId, instance: &NginxInstance) -> Fill {
    let mut fill = Fill::new();
    let mut disputed = BTreeSet::new();
    let mut services = wiring.services.iter().filter(|service| service.proxy == Some(id)).peekable();
    if services.peek().is_none() {
        return instance.environment.clone();
    }
    for binding in services.flat_map(|service| &service.environment) {
        let Some(value) = binding.value.as_known_text() else {
            disputed.insert(Arc::clone(&binding.name));
            continue;
        };
        let known = fill.entry(Arc::clone(&binding.name)).or_insert_with(|| value.as_str().into());
        if **known != *value {
            disputed.insert(Arc::clone(&binding.name));
        }
    }
    fill.retain(|name, _| !disputed.contains(name));
    fill
}
