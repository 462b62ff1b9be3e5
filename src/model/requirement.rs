//! What a manifest says of the versions of a package.

use super::{PackageId, Wiring};

/// Whether a manifest of the package keeps a dependency below a major version. `dependency` is the name as its index compares it.
#[must_use]
pub fn is_below(wiring: &Wiring, package: PackageId, dependency: &str, major: u32) -> bool {
    is_below_version(wiring, package, dependency, (major, 0))
}

/// The same for a version of major and minor.
#[must_use]
pub fn is_below_version(wiring: &Wiring, package: PackageId, dependency: &str, limit: (u32, u32)) -> bool {
    let manifests = wiring.packages.get(package.0 as usize).map(|package| package.manifests.as_slice());
    let manifests = manifests.unwrap_or_default().iter().filter_map(|id| wiring.repository.get(*id));
    let mut all = manifests.filter_map(|facts| facts.manifest.as_deref()).flat_map(|manifest| &manifest.dependencies);
    all.any(|known| &*known.name == dependency && keeps_below(&known.requirement, limit))
}

/// The major version of a dependency that a manifest of the package asks for, where it says one (`^3.0.5`, `2.x`).
#[must_use]
pub fn major(wiring: &Wiring, package: PackageId, dependency: &str) -> Option<u32> {
    let manifests = wiring.packages.get(package.0 as usize).map(|package| package.manifests.as_slice());
    let manifests = manifests.unwrap_or_default().iter().filter_map(|id| wiring.repository.get(*id));
    let mut all = manifests.filter_map(|facts| facts.manifest.as_deref()).flat_map(|manifest| &manifest.dependencies);
    let known = all.find(|known| &*known.name == dependency)?;
    let version = known.requirement.trim().trim_start_matches(['^', '~', '=', 'v']);
    version.split('.').next()?.parse().ok()
}

/// Whether a version requirement (`==3.2.1`, `>=3.2,<4`, `^3.2`, and of npm `3.2.1`) admits no version from `limit` on.
fn keeps_below(requirement: &str, limit: (u32, u32)) -> bool {
    requirement.split(',').any(|part| {
        let part = part.trim();
        let version = part.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        let operator = part.strip_suffix(version).unwrap_or_default().trim();
        let mut numbers = version.split('.');
        let Ok(major) = numbers.next().unwrap_or_default().parse::<u32>() else { return false };
        let minor = numbers.next().and_then(|minor| minor.parse::<u32>().ok());
        match operator {
            // The next major version is out; with a zero in front npm's caret keeps the minor one as well.
            "^" if major > 0 => major < limit.0,
            "~=" if version.split('.').count() == 2 => major < limit.0,
            "==" | "===" | "~=" | "^" | "~" | "" => match minor {
                Some(minor) => (major, minor) < limit,
                None => major < limit.0,
            },
            "<=" => (major, minor.unwrap_or(u32::MAX)) < limit,
            "<" => (major, minor.unwrap_or(0)) <= limit,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::keeps_below;

    #[test]
    fn requirements_that_end_below_a_version() {
        for (requirement, below) in
            [("==2.5.2", true), (">=2.5,<3", true), ("^2.5", true), (">=2.5", false), ("", false), (">=4,<5", false)]
        {
            assert_eq!(keeps_below(requirement, (3, 0)), below, "{requirement}");
        }
        for (requirement, below) in [
            ("^7.4.6", false),
            ("~7.4.6", true),
            ("7.4.6", true),
            ("7.5.0", false),
            ("^6.2.7", true),
            ("<7.5", true),
            ("<=7.5", false),
            ("<8", false),
            ("~=7.4", false),
        ] {
            assert_eq!(keeps_below(requirement, (7, 5)), below, "{requirement}");
        }
    }
}
