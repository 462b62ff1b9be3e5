//! What Traefik refuses to read: one option that it does not know, or one value that it cannot read, keeps a whole container out, or
//! all that its files say.

use super::fault::Fault;
use super::gaps::{GAP, has_gap};
use super::options::{Alone, Form, Kind, Written, group};
use super::setting::{Setting, flag};
use super::version::Version;
use crate::base::Place;
use crate::model::proxy::{Truth, go_milliseconds};

/// What is refused of labels, or of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// All of it is read.
    Nothing,
    /// Something that may be known, or read, here.
    Perhaps,
    /// Something, and so all of it is left out.
    Surely(Fault),
}

impl Refusal {
    /// What is refused of either of two.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Surely(fault), _) | (_, Self::Surely(fault)) => Self::Surely(fault),
            (Self::Perhaps, _) | (_, Self::Perhaps) => Self::Perhaps,
            (Self::Nothing, Self::Nothing) => Self::Nothing,
        }
    }
}

/// The reasons in labels, and in files.
struct Reasons {
    labels: &'static str,
    files: &'static str,
}

const UNKNOWN: Reasons = Reasons {
    labels: "the Traefik that runs here knows no such option, and leaves a container out altogether when it cannot read one of its labels",
    files: "the Traefik that runs here knows no such option, and takes nothing from its files when it cannot read one of them",
};

const UNREAD: Reasons = Reasons {
    labels: "Traefik cannot read this value, and leaves a container out altogether when it cannot read one of its labels",
    files: "Traefik cannot read this value, and takes nothing from its files when it cannot read one of them",
};

const EMPTY: Reasons = Reasons {
    labels: "Traefik takes this one only with options below it, and leaves a container out altogether when it cannot read one of its labels",
    files: "Traefik takes this one only with something below it, and takes nothing from its files when it cannot read one of them",
};

/// What is refused of the labels of a container, whose names come without `traefik.`.
pub(super) fn of_labels(labels: &Setting, version: Version) -> Refusal {
    let mut check = Check { written: Written::Labels, version, so_far: Refusal::Nothing };
    let parts = labels.entries().filter_map(|(name, below)| {
        let name = name.to_ascii_lowercase();
        // whatever begins so is read
        let begins = ["http", "tcp", "udp", "docker"].into_iter().find(|begin| name.starts_with(begin))?;
        Some((begins, name, below))
    });
    for (begins, name, below) in parts {
        let result = match begins {
            "docker" if name != begins => continue,
            _ if name != begins => {
                check.is_missing(below.place, "traefik.http.(routers|services|middlewares).NAME.OPTION=...", Truth::No)
            }
            _ => check.group(below, &mut begins.to_owned()),
        };
        if let Err(fault) = result {
            return Refusal::Surely(fault);
        }
    }
    if let Some(enable) = labels.get("enable")
        && let Err(fault) = check.value(enable, Kind::Flag, "traefik.enable=true")
    {
        return Refusal::Surely(fault);
    }
    check.so_far
}

/// What is refused of a file.
pub(super) fn of_file(root: &Setting, version: Version) -> Refusal {
    let mut check = Check { written: Written::Files, version, so_far: Refusal::Nothing };
    for part in ["http", "tcp", "udp", "tls"] {
        let Some(below) = root.get(part) else { continue };
        if let Err(fault) = check.group(below, &mut part.to_owned()) {
            return Refusal::Surely(fault);
        }
    }
    check.so_far
}

/// A walk down the options.
struct Check {
    written: Written,
    version: Version,
    /// What is refused as far as it went: nothing, or something perhaps.
    so_far: Refusal,
}

impl Check {
    fn fault(&self, place: Place, reasons: &Reasons, fix: &'static str) -> Fault {
        let why = if self.written == Written::Labels { reasons.labels } else { reasons.files };
        Fault::new(place, why, fix)
    }

    /// An option that is not known, or that another version may know.
    fn is_missing(&mut self, place: Place, fix: &'static str, known: Truth) -> Result<(), Fault> {
        if known == Truth::No {
            return Err(self.fault(place, &UNKNOWN, fix));
        }
        self.so_far = Refusal::Perhaps;
        Ok(())
    }

    /// The options of a group, which is at a path.
    fn group(&mut self, setting: &Setting, path: &mut String) -> Result<(), Fault> {
        let Some(known) = group(path) else { return Ok(()) };
        for (name, below) in setting.entries() {
            if name.contains([GAP, '$']) {
                self.so_far = Refusal::Perhaps;
                continue;
            }
            match known.form(name, self.written, self.version) {
                Ok(form) => self.option(below, form, path)?,
                Err(truth) => {
                    let fix = known.instead_of(name, self.written, self.version);
                    self.is_missing(below.place, fix, truth)?;
                }
            }
        }
        Ok(())
    }

    /// One option of the group at a path.
    fn option(&mut self, setting: &Setting, form: &Form, path: &mut String) -> Result<(), Fault> {
        let length = path.len();
        path.push('.');
        path.push_str(form.name);
        let result = self.below(setting, form, path);
        path.truncate(length);
        result
    }

    fn below(&mut self, setting: &Setting, form: &Form, path: &mut String) -> Result<(), Fault> {
        let fix = form.line(self.written);
        let is_open = setting.value.as_deref().is_some_and(has_gap);
        match form.kind {
            Kind::Anything => Ok(()),
            Kind::Section | Kind::Names | Kind::Pairs | Kind::Numbers if setting.is_leaf() => match form.alone {
                Alone::Accepted => Ok(()),
                Alone::Refused if is_open => {
                    self.so_far = Refusal::Perhaps;
                    Ok(())
                }
                Alone::Refused => Err(self.fault(setting.place, &EMPTY, fix)),
            },
            Kind::Section => self.group(setting, path),
            Kind::Items => setting.entries().try_for_each(|(_, item)| self.group(item, path)),
            Kind::Names => {
                path.push_str(".NAME");
                setting.entries().try_for_each(|(_, named)| self.group(named, path))
            }
            Kind::Pairs | Kind::List => Ok(()),
            Kind::Numbers => setting.entries().try_for_each(|(_, named)| self.value(named, Kind::Number, fix)),
            Kind::Text | Kind::Flag | Kind::Number | Kind::Time => match setting.entries().next() {
                Some((_, below)) => Err(self.fault(below.place, &UNKNOWN, fix)),
                None => self.value(setting, form.kind, fix),
            },
        }
    }

    fn value(&mut self, setting: &Setting, kind: Kind, fix: &'static str) -> Result<(), Fault> {
        let text = setting.value.as_deref().unwrap_or_default();
        let is_read = match kind {
            Kind::Flag => !text.is_empty() && flag(text).is_some(),
            Kind::Number => text.parse::<i64>().is_ok(),
            Kind::Time => {
                let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
                text.parse::<i64>().is_ok() || go_milliseconds(unsigned, &[]).is_some()
            }
            _ => true,
        };
        match is_read {
            true => Ok(()),
            // what is filled in is meant to be read
            false if has_gap(text) || text.contains('$') => Ok(()),
            false => Err(self.fault(setting.place, &UNREAD, fix)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::gaps::gap;
    use super::super::names::parts;
    use super::*;
    use crate::base::{FileId, Limits, Span};

    /// What is refused of labels, by the line that is told instead.
    fn refused(labels: &[(&str, &str)], version: Version) -> String {
        let place = Place::new(FileId(0), Span::default());
        let mut root = Setting::new(place);
        for (name, value) in labels {
            root.insert(&parts(name), (*value).into(), place, &Limits::default());
        }
        match of_labels(&root, version) {
            Refusal::Nothing => "nothing".to_owned(),
            Refusal::Perhaps => "perhaps".to_owned(),
            Refusal::Surely(fault) => fault.words.fix.to_owned(),
        }
    }

    #[test]
    fn labels_that_traefik_reads_are_not_refused() {
        for (name, value) in [
            ("http.routers.a.rule", "Host(`a`)"),
            ("HTTP.Routers.a.ENTRYPOINTS", "web"),
            ("http.routers.a.tls", "true"),
            ("http.routers.a.tls", "no"),
            ("http.routers.a.tls.domains[0].sans", "b,c"),
            ("http.routers.a.priority", "10"),
            ("http.services.a.loadbalancer.server.port", "80"),
            ("http.services.a.loadbalancer.sticky.cookie", "true"),
            ("http.services.a.loadbalancer.healthcheck.interval", "10s"),
            ("http.services.a.loadbalancer.healthcheck.interval", "-1"),
            ("http.middlewares.a.headers.customrequestheaders.X-Any", ""),
            ("http.middlewares.a.compress", "true"),
            ("http.middlewares.a.plugin.any.thing[0].there", "x"),
            ("docker.network", "edge"),
            ("enable", "true"),
            // nobody reads these
            ("docker2", "x"),
            ("frontend.rule", "Host:a"),
            ("http.routers.a.priority", &gap("PRIORITY")),
        ] {
            assert_eq!(refused(&[(name, value)], Version::V3(None)), "nothing", "{name}={value}");
        }
    }

    #[test]
    fn what_traefik_does_not_know_is_refused() {
        for (name, value, fix) in [
            ("http.routers.a.entrypoint", "web", "traefik.http.routers.NAME.entryPoints=ONE,OTHER"),
            ("http.router.a.rule", "Host(`a`)", "traefik.http.routers.NAME.OPTION=..."),
            ("http.routers.a.tls.certresolvers", "le", "traefik.http.routers.NAME.tls.certResolver=..."),
            (
                "http.services.a.loadbalancer.servers.port",
                "80",
                "traefik.http.services.NAME.loadBalancer.server.OPTION=...",
            ),
            ("tcp.routers.a.entrypoint", "web", "traefik.tcp.routers.NAME.entryPoints=ONE,OTHER"),
            ("docker.networks", "edge", "traefik.docker.network=..."),
            ("http.routers.a.rule.b", "x", "traefik.http.routers.NAME.rule=..."),
            ("http.routers.a.priority", "high", "traefik.http.routers.NAME.priority=NUMBER"),
            (
                "http.services.a.loadbalancer.passhostheader",
                "yes",
                "traefik.http.services.NAME.loadBalancer.passHostHeader=true",
            ),
            (
                "http.services.a.loadbalancer.healthcheck.interval",
                "often",
                "traefik.http.services.NAME.loadBalancer.healthCheck.interval=10s",
            ),
            ("http.middlewares.a.buffering", "true", "traefik.http.middlewares.NAME.buffering.OPTION=..."),
            ("enable", "yes", "traefik.enable=true"),
        ] {
            assert_eq!(refused(&[(name, value)], Version::V3(None)), fix, "{name}={value}");
        }
    }

    #[test]
    fn what_may_be_known_is_in_doubt() {
        let newest = ("http.routers.a.newest", "x");
        assert_eq!(refused(&[newest], Version::V3(Some(99))), "perhaps");
        assert_eq!(refused(&[newest], Version::Unknown), "perhaps");
        assert_eq!(refused(&[("http.routers.a.${OPTION?no}", "x")], Version::V3(None)), "perhaps");
        let ssl = [("http.routers.a.observability.metrics", "true")];
        assert_eq!(refused(&ssl, Version::Unknown), "perhaps");
        assert_ne!(refused(&ssl, Version::V2(Some(11))), "nothing");
    }
}
