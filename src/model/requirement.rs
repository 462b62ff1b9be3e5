//! What a manifest says of the versions of a package.

use super::{PackageId, Wiring};

/// Whether a manifest of the package keeps a dependency below a major version. `dependency` is the name as its index compares it.
#[must_use]
pub fn is_below(wiring: &Wiring, package: PackageId, dependency: &str, major: u32) -> bool {
    let manifests = wiring.packages.get(package.0 as usize).map(|package| package.manifests.as_slice());
    let manifests = manifests.unwrap_or_default().iter().filter_map(|id| wiring.repository.get(*id));
    let mut all = manifests.filter_map(|facts| facts.manifest.as_deref()).flat_map(|manifest| &manifest.dependencies);
    all.any(|known| &*known.name == dependency && keeps_below(&known.requirement, major))
}

/// Whether a version requirement (`==3.2.1`, `>=3.2,<4`, `^3.2`) admits no version from `limit` on.
fn keeps_below(requirement: &str, limit: u32) -> bool {
    requirement.split(',').any(|part| {
        let part = part.trim();
        let version = part.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        let operator = part.strip_suffix(version).unwrap_or_default().trim();
        let Ok(major) = version.split('.').next().unwrap_or_default().parse::<u32>() else { return false };
        match operator {
            "==" | "===" | "~=" | "^" | "~" | "<=" => major < limit,
            "<" => major <= limit,
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
            assert_eq!(keeps_below(requirement, 3), below, "{requirement}");
        }
    }
}
