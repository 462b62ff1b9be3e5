//! Files that Traefik reads: what it starts with, and what its file provider watches.

use std::sync::Arc;

use memchr::memmem;

use crate::base::RepoPath;
use crate::facts::{ComposeFile, Demand, Dockerfile, Expr, FileFacts};

/// The endings of the files that it reads.
const ENDINGS: [&str; 3] = ["yml", "yaml", "toml"];

/// Whether a file may be Traefik's by its name: what is in it decides.
#[must_use]
pub fn may_be(path: &RepoPath) -> bool {
    let is_named = path.parts().any(|part| part.to_ascii_lowercase().contains("traefik"));
    is_named && ENDINGS.contains(&path.extension())
}

/// Whether bytes hold a word without which there is nothing to configure.
#[must_use]
pub fn deserves_parse(bytes: &[u8]) -> bool {
    ["entryPoints", "entrypoints", "providers", "routers", "services", "middlewares"]
        .iter()
        .any(|word| memmem::find(bytes, word.as_bytes()).is_some())
}

/// Whether an image runs Traefik: `traefik`, `docker.io/library/traefik`, `bitnami/traefik`, but not `traefik/whoami`.
fn is_traefik(image: &Expr) -> bool {
    let Some(image) = image.as_str() else { return false };
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split([':', '@']).next().is_some_and(|name| name == "traefik" || name.ends_with("-traefik"))
}

/// Files and folders of any name that compose services mount into an image of Traefik.
pub fn demand_mounts(file: &ComposeFile, facts: &mut FileFacts) {
    let services = file.services.iter().filter(|service| service.image.as_ref().is_some_and(is_traefik));
    demand(services.flat_map(|service| &service.mounts).map(|mount| &mount.source), facts);
}

/// Files and folders of any name that a Dockerfile copies into an image made from Traefik's.
pub fn demand_copies(file: &Dockerfile, facts: &mut FileFacts) {
    let stages = file.stages.iter().filter(|stage| is_traefik(&stage.from));
    let copies = stages.flat_map(|stage| &stage.copies).filter(|copy| copy.from_stage.is_none());
    demand(copies.map(|copy| &copy.source), facts);
}

fn demand<'e>(sources: impl Iterator<Item = &'e Expr>, facts: &mut FileFacts) {
    for source in sources.filter_map(Expr::as_str).filter(|source| !source.starts_with(['/', '~'])) {
        let is_data = ENDINGS.iter().any(|ending| source.rsplit('.').next() == Some(*ending));
        let mut all: Vec<String> = Vec::new();
        if is_data {
            all.push(source.to_owned());
        } else if !source.trim_matches(['.', '/']).is_empty()
            && !source.rsplit('/').next().unwrap_or_default().trim_start_matches('.').contains('.')
        {
            let folder = source.trim_end_matches('/');
            all.extend(ENDINGS.iter().map(|ending| format!("{folder}/**.{ending}")));
        }
        facts.demands.extend(all.into_iter().map(|text| Demand::Data(Arc::from(text))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;

    #[test]
    fn images_of_traefik_are_told_from_others() {
        let is = |image: &str| is_traefik(&Expr::str(Span::default(), image));
        assert!(is("traefik") && is("traefik:v3.1") && is("docker.io/library/traefik@sha256:0"));
        assert!(!is("traefik/whoami") && !is("nginx") && !is("my/traefik-forward-auth:2"));
    }

    #[test]
    fn its_files_are_known_by_their_names() {
        let may = |path: &str| may_be(&RepoPath::new(path).expect("inside"));
        assert!(may("traefik.yml") && may("traefik/dynamic/app.toml") && may("deploy/traefik-dynamic.yaml"));
        assert!(!may("traefik/README.md") && !may("app.yml"));
    }
}
