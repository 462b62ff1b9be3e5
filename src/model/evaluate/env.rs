//! What reading a variable gives.

use std::rc::Rc;
use std::sync::Arc;

use super::Scope;
use super::frame::Frame;
use super::merge::{Taken, decided, plain};
use super::walk::{Evaluator, Step, What};
use crate::base::{FileId, Place, RepoPath, Span, is_tool_configuration};
use crate::facts::known::{are_given_at_start, public_prefix};
use crate::facts::{EnvReader, Expr, ExprKind, FrontEndTool, HoleReason, Sense, Test};
use crate::model::topology::PROGRAM;
use crate::model::{
    Alternative, Alternatives, Assumption, Environment, Mode, Openness, Side, Text, Unknown, Value, Wiring,
};

/// The environment of a scope: the service's own, else the package's in that deployment and mode.
pub fn environment<'a>(wiring: &'a Wiring, scope: &Scope) -> Option<&'a Environment> {
    crate::model::environment::of_scope(wiring, scope)
}

/// Prefixes of the variables that a bundler puts into browser code.
fn public_prefixes(wiring: &Wiring, scope: &Scope) -> Option<Vec<Arc<str>>> {
    let package = wiring.packages.get(scope.package.0 as usize)?;
    let own: Vec<Arc<str>> =
        dev_servers(wiring, scope).flat_map(|(_, server)| server.env_prefixes.iter().cloned()).collect();
    if !own.is_empty() {
        return Some(own);
    }
    let tool = package.tool?;
    let more: &[&str] = match tool {
        // Astro adds its own; what SvelteKit calls public is in modules of its own.
        FrontEndTool::Vite if package.dependencies.iter().any(|name| &**name == "astro") => &["PUBLIC_"],
        FrontEndTool::Vite => &[],
        FrontEndTool::Next => &["NODE_ENV"],
        FrontEndTool::Cra => &["NODE_ENV", "PUBLIC_URL"],
        FrontEndTool::VueCli => &["NODE_ENV", "BASE_URL"],
        FrontEndTool::Nuxt | FrontEndTool::Angular | FrontEndTool::Webpack | FrontEndTool::Plain => return None,
    };
    Some(public_prefix(tool).iter().chain(more).map(|prefix| Arc::from(*prefix)).collect())
}

/// Whether a bundler keeps a variable out of browser code, whatever sets it: its name lacks the prefix, or it is read in the way
/// of another bundler.
#[must_use]
pub fn is_hidden(wiring: &Wiring, scope: &Scope, name: &str, reader: EnvReader) -> bool {
    let tool = wiring.packages.get(scope.package.0 as usize).and_then(|package| package.tool);
    let foreign = match reader {
        EnvReader::ProcessEnv => tool == Some(FrontEndTool::Vite),
        EnvReader::ImportMeta => matches!(tool, Some(FrontEndTool::Cra | FrontEndTool::VueCli)),
        _ => return false,
    };
    let lacks_prefix = public_prefixes(wiring, scope)
        .is_some_and(|prefixes| !prefixes.iter().any(|prefix| name.starts_with(&**prefix)));
    scope.side == Side::Browser && (foreign || lacks_prefix)
}

/// The test whether a variable has a value.
fn defined(name: &Arc<str>, reader: EnvReader) -> Test {
    Test::Defined(Box::new(Expr::new(Span::default(), ExprKind::Env { name: Arc::clone(name), reader })))
}

fn dev_servers<'a>(wiring: &'a Wiring, scope: &Scope) -> impl Iterator<Item = (FileId, &'a crate::facts::DevServer)> {
    let root = wiring.packages.get(scope.package.0 as usize).map(|package| package.root.clone());
    let files = wiring.index.dev_servers(wiring).iter();
    files
        .filter_map(|file| Some((*file, wiring.repository.get(*file)?)))
        .filter(move |(_, facts)| {
            root.as_ref().is_some_and(|root| facts.path.parent().is_some_and(|folder| folder == *root))
        })
        .flat_map(|(file, facts)| facts.dev_servers.iter().map(move |server| (file, server)))
}

impl<'a> Evaluator<'a> {
    /// What a name means that the bundler replaces at build time.
    pub(super) fn define(&self, name: &str) -> Option<(FileId, &'a Expr)> {
        dev_servers(self.wiring, self.scope).find_map(|(file, server)| {
            let field = server.defines.iter().find(|field| &*field.key == name)?;
            Some((file, &field.value))
        })
    }

    /// Whether the bundler has a configuration that could not be read, and that may define anything.
    fn has_unread_configuration(&self) -> bool {
        let package = self.wiring.packages.get(self.scope.package.0 as usize);
        package.is_some_and(|package| {
            let is_its = |path: &RepoPath| path.parent().as_ref() == Some(&package.root);
            self.wiring.repository.leaves_out(|path| is_tool_configuration(path.name()) && is_its(path))
        })
    }

    /// Whether the bundler may give a name to browser code that nothing in the environment sets: Create React App and Vue CLI
    /// always set the folder of the pages, a bundler's configuration of one's own defines what it likes, and some packages fill the
    /// values in when the pages are served.
    fn is_given_by_bundler(&self, name: &str, reader: EnvReader) -> bool {
        let package = self.wiring.packages.get(self.scope.package.0 as usize);
        if self.scope.side == Side::Browser && package.is_some_and(|it| are_given_at_start(&it.dependencies)) {
            return true;
        }
        self.scope.side == Side::Browser
            && reader == EnvReader::ProcessEnv
            && match package.and_then(|package| package.tool) {
                Some(FrontEndTool::Cra) => name == "PUBLIC_URL",
                Some(FrontEndTool::VueCli) => name == "BASE_URL",
                Some(FrontEndTool::Next | FrontEndTool::Vite) => false,
                _ => true,
            }
    }

    fn is_given_by_cluster(&self, name: &str) -> bool {
        let service = self.scope.service.and_then(|id| self.wiring.services.get(id.0 as usize));
        let deployment = service.and_then(|service| self.wiring.deployments.get(service.deployment.0 as usize));
        deployment.is_some_and(|deployment| crate::model::kubernetes::is_given_by_cluster(deployment, name))
    }

    /// Reads the variable `name`.
    pub(super) fn variable(&self, name: &Arc<str>, reader: EnvReader, place: Place, given: &Taken) -> Alternatives {
        let bundled =
            self.scope.side == Side::Browser && matches!(reader, EnvReader::ImportMeta | EnvReader::ProcessEnv);
        if bundled {
            let spelled = match reader {
                EnvReader::ImportMeta => format!("import.meta.env.{name}"),
                _ => format!("process.env.{name}"),
            };
            if let Some((file, value)) = self.define(&spelled).or_else(|| self.define(name)) {
                return self.eval(&Rc::new(Frame::top(file)), value, &None, given, 1);
            }
            if reader == EnvReader::ProcessEnv
                && let Some((file, value)) = self.define("process.env")
            {
                let path = Some(Rc::new(Step { what: What::Member(Arc::clone(name)), rest: None }));
                return self.eval(&Rc::new(Frame::top(file)), value, &path, given, 1);
            }
            if let Some(own) = self.built_in(name, reader, place, given) {
                return own;
            }
            if is_hidden(self.wiring, self.scope, name, reader) {
                if self.has_unread_configuration() {
                    return outside(name, place);
                }
                let test = defined(name, reader);
                if decided(given, &test) == Some(Sense::Holds) {
                    return vec![plain(Value::Undefined, vec![place])];
                }
                // Whoever builds on it can tell that the bundler is why it has no value.
                let taken = vec![(test, Sense::Fails)];
                return vec![Alternative { taken, ..plain(Value::Undefined, vec![place]) }];
            }
        }
        if reader == EnvReader::Build {
            return match &**name {
                "NODE_ENV" => vec![plain(Value::Text(Text::known(self.node_env(), None)), vec![place])],
                // The env files are read for the browser's code; the process has what it is started with.
                _ if self.scope.side == Side::Browser => unset_open(name, reader, place, given),
                _ => self.bound(name, reader, place, given),
            };
        }
        self.bound(name, reader, place, given)
    }

    /// What the bundler sets by itself.
    fn built_in(&self, name: &str, reader: EnvReader, place: Place, given: &Taken) -> Option<Alternatives> {
        let text = |text: &str| Some(vec![plain(Value::Text(Text::known(text, Some(place))), vec![place])]);
        let bool = |value: bool| Some(vec![plain(Value::Bool(value), vec![place])]);
        match (reader, name) {
            (EnvReader::ImportMeta, "MODE") => text(self.scope.mode.name()),
            (EnvReader::ProcessEnv, "NODE_ENV") => text(self.node_env()),
            (EnvReader::ImportMeta, "DEV") => bool(self.scope.mode == Mode::Development),
            (EnvReader::ImportMeta, "PROD") => bool(self.scope.mode != Mode::Development),
            (EnvReader::ImportMeta, "SSR") => bool(false),
            (EnvReader::ImportMeta, "BASE_URL") => self.base_url(place, given),
            _ => None,
        }
    }

    fn node_env(&self) -> &'static str {
        if self.scope.mode == Mode::Development { "development" } else { "production" }
    }

    /// Vite's `base` with a slash at its end; the development server knows no relative one.
    fn base_url(&self, place: Place, given: &Taken) -> Option<Alternatives> {
        let stated = dev_servers(self.wiring, self.scope)
            .filter(|(_, server)| server.tool == FrontEndTool::Vite)
            .find_map(|(file, server)| Some((file, server.base_path.as_ref()?)));
        let mut found = match stated {
            Some((file, base)) => self.eval(&Rc::new(Frame::top(file)), base, &None, given, 1),
            None if self.has_unread_configuration() => return Some(outside(&Arc::from("BASE_URL"), place)),
            None => vec![plain(Value::Undefined, vec![place])],
        };
        for alternative in &mut found {
            let text = match &alternative.value {
                Value::Undefined => "/".to_owned(),
                value => match value.as_known_text() {
                    Some(text) if self.scope.mode == Mode::Development && !text.starts_with('/') => "/".to_owned(),
                    Some(text) if text.is_empty() || text.ends_with('/') => text,
                    Some(text) => format!("{text}/"),
                    None => continue,
                },
            };
            alternative.value = Value::Text(Text::known(&text, Some(place)));
        }
        Some(found)
    }

    fn bound(&self, name: &Arc<str>, reader: EnvReader, place: Place, given: &Taken) -> Alternatives {
        let is_started = reader == EnvReader::Start && self.scope.mode != Mode::Development;
        let of_server = || environment(self.wiring, &Scope { side: Side::Server, ..self.scope.clone() });
        let known = if is_started { of_server() } else { self.environment };
        // Whether the env file of the build is there when the server starts, nobody can tell.
        if is_started
            && self.environment.is_some_and(|it| it.get(name).is_some())
            && known.is_none_or(|it| it.get(name).is_none())
        {
            return outside(name, place);
        }
        if reader == EnvReader::Arguments {
            return self.option(name, known, place, given);
        }
        let Some(environment) = known else {
            return match self.is_given_by_bundler(name, reader) {
                true => outside(name, place),
                false => unset_open(name, reader, place, given),
            };
        };
        let binding = environment.get(name).or_else(|| {
            let caseless = reader == EnvReader::Pydantic;
            caseless.then(|| environment.bindings.iter().find(|it| it.name.eq_ignore_ascii_case(name))).flatten()
        });
        match binding {
            Some(binding) => {
                let mut evidence = vec![place, binding.place];
                super::merge::add_evidence(&mut evidence, &binding.evidence);
                vec![plain(binding.value.clone(), evidence)]
            }
            None if self.is_given_by_bundler(name, reader) || self.is_given_by_cluster(name) => outside(name, place),
            None => match &environment.openness {
                Openness::Closed(places) => {
                    let mut evidence = vec![place];
                    super::merge::add_evidence(&mut evidence, places);
                    vec![plain(Value::Undefined, evidence)]
                }
                Openness::Unread => outside(name, place),
                Openness::Open | Openness::SetOutside(_) => {
                    let mut alternatives = unset_open(name, reader, place, given);
                    if self.scope.side == Side::Server {
                        self.as_documented(name, place, &mut alternatives);
                    }
                    alternatives
                }
            },
        }
    }

    /// An option of the command line, of which `forms` are the ways to write it (`-p --port`): what the command line gives,
    /// nothing where that is known and lacks it. argparse takes the last of several, and the beginning of an option for the
    /// whole (`--po 9000`) unless it is that of several: which of them counts, the running program knows.
    fn option(&self, forms: &str, known: Option<&Environment>, place: Place, given: &Taken) -> Alternatives {
        let written = || forms.split(' ');
        let name: Arc<str> = written().max_by_key(|form| form.len()).unwrap_or(forms).into();
        let bound = |form: &str| known.and_then(|environment| environment.get(form));
        let is_shortened = written().any(|form| {
            let mut beginnings = form.char_indices().skip(2).filter_map(|(end, _)| form.get(..end));
            beginnings.any(|beginning| bound(beginning).is_some())
        });
        let mut found = written().filter_map(bound);
        match (found.next(), found.next(), bound(PROGRAM)) {
            (_, Some(_), _) => outside(&name, place),
            _ if is_shortened => outside(&name, place),
            (Some(binding), None, _) => {
                let mut evidence = vec![place, binding.place];
                super::merge::add_evidence(&mut evidence, &binding.evidence);
                vec![plain(binding.value.clone(), evidence)]
            }
            (None, None, Some(program)) if matches!(program.value, Value::Unknown(_)) => outside(&name, place),
            (None, None, Some(program)) => vec![plain(Value::Undefined, vec![place, program.place])],
            (None, None, None) => unset_open(&name, EnvReader::Arguments, place, given),
        }
    }

    /// Whoever runs a server copies its example env file: a name that is documented there is set, to that value or another.
    fn as_documented(&self, name: &Arc<str>, place: Place, alternatives: &mut Alternatives) {
        let package = self.wiring.packages.get(self.scope.package.0 as usize);
        let service = self.scope.service.and_then(|service| self.wiring.services.get(service.0 as usize));
        let compose = service.and_then(|service| self.wiring.repository.get(service.place.file)?.path.parent());
        let is_its = |folder: &RepoPath| {
            package.is_some_and(|package| package.root.is_under(folder) || folder.is_under(&package.root))
                || compose.as_ref() == Some(folder)
        };
        let Some(test) =
            alternatives.iter().find_map(|known| known.taken.iter().find(|(_, sense)| *sense == Sense::Holds).cloned())
        else {
            return;
        };
        let examples = self.wiring.index.examples(self.wiring, name).iter().filter(|example| is_its(&example.folder));
        for example in examples.take(super::MAX_ALTERNATIVES / 4) {
            let value = if example.value.is_empty() {
                let reason = HoleReason::Documented(Arc::clone(name));
                Value::Unknown(Unknown { reason, place: Some(place) })
            } else {
                Value::Text(crate::model::Text::known(&example.value, Some(example.place)))
            };
            let evidence = vec![place, example.place];
            let assumptions = vec![Assumption::AsDocumented(Arc::clone(name))];
            let documented = Alternative { value, evidence, taken: vec![test.clone()], assumptions };
            if !alternatives.iter().any(|known| known.value == documented.value) {
                alternatives.push(documented);
            }
        }
    }
}

fn outside(name: &Arc<str>, place: Place) -> Alternatives {
    let reason = HoleReason::OutsideEnv(Arc::clone(name));
    vec![plain(Value::Unknown(Unknown { reason, place: Some(place) }), vec![place])]
}

/// A variable that nothing in the repository sets, though something outside may: its outside value, or none.
fn unset_open(name: &Arc<str>, reader: EnvReader, place: Place, given: &Taken) -> Alternatives {
    let test = defined(name, reader);
    let mut alternatives = Vec::new();
    let came = decided(given, &test);
    if came != Some(Sense::Fails) {
        alternatives.extend(
            outside(name, place)
                .into_iter()
                .map(|alternative| Alternative { taken: vec![(test.clone(), Sense::Holds)], ..alternative }),
        );
    }
    if came != Some(Sense::Holds) {
        alternatives.push(Alternative {
            value: Value::Undefined,
            evidence: vec![place],
            taken: vec![(test, Sense::Fails)],
            assumptions: vec![Assumption::NoOverride(Arc::clone(name))],
        });
    }
    alternatives
}

/// The text that the repository binds to a name in a scope, with its place.
#[must_use]
pub fn bound_text(wiring: &Wiring, scope: &Scope, name: &str) -> Option<(String, Place)> {
    let binding = environment(wiring, scope)?.get(name)?;
    Some((binding.value.as_known_text()?, binding.place))
}

/// Whether the environment of a scope binds a variable, to whatever.
pub fn is_bound(wiring: &Wiring, scope: &Scope, name: &str) -> bool {
    environment(wiring, scope).is_some_and(|environment| environment.get(name).is_some())
}
