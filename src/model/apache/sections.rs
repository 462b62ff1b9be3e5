//! Which sections hold for a request.

use super::paths::Family;
use super::run::{Run, Stop};
use super::scope::Scope;
use super::tree::{Block, Directive};
use crate::facts::HoleReason;
use crate::model::Unknown;

/// `<If>` inside each other.
const MAX_IFS: usize = 8;

impl<'a> Run<'a> {
    /// The levels of the `<Location>`s that hold for the path, the main server's first, and of the `<If>`s in effect.
    pub(super) fn walk_locations(&mut self, base: &Scope<'a>) -> Result<Scope<'a>, Stop> {
        let mut found = Vec::new();
        let path = self.uri.clone();
        for section in self.server.levels().into_iter().flat_map(|level| level.taking(Family::Location, &path)) {
            if self.location_holds(section)? {
                found.extend(section.block.as_ref());
            }
        }
        for block in &found {
            self.charge(block.directives.len(), block.place)?;
        }
        let scope = base.with(found);
        self.walk_ifs(scope, 0)
    }

    fn location_holds(&mut self, section: &'a Directive) -> Result<bool, Stop> {
        let Some(first) = section.args.first() else { return Ok(false) };
        let is_pattern = &*section.name == "locationmatch" || first.is("~");
        let arg = if first.is("~") { section.args.get(1).unwrap_or(first) } else { first };
        let text = self.known(arg)?;
        if is_pattern {
            let path = self.uri.clone();
            return Ok(self.find(text, false, &path, arg.place)?.is_some());
        }
        if text.contains(['*', '?', '[']) {
            return Ok(fits_path(text, &self.uri));
        }
        let rest = self.uri.strip_prefix(text);
        Ok(rest.is_some_and(|rest| text.ends_with('/') || rest.is_empty() || rest.starts_with('/')))
    }

    /// The levels of the `<Directory>`s and `<Files>`s that hold for a file.
    pub(super) fn walk_directories(&mut self, base: &Scope<'a>, file: &str) -> Result<Scope<'a>, Stop> {
        let mut plain: Vec<(usize, &'a Block)> = Vec::new();
        let mut patterns: Vec<&'a Block> = Vec::new();
        let folder = file.rsplit_once('/').map_or("/", |(folder, _)| folder);
        for level in self.server.levels() {
            for section in level.named(&["directory", "directorymatch"]) {
                let Some(first) = section.args.first() else { continue };
                let Some(block) = section.block.as_ref() else { continue };
                let is_pattern = &*section.name == "directorymatch" || first.is("~");
                let arg = if first.is("~") { section.args.get(1).unwrap_or(first) } else { first };
                let text = self.known(arg)?;
                if is_pattern {
                    if self.find(text, false, &format!("{folder}/"), arg.place)?.is_some() {
                        patterns.push(block);
                    }
                    continue;
                }
                let path = text.trim_end_matches('/');
                let depth = path.matches('/').count();
                let outer: Vec<&str> = folder.split('/').take(depth + 1).collect();
                let holds = if path.contains(['*', '?', '[']) {
                    fits_path(path, &outer.join("/"))
                } else {
                    outer.join("/") == path
                };
                if holds {
                    plain.push((depth, block));
                }
            }
        }
        plain.sort_by_key(|(depth, _)| *depth);
        let mut found: Vec<&'a Block> = plain.into_iter().map(|(_, block)| block).chain(patterns).collect();
        let below = file.strip_prefix(self.document_root()?.trim_end_matches('/')).unwrap_or(file);
        let last = file.rsplit('/').next().unwrap_or_default();
        // folders are taken not to exist, and httpd names a path after the first part that does not
        let name = below.split('/').find(|part| !part.is_empty()).unwrap_or_default();
        let mut files = Vec::new();
        let outer: Vec<&'a Block> = self.server.levels().into_iter().chain(found.iter().copied()).collect();
        for level in outer {
            for section in level.named(&["files", "filesmatch"]) {
                let Some(first) = section.args.first() else { continue };
                let is_pattern = &*section.name == "filesmatch" || first.is("~");
                let arg = if first.is("~") { section.args.get(1).unwrap_or(first) } else { first };
                let text = self.known(arg)?;
                let fits = |name: &str| match is_pattern {
                    true => self.find(text, false, name, arg.place).map(|found| found.is_some()),
                    false => Ok(crate::base::matches_name(text, name)),
                };
                let (holds, if_there) = (fits(name)?, fits(last)?);
                if holds != if_there && self.decide(Unknown { reason: HoleReason::Runtime, place: Some(arg.place) }) {
                    files.extend(section.block.as_ref().filter(|_| if_there));
                    continue;
                }
                if holds {
                    files.extend(section.block.as_ref());
                }
            }
        }
        found.extend(files);
        Ok(base.with(found))
    }

    /// The levels of the `<Proxy>`s that hold for an address.
    pub(super) fn walk_proxies(&mut self, base: &Scope<'a>, url: &str) -> Result<Scope<'a>, Stop> {
        let mut found = Vec::new();
        for level in self.server.levels() {
            for section in level.named(&["proxy", "proxymatch"]) {
                let Some(first) = section.args.first() else { continue };
                let is_pattern = &*section.name == "proxymatch" || first.is("~");
                let arg = if first.is("~") { section.args.get(1).unwrap_or(first) } else { first };
                let text = self.known(arg)?;
                let holds = if is_pattern {
                    self.find(text, false, url, arg.place)?.is_some()
                } else if text.contains(['*', '?', '[']) {
                    fits_any(text, url)
                } else {
                    url.starts_with(text)
                };
                if holds {
                    found.extend(section.block.as_ref());
                }
            }
        }
        Ok(base.with(found))
    }

    /// The scope with the `<If>`s in it that hold.
    fn walk_ifs(&mut self, scope: Scope<'a>, depth: usize) -> Result<Scope<'a>, Stop> {
        let mut found = Vec::new();
        for level in &scope.levels {
            let mut taken = false;
            for section in level.named(&["if", "elseif", "else"]) {
                let Some(block) = section.block.as_ref() else { continue };
                let holds = match &*section.name {
                    "if" => self.condition(section)?,
                    "elseif" => !taken && self.condition(section)?,
                    _ => !taken,
                };
                taken = if &*section.name == "if" { holds } else { taken || holds };
                if holds {
                    found.push(block);
                }
            }
        }
        if found.is_empty() {
            return Ok(scope);
        }
        if depth >= MAX_IFS {
            return Err(Stop::Unknown(Unknown { reason: HoleReason::Limit, place: scope.place() }));
        }
        let inner = self.walk_ifs(Scope { levels: found }, depth + 1)?;
        Ok(scope.with(inner.levels))
    }

    fn condition(&mut self, section: &'a Directive) -> Result<bool, Stop> {
        let Some(arg) = section.args.first() else { return Ok(false) };
        let text = self.known(arg)?;
        self.expression(text, arg.place)
    }
}

/// A pattern of which no wildcard matches a slash.
fn fits_path(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut parts) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if matches_part(wanted, part) => {}
            _ => return false,
        }
    }
}

/// A leading dot is a character like others here.
fn matches_part(pattern: &str, part: &str) -> bool {
    crate::base::matches_name(&format!("x{pattern}"), &format!("x{part}"))
}

/// A pattern whose wildcards match slashes as well.
fn fits_any(pattern: &str, text: &str) -> bool {
    matches_part(pattern, text)
}
