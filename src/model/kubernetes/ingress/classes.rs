//! Which program reads an Ingress object.

use std::collections::BTreeMap;

use super::annotations::{Annotations, OTHERS, PREFIX};
use super::config::Controller;
use super::read::By;
use crate::model::kubernetes::cluster::Cluster;
use crate::model::kubernetes::object::Object;
use crate::model::kubernetes::tree::Node;

/// The classes of a cluster.
pub(super) struct Classes<'c> {
    /// The program of each class.
    programs: BTreeMap<&'c str, &'c str>,
    /// The class of objects that name none.
    default: Option<&'c str>,
}

impl<'c> Classes<'c> {
    pub fn of(cluster: &'c Cluster) -> Self {
        let mut programs = BTreeMap::new();
        let mut default = None;
        for object in cluster.of_kind("IngressClass") {
            let Some(program) = object.node.at(&["spec", "controller"]).and_then(Node::text) else { continue };
            programs.entry(&*object.written).or_insert(&**program);
            programs.entry(&*object.name).or_insert(&**program);
            default = default.or_else(|| is_default(object).then_some(&*object.name));
        }
        Self { programs, default }
    }

    /// Whether an object without a class has none of these either.
    pub fn leave_out_others(&self) -> bool {
        self.default.is_none() && !self.programs.is_empty()
    }

    /// Who reads an object: its class says, or what else it says is understood by one alone.
    pub fn reader<'n>(&self, spec: &'n Node, annotations: &Annotations<'n>) -> By<'n>
    where
        'c: 'n,
    {
        let class = spec.text_of("ingressClassName").map(|class| &**class);
        let class = class.or_else(|| annotations.whole("kubernetes.io/ingress.class").map(|(class, _)| &**class));
        let class = class.or(self.default);
        let program = class.and_then(|class| self.programs.get(class)).copied();
        let of_nginx_inc = OTHERS.iter().any(|prefix| prefix.starts_with("nginx") && annotations.has(prefix));
        let controller = match (program, class) {
            (Some("k8s.io/ingress-nginx"), _) => Controller::Nginx,
            (Some(program), _) if program.contains("nginx") => Controller::Unknown,
            (Some(_), _) => Controller::Other,
            _ if annotations.has(PREFIX) && class.is_none_or(|class| class.contains("nginx")) => Controller::Nginx,
            (None, Some(class)) if class.contains("nginx") => {
                if of_nginx_inc {
                    Controller::Unknown
                } else {
                    Controller::Nginx
                }
            }
            (None, Some(class)) => {
                let known =
                    ["traefik", "alb", "gce", "haproxy", "contour", "kong", "azure", "istio", "cilium", "caddy"];
                if known.iter().any(|word| class.contains(word)) { Controller::Other } else { Controller::Unknown }
            }
            (None, None) => Controller::Unknown,
        };
        (controller, class)
    }
}

/// Whether a class is that of objects which name none.
fn is_default(object: &Object) -> bool {
    let annotation = object.node.at(&["metadata", "annotations", "ingressclass.kubernetes.io/is-default-class"]);
    annotation.and_then(Node::text).is_some_and(|text| &**text == "true")
}
