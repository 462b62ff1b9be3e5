//! A container as a server, and the routers that it has without a word.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::dynamic::Dynamic;
use super::fault::Fault;
use super::gaps::{gap, has_gap, shown, unknown};
use super::matcher::Matcher;
use super::names::{Name, Owner};
use super::priority::Priority;
use super::reading::Reading;
use super::router::Router;
use super::service::{Balancer, Server, Service as Balanced};
use super::setting::Setting;
use super::startup::Docker;
use super::syntax::{Rule, Test};
use crate::base::Place;
use crate::model::proxy::Target;
use crate::model::{Service, Unknown};

/// A container as the provider sees it.
pub(super) struct Container<'a> {
    /// The service of compose that it belongs to.
    pub service: &'a Service,
    /// The provider that reads it.
    pub docker: &'a Docker,
    /// Its labels, without `traefik.` in front.
    pub labels: &'a Setting,
}

/// Where a container is without a port that Traefik can go to.
const NO_PORT: &str = "the container exposes no port and no label names one, so Traefik leaves it out";

impl Container<'_> {
    /// The services of the container, each of them with it as its server.
    pub fn services(&self, found: &mut Dynamic) -> Option<Fault> {
        if let Some(fault) = ["tcp", "udp"].into_iter().find_map(|layer| self.portless(layer)) {
            return Some(fault);
        }
        if self.is_for_connections() {
            return None;
        }
        let owner = Owner::Known(self.docker.provider);
        let mut all: Vec<(Name, Option<&Setting>)> = self
            .labels
            .entries_at(&["http", "services"])
            .map(|(name, setting)| (Name::written(name, &owner), Some(setting)))
            .collect();
        if all.is_empty() {
            all.push((self.own_name(), None));
        }
        for (name, setting) in all {
            let balancer = setting.and_then(|setting| setting.get("loadBalancer"));
            if setting.is_some() && balancer.is_none() {
                continue;
            }
            let empty = Setting::new(self.service.place);
            let place = setting.map_or(self.service.place, |setting| setting.place);
            let service = match self.server(balancer.unwrap_or(&empty)) {
                Ok(Ok(server)) => Balanced::Balanced(Balancer::read(place, balancer.unwrap_or(&empty), vec![server])),
                Ok(Err(fault)) => return Some(fault),
                Err(why) => Balanced::Unknown(why),
            };
            found.services.insert(name, service);
        }
        None
    }

    /// Whether its labels are about TCP and UDP alone, so that it gets no router for HTTP.
    fn is_for_connections(&self) -> bool {
        let says = |layer: &str, kinds: &[&str]| {
            kinds.iter().any(|kind| self.labels.entries_at(&[layer, kind]).next().is_some())
        };
        let is_told = says("tcp", &["routers", "services"]) || says("udp", &["routers", "services"]);
        is_told && !says("http", &["routers", "services", "middlewares"])
    }

    /// The service for TCP or UDP for which there is no port.
    fn portless(&self, layer: &str) -> Option<Fault> {
        let services: Vec<&Setting> =
            self.labels.entries_at(&[layer, "services"]).map(|(_, service)| service).collect();
        let is_told = !services.is_empty() || self.labels.entries_at(&[layer, "routers"]).next().is_some();
        if !is_told || !matches!(self.exposed(), Ok(None)) {
            return None;
        }
        let is_without = |service: &&Setting| service.at(&["loadBalancer", "server", "port"]).is_none();
        let place = match services.iter().find(|service| is_without(service)) {
            Some(service) => service.place,
            None if services.is_empty() => self.service.place,
            None => return None,
        };
        let fix = if layer == "tcp" {
            "traefik.tcp.services.NAME.loadbalancer.server.port=PORT"
        } else {
            "traefik.udp.services.NAME.loadbalancer.server.port=PORT"
        };
        Some(Fault::new(place, NO_PORT, fix))
    }

    /// The container as a server.
    fn server(&self, balancer: &Setting) -> Result<Result<Server, Fault>, Unknown> {
        let server = balancer.get("server");
        let of = |name: &str| server.and_then(|server| server.get(name));
        let text = |name: &str| of(name).and_then(|setting| Some((setting.value.as_deref()?, setting.place)));
        if let Some((url, place)) = text("url") {
            return Server::of_url(url, place).map(Ok);
        }
        let scheme: Arc<str> = match text("scheme") {
            Some((scheme, place)) if has_gap(scheme) => return Err(unknown(place)),
            Some((scheme, _)) => Arc::from(scheme),
            None => "http".into(),
        };
        // the address that a port is published at may take the place of the container's own
        if let Some(place) = self.docker.published.filter(|_| !self.service.published.is_empty()) {
            return Err(unknown(place));
        }
        let (port, place) = match text("port") {
            Some((port, place)) => (Some(port.parse::<u16>().map_err(|_| unknown(place))?), place),
            None => match self.exposed() {
                Ok(Some((port, place))) => (Some(port), place),
                Ok(None) => (None, self.service.place),
                Err(()) => return Err(unknown(self.service.place)),
            },
        };
        let Some(port) = port else {
            return Ok(Err(Fault::new(place, NO_PORT, "traefik.http.services.NAME.loadbalancer.server.port=PORT")));
        };
        let target = Target { host: Some(Arc::clone(&self.service.name)), port: Some(port), place };
        Ok(Ok(Server { scheme, target }))
    }

    /// The lowest port that the container exposes: `Err` when there may be others.
    fn exposed(&self) -> Result<Option<(u16, Place)>, ()> {
        let service = self.service;
        let published = service.published.iter().map(|port| port.container.map(|container| (container, port.place)));
        let published: Vec<(u16, Place)> = published.collect::<Option<Vec<_>>>().ok_or(())?;
        let of_image = exposed_by(service.image.as_deref()).ok_or(())?;
        let of_image = of_image.iter().map(|port| (*port, service.place));
        Ok(published.into_iter().chain(service.exposed.iter().copied()).chain(of_image).min_by_key(|(port, _)| *port))
    }

    /// Routers of their own making, and rules where none is written.
    pub fn routers(&self, reading: Reading<'_>, found: &mut Dynamic) {
        if self.is_for_connections() {
            return;
        }
        if found.routers.is_empty() && found.services.len() <= 1 {
            let own = Router::internal(self.service.place);
            found.routers.push(Router { name: self.own_name(), rule: Rule::Unknown, ..own });
        }
        let owner = Owner::Known(self.docker.provider);
        let written = self.labels.entries_at(&["http", "routers"]);
        let with_rule = written.filter(|(_, own)| own.text("rule").is_some_and(|rule| !rule.is_empty()));
        let with_rule: BTreeSet<Name> = with_rule.map(|(name, _)| Name::written(name, &owner)).collect();
        for router in found.routers.iter_mut().filter(|router| !with_rule.contains(&router.name)) {
            self.default_rule(router, reading);
        }
    }

    /// The rule of a router that has none: by the name of the container, or as the provider is told.
    fn default_rule(&self, router: &mut Router, reading: Reading<'_>) {
        match &self.docker.default_rule {
            Some((template, place)) => {
                let text = filled(template, &self.service.name);
                router.rule = reading.rule(&text, *place).unwrap_or(Rule::Unknown);
                router.written = shown(&text).into();
                router.priority = Priority::of_rule(&text);
                router.place = *place;
            }
            None => {
                // the name of the project comes after it, and nobody calls a site so
                let name: Arc<str> = format!("{}-{}", normal(&self.service.name), gap("COMPOSE_PROJECT_NAME")).into();
                router.written = format!("Host(`{}`)", shown(&name)).into();
                router.priority = Priority::of_rule(&format!("Host(`{name}`)"));
                let test = Test { matcher: Matcher::ContainerName, args: vec![name], syntax: None };
                router.rule = Rule::Test(test);
            }
        }
    }

    /// The name that the provider gives to what the labels do not name.
    fn own_name(&self) -> Name {
        let bare = format!("{}-{}", normal(&self.service.name), gap("COMPOSE_PROJECT_NAME"));
        Name::of(bare.into(), self.docker.provider)
    }
}

/// A name with dashes in place of what is neither a letter nor a digit.
fn normal(name: &str) -> String {
    let parts: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

/// The template of a rule with the name of the service, as far as it is followed.
fn filled(template: &str, service: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((inside, after)) = tail.split_once("}}") else { break };
        let names_service = inside.contains("com.docker.compose.service") && inside.trim_start().starts_with("index");
        if names_service {
            out.push_str(service)
        } else {
            out.push_str(&gap(inside.trim()))
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The ports that well-known images expose; `None` for those that nobody here knows.
fn exposed_by(image: Option<&str>) -> Option<&'static [u16]> {
    let image = image?;
    let name = image.rsplit('/').next().unwrap_or(image);
    let is_official = !image.contains('/') || image.starts_with("library/") || image.starts_with("docker.io/library/");
    if !is_official && image != "nginxinc/nginx-unprivileged" {
        return None;
    }
    let none: BTreeSet<&str> =
        ["alpine", "debian", "ubuntu", "busybox", "scratch", "python", "node", "golang", "ruby", "openjdk", "rust"]
            .into();
    match name {
        "nginx" | "httpd" | "whoami" => Some(&[80]),
        "nginx-unprivileged" => Some(&[8080]),
        "caddy" => Some(&[80, 443, 2019]),
        "redis" => Some(&[6379]),
        "postgres" => Some(&[5432]),
        "mysql" | "mariadb" => Some(&[3306]),
        _ if none.contains(name) => Some(&[]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_rules_name_the_service() {
        let rule = "Host(`{{ index .Labels \"com.docker.compose.service\" }}.test`)";
        assert_eq!(filled(rule, "api"), "Host(`api.test`)");
        assert!(has_gap(&filled("Host(`{{ .Name }}.test`)", "api")));
    }
}
