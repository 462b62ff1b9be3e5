//! Which modules httpd has loaded, as far as its files say.

use std::collections::BTreeSet;

use super::tree::Argument;
use crate::base::FileId;
use crate::facts::{ApacheDirective, ProxyFile, Repository};

/// The modules of an instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Modules {
    /// The names of loaded modules (`proxy_module`); `None` when the files do not load them: then the distribution does.
    loaded: Option<BTreeSet<String>>,
}

/// Modules that are part of the program.
const BUILT_IN: [&str; 6] = ["core.c", "http_core.c", "mod_so.c", "mod_unixd.c", "mod_version.c", "version_module"];

impl Modules {
    /// What `LoadModule` states in the files of an instance and those that they include.
    pub fn collect(repository: &Repository, roots: &[FileId]) -> Self {
        let mut loaded = BTreeSet::new();
        let mut files: Vec<FileId> = roots.to_vec();
        let mut seen: BTreeSet<FileId> = roots.iter().copied().collect();
        while let Some(file) = files.pop() {
            let facts = repository.get(file);
            let Some(ProxyFile::Apache(content)) = facts.and_then(|facts| facts.proxy.as_deref()) else { continue };
            let mut open: Vec<&ApacheDirective> = content.directives.iter().collect();
            while let Some(directive) = open.pop() {
                if directive.name.eq_ignore_ascii_case("LoadModule")
                    && let Some(name) = directive.args.first()
                {
                    loaded.insert(name.text.to_ascii_lowercase());
                }
                if directive.name.to_ascii_lowercase().starts_with("include")
                    && let Some(path) = directive.args.first()
                {
                    let found = repository.resolved.get(&(file, path.text.clone()));
                    files.extend(found.into_iter().flatten().copied().filter(|id| seen.insert(*id)));
                }
                open.extend(directive.block.iter().flatten());
            }
        }
        Self { loaded: (!loaded.is_empty()).then_some(loaded) }
    }

    /// Whether a module is loaded, by its name (`proxy_module`) or source file (`mod_proxy.c`).
    pub fn has(&self, name: &str) -> bool {
        let Some(loaded) = &self.loaded else { return true };
        let name = name.to_ascii_lowercase();
        let stem = name.strip_prefix("mod_").and_then(|rest| rest.strip_suffix(".c"));
        let by_file = stem.is_some_and(|stem| loaded.contains(&format!("{stem}_module")));
        loaded.contains(&name) || by_file || BUILT_IN.contains(&&*name) || is_chosen_mpm(&name, loaded)
    }
}

/// `event.c`: the source files of the parts that run processes have names of their own.
fn is_chosen_mpm(name: &str, loaded: &BTreeSet<String>) -> bool {
    name.strip_suffix(".c").is_some_and(|stem| loaded.contains(&format!("mpm_{stem}_module")))
}

/// The version that is taken to run: a current one of the 2.4 line.
const VERSION: [u32; 3] = [2, 4, 66];

/// Whether `<IfVersion>` holds.
pub fn version_holds(args: &[Argument]) -> bool {
    let words: Vec<&str> = args.iter().map(|arg| &*arg.text).collect();
    let (operator, version) = match words.as_slice() {
        [operator, version] => (*operator, *version),
        [version] => ("=", *version),
        _ => return false,
    };
    let parts: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
    // a pattern of versions is as good as true for whoever wrote it
    let Some(parts) = parts else { return !operator.starts_with('!') };
    let order = VERSION.iter().copied().take(parts.len()).cmp(parts.iter().copied());
    match operator {
        "=" | "==" => order.is_eq(),
        "!=" | "!" => order.is_ne(),
        ">" => order.is_gt(),
        ">=" | "!<" => order.is_ge(),
        "<" => order.is_lt(),
        "<=" | "!>" => order.is_le(),
        "!>=" => order.is_lt(),
        "!<=" => order.is_gt(),
        _ => true,
    }
}
