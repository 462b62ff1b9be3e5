//! What a conclusion rests on besides the files.

use std::sync::Arc;

/// Something that is taken to be so. A finding with any assumption is *likely*, not proven.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assumption {
    /// No include that could not be read changes the outcome.
    UnseenInclude(Arc<str>),
    /// nginx is of a version in which this holds, in words (`before 1.29.7`).
    NginxVersion(Arc<str>),
    /// Browsers of this kind only.
    Browser(Arc<str>),
    /// The process environment, CI or hosting settings do not set this name.
    NoOverride(Arc<str>),
    /// Whoever runs the program sets this name as the example file says.
    AsDocumented(Arc<str>),
    /// The deployment serves this file as it is in the repository.
    ServedAsIs(Arc<str>),
    /// These parts run together, though no file says so.
    LikelyPairing,
    /// Only a name says what this is. Caps the finding at note.
    NameOnly,
    /// The mode of the build was guessed.
    GuessedMode(Arc<str>),
    /// A condition that was not understood comes out so that the break is reached.
    OpaqueGuard(Arc<str>),
    /// A condition on this comes out so that the break is reached; in words: "a parameter".
    OpaqueOperand(Arc<str>),
    /// The page is served over https, though only hints say so.
    LikelyHttps,
    /// Something imports this file, though no entry point of the repository does. Caps the finding at note.
    Imported(Arc<str>),
    /// Somebody opens the pages past the proxy that this deployment has in front of them. Caps the finding at note.
    WithoutProxy(Arc<str>),
    /// Somebody starts this program, though no command of the repository does. Caps the finding at note.
    Started(Arc<str>),
}
