//! A container as a server, and the routers that it has without a word.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::dynamic::{Dynamic, Fault, Priority, Router, qualified};
use super::service::{Balancer, Server, Service as Balanced};
use super::setting::{Setting, gap, has_gap, shown, unknown};
use super::startup::Docker;
use super::syntax::{Matcher, Rule, Syntax, Test, parse};
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
    pub labels: Setting,
}

impl Container<'_> {
    /// The services of the container, each of them with it as its server.
    pub fn services(&self, http: &Setting, found: &mut Dynamic) -> Option<Fault> {
        let mut all: Vec<(Arc<str>, Option<&Setting>)> = http
            .get("services")
            .map(|all| all.entries().map(|(name, setting)| (Arc::clone(name), Some(setting))).collect())
            .unwrap_or_default();
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
            found.services.insert(qualified(&name, self.docker.provider), service);
        }
        None
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
            return Ok(Err(Fault::new(
                place,
                "the container exposes no port and no label names one, so Traefik leaves it out",
                "traefik.http.services.NAME.loadbalancer.server.port=PORT",
            )));
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
    pub fn routers(&self, http: &Setting, syntax: Option<Syntax>, found: &mut Dynamic) {
        if found.routers.is_empty() && found.services.len() <= 1 {
            let name = qualified(&self.own_name(), self.docker.provider);
            found.routers.push(Router { name, rule: Rule::Unknown, ..Router::internal(self.service.place) });
        }
        let written = http.get("routers").map(|all| all.entries().collect::<Vec<_>>()).unwrap_or_default();
        let with_rule = written.into_iter().filter(|(_, own)| own.text("rule").is_some_and(|rule| !rule.is_empty()));
        let with_rule: BTreeSet<Arc<str>> = with_rule.map(|(name, _)| qualified(name, self.docker.provider)).collect();
        for router in &mut found.routers {
            if !with_rule.contains(&router.name) {
                self.default_rule(router, syntax);
            }
        }
    }

    /// The rule of a router that has none: by the name of the container, or as the provider is told.
    fn default_rule(&self, router: &mut Router, syntax: Option<Syntax>) {
        match &self.docker.default_rule {
            Some((template, place)) => {
                let text = filled(template, &self.service.name);
                router.rule = syntax.map_or(Rule::Unknown, |syntax| parse(&text, syntax).unwrap_or(Rule::Unknown));
                router.written = shown(&text).into();
                router.priority = Priority::of_rule(&text);
                router.place = *place;
            }
            None => {
                // the name of the project comes after it, and nobody calls a site so
                let name: Arc<str> = format!("{}-{}", normal(&self.service.name), gap("COMPOSE_PROJECT_NAME")).into();
                router.written = format!("Host(`{}`)", shown(&name)).into();
                router.priority = Priority::of_rule(&format!("Host(`{name}`)"));
                let test = Test { matcher: Matcher::ContainerName, args: vec![name], syntax: Syntax::V3 };
                router.rule = Rule::Test(test);
            }
        }
    }

    /// The name that the provider gives to what the labels do not name.
    fn own_name(&self) -> Arc<str> {
        format!("{}-{}", normal(&self.service.name), gap("COMPOSE_PROJECT_NAME")).into()
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
