//! Whether the code of an application speaks of requests across origins at all. Where nothing does, nothing answers them.

use std::collections::BTreeMap;

use super::start::{Ground, MAX_MODULES};
use crate::base::FileId;
use crate::facts::{CorsWords, Framework};
use crate::model::{App, PackageId, Wiring};

/// Notes for each application what the files say that it may be made of: what it imports, and the rest of its package.
pub fn note(wiring: &Wiring, apps: &mut [App]) {
    let mut of_package: BTreeMap<PackageId, CorsWords> = BTreeMap::new();
    for (_, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        if let Some(package) = crate::model::topology::package_of(wiring, &facts.path) {
            let words = of_package.entry(package).or_default();
            *words = facts.speaks_of_cors.max(*words);
        }
    }
    let ground = Ground { wiring, service: None };
    let mut of_file: BTreeMap<FileId, CorsWords> = BTreeMap::new();
    // Next.js has its headers in a file of settings.
    for app in apps.iter_mut().filter(|app| app.framework != Framework::Next) {
        let imported = of_file.entry(app.place.file).or_insert_with(|| {
            let files = ground.closure(app.place.file);
            if files.len() >= MAX_MODULES {
                // What else is imported may say anything.
                return CorsWords::Headers;
            }
            let words = files.into_iter().filter_map(|file| Some(wiring.repository.get(file)?.speaks_of_cors));
            words.max().unwrap_or_default()
        });
        let package = of_package.get(&app.package).copied().unwrap_or_default();
        app.speaks_of_cors = package.max(*imported);
    }
}
