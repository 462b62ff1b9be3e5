//! What stays the same about a finding while the rest of the repository changes.

use super::View;
use crate::rules::Finding;

/// A finding's identity: rule, path, text at the fix and key, never the chains. An eleventh wire that the same cause
/// breaks does not make a new finding.
pub(super) fn of(view: &View<'_>, finding: &Finding) -> String {
    let path = view.path(finding.place.file).map_or("", |path| path.as_str());
    let text = view.normalized(finding.place);
    let parts = [finding.rule.0, path, &text, &finding.key];
    let (mut low, mut high) = (0xcbf2_9ce4_8422_2325_u64, 0x6c62_272e_07bb_0142_u64);
    for byte in parts.iter().flat_map(|part| part.bytes().chain(std::iter::once(0))) {
        low = (low ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        high = (high ^ u64::from(byte).rotate_left(8)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{high:016x}{low:016x}")
}
