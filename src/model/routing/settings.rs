//! Django settings modules that do not say how production behaves.

use crate::base::FileId;
use crate::facts::OriginLibrary;
use crate::model::Wiring;

/// Words of a settings module's name that keep it out of production.
const NOT_PRODUCTION: &[&str] = &["ci", "debug", "dev", "develop", "development", "local", "test", "testing", "tests"];

/// Settings of django-cors-headers begin like this.
const CORS: &str = "CORS_";

/// Whether the settings in `file` hold in development only: its name says so, or another module takes all of them over
/// with a star and states its own.
pub fn of_development(wiring: &Wiring, file: FileId, library: OriginLibrary) -> bool {
    library == OriginLibrary::DjangoCors && only_for_development(wiring, file, CORS)
}

/// The same for settings whose names begin with `prefix`.
pub fn only_for_development(wiring: &Wiring, file: FileId, prefix: &str) -> bool {
    named_for_development(wiring, file) || restated(wiring, file, prefix)
}

fn named_for_development(wiring: &Wiring, file: FileId) -> bool {
    let Some(facts) = wiring.repository.get(file) else { return false };
    let stem = facts.path.name().trim_end_matches(".py");
    stem.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| NOT_PRODUCTION.contains(&word))
}

fn restated(wiring: &Wiring, file: FileId, prefix: &str) -> bool {
    wiring.index.star_heirs(wiring, file).iter().filter(|heir| **heir != file).any(|heir| {
        let Some(facts) = wiring.repository.get(*heir) else { return false };
        let Some(module) = facts.module.as_deref() else { return false };
        facts.role.speaks()
            && module.definitions.iter().any(|definition| definition.name.starts_with(prefix))
            && !named_for_development(wiring, *heir)
    })
}
