//! What a Dockerfile puts into an image: files, variables, builds and the command.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::binding_set::BindingSet;
use super::commands::{self, Act};
use super::placed;
use super::started::started;
use super::stock;
use super::values::{self, Lookup};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{CommandFact, Dockerfile, EnvSetting, Expr, Mount, Repository, Stage};
use crate::model::{Binding, Package};

/// What is outside of the Dockerfile for one build of it.
pub struct Build<'a> {
    /// The Dockerfile.
    pub file: FileId,
    /// The context folder.
    pub context: RepoPath,
    /// The wanted stage.
    pub target: Option<String>,
    /// Arguments that are passed.
    pub args: Vec<Binding>,
    /// Arguments that are passed with a value that is not known, or by a shell.
    pub open: &'a dyn Fn(&str) -> bool,
}

/// An image.
#[derive(Default)]
pub struct Image {
    /// Index of the stage.
    pub stage: usize,
    /// The image that the chain of stages starts from.
    pub base: Option<String>,
    /// Files in it.
    pub placed: Vec<(Arc<str>, RepoPath)>,
    /// `ENV` of its chain.
    pub environment: Vec<Binding>,
    /// `ARG` and `ENV` of every stage that takes part.
    pub build_environment: Vec<Binding>,
    /// `EXPOSE`.
    pub exposed: Vec<(u16, Place)>,
    /// `ENTRYPOINT`.
    pub entry: Option<CommandFact>,
    /// `CMD`.
    pub command: Option<CommandFact>,
    /// `WORKDIR`.
    pub workdir: Option<Arc<str>>,
    /// What its `RUN`s do to front ends: the folder, what, where it is written.
    pub acts: Vec<(RepoPath, Act, Place)>,
    /// The folders that other stages, from which it copies, work in.
    pub other_folders: Vec<RepoPath>,
    /// The `COPY` lines that take part.
    pub copies: Vec<Place>,
    /// The port of the image of nginx whose own configuration it leaves as it is.
    pub stock_port: Option<u16>,
    /// Where values that are made of others became too large.
    pub limits: Vec<Place>,
}

impl Image {
    /// What a container of it runs; `given` in place of its own arguments.
    pub fn started(&self, file: FileId, given: Option<(FileId, &CommandFact)>) -> Vec<(FileId, CommandFact)> {
        let own = self.command.as_ref().map(|command| (file, command));
        started(self.entry.as_ref().map(|entry| (file, entry)), given.or(own))
    }
}

/// Follows the stages of a Dockerfile.
pub fn image(repository: &Repository, packages: &[Package], build: &Build<'_>) -> Option<Image> {
    let dockerfile = repository.get(build.file)?.dockerfile.as_deref()?;
    let wanted = build.target.as_deref().and_then(|name| dockerfile.stage_named(name, dockerfile.stages.len()));
    let last = dockerfile.stages.len().checked_sub(1)?;
    let stage = wanted.unwrap_or(last);
    let reader = Reader::new(repository, build, dockerfile);
    let chain = dockerfile.stage_line(stage);
    let mut image = Image { stage, ..Image::default() };
    let first = dockerfile.stages.get(*chain.first()?)?;
    let global = reader.bindings(&dockerfile.global_args, &BindingSet::default());
    let lookup = |name: &str| reader.look_up(name, &[&global]);
    image.base = values::resolve(&first.from, build.file, &lookup).known();
    image.placed = reader.placed(&chain);
    let (_, environment) = reader.variables(&chain, &global);
    image.environment = environment.into_vec();
    for index in &chain {
        let Some(stage) = dockerfile.stages.get(*index) else { continue };
        for port in &stage.expose {
            let known = values::resolve(port, build.file, &lookup).known();
            if let Some(number) = known.and_then(|text| text.split('/').next().and_then(|port| port.parse().ok())) {
                image.exposed.push((number, Place::new(build.file, port.span)));
            }
        }
        image.workdir = stage.workdir.as_ref().and_then(|dir| dir.as_str()).map(Arc::from).or(image.workdir);
    }
    (image.entry, image.command) = commands_of(dockerfile, &chain);
    image.stock_port = image.base.as_deref().and_then(|base| stock::port(base, dockerfile, &chain));
    let own = chain.clone();
    let mut build_environment = BindingSet::default();
    let used: BTreeSet<usize> = chain.iter().copied().chain(dockerfile.stages_behind(stage)).collect();
    for index in used {
        let chain = dockerfile.stage_line(index);
        let placed = reader.placed(&chain);
        build_environment.extend(reader.variables(&chain, &global).0.into_vec());
        let Some(stage) = dockerfile.stages.get(index) else { continue };
        image.copies.extend(stage.copies.iter().map(|copy| Place::new(build.file, copy.span)));
        let workdir = chain.iter().rev().find_map(|index| dockerfile.stages.get(*index)?.workdir.as_ref()?.as_str());
        let folder = placed::repository_path(&placed, workdir.unwrap_or("/"));
        if !own.contains(&index) {
            image.other_folders.extend(folder.clone());
        }
        for run in &stage.runs {
            let absolute = run.commands.iter().find_map(|c| c.directory.as_deref().filter(|dir| dir.starts_with('/')));
            let folder = absolute.and_then(|dir| placed::repository_path(&placed, dir)).or_else(|| folder.clone());
            let Some(folder) = folder else { continue };
            let place = Place::new(build.file, run.span);
            let found = commands::acts(repository, packages, &folder, run);
            image.acts.extend(found.into_iter().map(|(folder, act)| (folder, act, place)));
        }
    }
    image.build_environment = build_environment.into_vec();
    image.limits = reader.limits.into_inner();
    Some(image)
}

/// `ENTRYPOINT` and `CMD`: a stage with a new entry point drops the command that it inherits.
fn commands_of(dockerfile: &Dockerfile, chain: &[usize]) -> (Option<CommandFact>, Option<CommandFact>) {
    let mut entrypoint: Option<&CommandFact> = None;
    let mut command: Option<&CommandFact> = None;
    for stage in chain.iter().filter_map(|index| dockerfile.stages.get(*index)) {
        if stage.entrypoint.is_some() {
            (entrypoint, command) = (stage.entrypoint.as_ref(), stage.command.as_ref());
        } else if stage.command.is_some() {
            command = stage.command.as_ref();
        }
    }
    (entrypoint.cloned(), command.cloned())
}

struct Reader<'a> {
    repository: &'a Repository,
    build: &'a Build<'a>,
    dockerfile: &'a Dockerfile,
    /// What each stage takes from the context.
    copies: Vec<Vec<Mount>>,
    /// Arguments that are passed.
    passed: BindingSet,
    /// The names of all `ARG`s.
    declared: BTreeSet<&'a str>,
    /// Where values became too large.
    limits: RefCell<Vec<Place>>,
}

impl<'a> Reader<'a> {
    fn new(repository: &'a Repository, build: &'a Build<'a>, dockerfile: &'a Dockerfile) -> Self {
        let mut passed = BindingSet::default();
        // The first of a name counts.
        passed.extend(build.args.iter().rev().cloned());
        let stages = dockerfile.stages.iter().flat_map(|stage| &stage.args);
        let declared = dockerfile.global_args.iter().chain(stages).map(|arg| &*arg.name).collect();
        let mut reader =
            Self { repository, build, dockerfile, copies: Vec::new(), passed, declared, limits: RefCell::default() };
        let global = reader.bindings(&dockerfile.global_args, &BindingSet::default());
        let mut scopes: BTreeMap<usize, BindingSet> = BTreeMap::new();
        for (index, stage) in dockerfile.stages.iter().enumerate() {
            if stage.copies.iter().any(|copy| copy.source.as_str().is_none() || copy.target.as_str().is_none()) {
                scopes.insert(index, reader.variables(&dockerfile.stage_line(index), &global).0);
            }
        }
        reader.copies = dockerfile.context_copies_in(|stage, copy| match scopes.get(&stage) {
            Some(scope) => reader.copied(scope, copy),
            None => copy.clone(),
        });
        reader
    }

    /// A `COPY` with the arguments of this build in its paths.
    fn copied(&self, scope: &BindingSet, copy: &Mount) -> Mount {
        let path = |path: &Expr| {
            let resolved = values::resolve(path, self.build.file, &|name| self.look_up(name, &[scope]));
            resolved.known().map_or_else(|| path.clone(), |text| Expr::str(path.span, &text))
        };
        Mount { source: path(&copy.source), target: path(&copy.target), ..copy.clone() }
    }

    fn placed(&self, chain: &[usize]) -> Vec<(Arc<str>, RepoPath)> {
        let mut found = Vec::new();
        for copy in chain.iter().filter_map(|index| self.copies.get(*index)).flatten() {
            let before = found.len();
            placed::place_known(self.repository, &self.build.context, &copy.source, &copy.target, &mut found);
            let is_built = |(_, path): &(Arc<str>, RepoPath)| !placed::exists(self.repository, path);
            if copy.from_stage.is_some() && found.get(before).is_some_and(is_built) {
                found.truncate(before);
            }
        }
        found
    }

    /// Build-time variables (`ARG` and `ENV`) and run-time ones (`ENV`) at the end of a chain.
    fn variables(&self, chain: &[usize], global: &BindingSet) -> (BindingSet, BindingSet) {
        let mut scope = BindingSet::default();
        let mut environment = BindingSet::default();
        for stage in chain.iter().filter_map(|index| self.dockerfile.stages.get(*index)) {
            scope = environment.clone();
            let args = self.stage_args(stage, global, &scope);
            scope.extend(args.into_vec());
            for setting in &stage.env {
                let binding = self.binding(setting, &[&scope]);
                scope.set(binding.clone());
                environment.set(binding);
            }
        }
        (scope, environment)
    }

    fn stage_args(&self, stage: &Stage, global: &BindingSet, scope: &BindingSet) -> BindingSet {
        let mut found = self.bindings(&stage.args, scope);
        for setting in &stage.args {
            let unset = setting.value.is_none() && found.get(&setting.name).is_none();
            if unset && let Some(binding) = global.get(&setting.name) {
                found.set(binding.clone());
            }
        }
        found
    }

    /// `ARG`s with the values that they get: passed ones first, else the default.
    fn bindings(&self, args: &[EnvSetting], scope: &BindingSet) -> BindingSet {
        let mut found = BindingSet::default();
        for setting in args {
            let declared = Place::new(self.build.file, setting.span);
            match self.passed.get(&setting.name) {
                Some(passed) => {
                    let mut passed = passed.clone();
                    passed.evidence.push(declared);
                    found.set(passed);
                }
                None if setting.value.is_some() => {
                    let binding = self.binding(setting, &[&found, scope]);
                    found.set(binding);
                }
                None => {}
            }
        }
        found
    }

    /// A setting's value, with the names of `scopes` in it; the first that knows a name counts.
    fn binding(&self, setting: &EnvSetting, scopes: &[&BindingSet]) -> Binding {
        let lookup = |name: &str| self.look_up(name, scopes);
        let place = Place::new(self.build.file, setting.span);
        match &setting.value {
            Some(value) => {
                let resolved = values::resolve(value, self.build.file, &lookup);
                self.limits.borrow_mut().extend(resolved.limit);
                Binding { name: Arc::clone(&setting.name), value: resolved.value(), place, evidence: resolved.evidence }
            }
            None => Binding {
                name: Arc::clone(&setting.name),
                value: crate::model::Value::Undefined,
                place,
                evidence: Vec::new(),
            },
        }
    }

    fn look_up(&self, name: &str, scopes: &[&BindingSet]) -> Lookup {
        if let Some(binding) = scopes.iter().find_map(|scope| scope.get(name)) {
            return Lookup::Set(binding.clone());
        }
        if self.declared.contains(name) && !(self.build.open)(name) { Lookup::Unset } else { Lookup::Outside }
    }
}
