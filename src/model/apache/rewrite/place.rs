//! Where rules are run: before a path becomes a file, and in the sections that hold for it.

use super::apply::{Changed, PathInfo, Subject, is_absolute};
use super::rule::{Rule, rules};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::apache::run::{Run, Stop};
use crate::model::apache::tree::{Block, Directive};
use crate::model::apache::uri;
use crate::model::apache::values::{UNKNOWN_QUERY, needed};
use crate::model::proxy::{HeaderValue, Outcome, Sent};

/// Every directive that gives a level a part in rewriting.
const ALL: [&str; 6] = ["rewriteengine", "rewriterule", "rewritecond", "rewritebase", "rewriteoptions", "rewritemap"];

impl<'a> Run<'a> {
    /// The rules of the server; `true` when they say what the request is for.
    pub(in crate::model::apache) fn rewrite_in_server(&mut self) -> Result<bool, Stop> {
        let own = self.server.own();
        if !self.engine_is_on()? || self.ended || own.named(&ALL).next().is_none() || !self.uri.starts_with('/') {
            return Ok(false);
        }
        let rules = self.rules_of_server()?;
        let before = self.args.clone();
        let mut subject = Subject { name: self.uri.clone(), prefix: None, literal: false, path_info: PathInfo::Empty };
        // what a variable calls the file is the path, as long as nothing has mapped it
        self.filename = Some(subject.name.clone());
        let changed = self.apply_rules(&rules, &mut subject)?;
        match changed {
            Changed::No => {
                self.filename = None;
                Ok(false)
            }
            Changed::Status { code, by } => Err(self.status(code, by)),
            Changed::PassThrough => {
                self.uri = subject.name;
                self.filename = None;
                Ok(false)
            }
            Changed::Redirect { code, escape, by } => {
                Err(self.redirect_by_rule(&subject.name, code, escape, &before, by)?)
            }
            Changed::Yes { escape, .. } => {
                if subject.name.starts_with("proxy:") {
                    self.not_escaped |= !escape;
                    self.filename = Some(subject.name);
                    return Ok(true);
                }
                let root = self.document_root()?;
                let verbatim = subject.name.starts_with(&root) || is_in_system(&subject.name);
                let file = if verbatim { subject.name } else { self.below_root(&subject.name)? };
                if subject.literal {
                    self.existing.insert(file.clone());
                }
                self.filename = Some(file);
                Ok(true)
            }
        }
    }

    fn rules_of_server(&self) -> Result<Vec<Rule<'a>>, Stop> {
        let own = self.server.own();
        let main = self.server.main;
        let mut found = needed(rules(own))?;
        if self.server.host.is_none() {
            return Ok(found);
        }
        let option = |level: &Block, name: &str| {
            level.last("rewriteoptions").is_some_and(|options| options.args.iter().any(|arg| arg.is(name)))
        };
        let ignored = option(own, "ignoreinherit");
        if option(own, "inherit") || option(main, "inheritdown") && !ignored {
            found.extend(needed(rules(main))?);
        } else if option(own, "inheritbefore") || option(main, "inheritdownbefore") && !ignored {
            let mut all = needed(rules(main))?;
            all.extend(found);
            found = all;
        }
        Ok(found)
    }

    /// The rules of the last section that has a part in rewriting.
    pub(in crate::model::apache) fn rewrite_in_section(&mut self) -> Result<(), Stop> {
        let of_server = self.server.levels().len();
        let sections = self.scope.levels.get(of_server..).unwrap_or_default();
        let Some(level) = sections.iter().rev().copied().find(|level| level.named(&ALL).next().is_some()) else {
            return Ok(());
        };
        if !self.engine_is_on()? || self.ended {
            return Ok(());
        }
        let Some(name) = self.filename.clone() else { return Ok(()) };
        let directory = self.section_path(level)?;
        let proxied = name.starts_with("proxy:");
        if !proxied && Some(name.as_str()) == directory.strip_suffix('/') {
            return Ok(());
        }
        let rules = needed(rules(level))?;
        if !self.links_are_followed() {
            return Err(Stop::Error { code: 403, place: level.place });
        }
        let before = self.args.clone();
        let path_info = self.path_info(&name)?;
        let mut subject = Subject { name: name.clone(), prefix: Some(directory.clone()), literal: false, path_info };
        match self.apply_rules(&rules, &mut subject)? {
            Changed::No => {
                self.filename = Some(name);
                Ok(())
            }
            Changed::Status { code, by } => Err(self.status(code, by)),
            Changed::Redirect { code, escape, by } => {
                let target = self.with_base(level, &directory, subject.name);
                Err(self.redirect_by_rule(&target, code, escape, &before, by)?)
            }
            Changed::Yes { escape, .. } if subject.name.starts_with("proxy:") => {
                self.not_escaped |= !escape;
                self.filename = Some(subject.name);
                Ok(())
            }
            Changed::Yes { .. } | Changed::PassThrough => {
                if subject.name == name {
                    self.filename = Some(name);
                    return Ok(());
                }
                let root = self.document_root()?;
                let base = level.last("rewritebase").and_then(|base| base.args.first());
                let path = match base {
                    Some(base) => {
                        let base = self.known(base)?;
                        match subject.name.strip_prefix(&directory) {
                            Some(rest) => format!("{}/{rest}", base.trim_end_matches('/')),
                            None => subject.name,
                        }
                    }
                    None => match subject.name.strip_prefix(root.trim_end_matches('/')) {
                        Some(rest) if rest.starts_with('/') => rest.to_owned(),
                        _ => subject.name,
                    },
                };
                if subject.literal {
                    self.existing.insert(self.below_root(&path)?);
                }
                self.pending = Some(format!("{path}{}", self.query()));
                self.filename = Some(name);
                Ok(())
            }
        }
    }

    /// httpd looks for the file from the root on: what follows the first name that is no folder is not part of it.
    fn path_info(&self, name: &str) -> Result<PathInfo, Stop> {
        if name.starts_with("proxy:") || self.is_file(name) {
            return Ok(PathInfo::Empty);
        }
        let root = self.document_root()?;
        let below = name.strip_prefix(root.trim_end_matches('/')).unwrap_or(name).trim_start_matches('/');
        Ok(if below.contains('/') { PathInfo::Within } else { PathInfo::Empty })
    }

    /// Puts the base address in the place of the folder, in the address of a redirect.
    fn with_base(&self, level: &Block, directory: &str, target: String) -> String {
        let base = level.last("rewritebase").and_then(|base| base.arg(0));
        let start = is_absolute(&target);
        let (Some(base), Some(slash)) = (base, target.get(start..).and_then(|rest| rest.find('/'))) else {
            return target;
        };
        let (authority, path) = target.split_at(start + slash + 1);
        match path.strip_prefix(directory.trim_start_matches('/')) {
            Some(rest) if !directory.trim_start_matches('/').is_empty() => {
                format!("{authority}{}/{rest}", base.trim_matches('/')).replace(&format!("{authority}/"), authority)
            }
            _ => target,
        }
    }

    fn engine_is_on(&self) -> Result<bool, Stop> {
        match self.scope.last("rewriteengine") {
            None => Ok(false),
            Some(engine) => match engine.args.first() {
                Some(arg) => Ok(self.known(arg)?.eq_ignore_ascii_case("on")),
                None => Ok(false),
            },
        }
    }

    /// The folder or path that rules of a section are relative to, with a slash at its end.
    fn section_path(&self, level: &Block) -> Result<String, Stop> {
        let section = self.section_of(level).ok_or_else(|| self.unknown(HoleReason::Unsupported, level.place))?;
        if !matches!(&*section.name, "directory" | "location" | "locationmatch" | "directorymatch") {
            return Err(self.unknown(HoleReason::Unsupported, level.place));
        }
        let arg = section.args.iter().find(|arg| !arg.is("~"));
        let path = arg.map(|arg| self.known(arg)).transpose()?.unwrap_or("/");
        Ok(if path.ends_with('/') { path.to_owned() } else { format!("{path}/") })
    }

    /// The section whose level this is, among those outside of other sections.
    fn section_of(&self, level: &Block) -> Option<&'a Directive> {
        let outer = self.server.levels().into_iter().flat_map(|outer| &outer.directives);
        outer.into_iter().find(|section| section.block.as_ref().is_some_and(|block| block.id == level.id))
    }

    /// Whether `Options` lets rules of sections run at all.
    fn links_are_followed(&self) -> bool {
        let mut on = true;
        for directive in self.scope.all(&["options"]) {
            for arg in &directive.args {
                let (sign, word) = match arg.text.as_bytes().first() {
                    Some(b'+') => (Some(true), arg.text.get(1..).unwrap_or_default()),
                    Some(b'-') => (Some(false), arg.text.get(1..).unwrap_or_default()),
                    _ => (None, &*arg.text),
                };
                let known = ["followsymlinks", "symlinksifownermatch", "all"];
                let names = known.iter().any(|known| word.eq_ignore_ascii_case(known));
                on = match sign {
                    Some(sign) if names => sign,
                    Some(_) => on,
                    // the first word without a sign makes a new list
                    None if directive.args.first().is_some_and(|first| std::ptr::eq(first, arg)) => names,
                    None => on || names,
                };
            }
        }
        on
    }

    fn status(&mut self, code: u16, by: Place) -> Stop {
        self.steps.push((by, format!("`RewriteRule` answers {code}")));
        if code == 200 { Stop::Done(Outcome::Status { code, place: by }) } else { Stop::Error { code, place: by } }
    }

    fn redirect_by_rule(
        &mut self,
        address: &str,
        code: u16,
        escape: bool,
        before: &Sent,
        by: Place,
    ) -> Result<Stop, Stop> {
        let start = is_absolute(address);
        let rest = address.get(start..).unwrap_or_default();
        let path = rest.find('/').map_or(address.len(), |at| start + at);
        let (authority, path) = address.split_at(path);
        let mut location = authority.to_owned();
        location += &if escape { uri::escaped(path) } else { path.to_owned() };
        let as_it_was = *before == self.args;
        let mut known = !location.contains(UNKNOWN_QUERY);
        match &self.args {
            Sent::Nothing => {}
            Sent::Unknown => known = false,
            Sent::Text(query) if !escape || as_it_was => location += &format!("?{query}"),
            Sent::Text(query) => location += &format!("?{}", uri::escaped(query)),
        }
        let value = if known {
            HeaderValue::Known(location.into())
        } else {
            HeaderValue::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(by) })
        };
        self.steps.push((by, format!("Apache redirects to {authority}{path}")));
        let target = format!("{authority}{path}").into();
        Ok(Stop::Done(Outcome::Redirect { code, target, location: value, place: by, automatic_slash: false }))
    }
}

/// Whether a path names a file of the machine and not a path of the site.
fn is_in_system(path: &str) -> bool {
    ["/var/", "/srv/", "/usr/", "/home/", "/opt/", "/etc/", "/tmp/"].iter().any(|folder| path.starts_with(folder))
}
