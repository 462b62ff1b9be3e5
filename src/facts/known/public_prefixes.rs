//! The beginnings of names by which bundlers write variables into what browsers load, each as its documentation states it.

use std::sync::Arc;

use crate::facts::FrontEndTool;

/// A prefix, with the tool that hands its variables out by default: <https://vite.dev/guide/env-and-mode>,
/// <https://nextjs.org/docs/app/guides/environment-variables>, <https://create-react-app.dev/docs/adding-custom-environment-variables>,
/// <https://cli.vuejs.org/guide/mode-and-env.html>, <https://nuxt.com/docs/guide/going-further/runtime-config>. Without a tool of
/// their own: Astro and SvelteKit, Expo, Gatsby.
pub const PUBLIC_PREFIXES: [(&str, Option<FrontEndTool>); 8] = [
    ("VITE_", Some(FrontEndTool::Vite)),
    ("NEXT_PUBLIC_", Some(FrontEndTool::Next)),
    ("REACT_APP_", Some(FrontEndTool::Cra)),
    ("VUE_APP_", Some(FrontEndTool::VueCli)),
    ("NUXT_PUBLIC_", Some(FrontEndTool::Nuxt)),
    ("PUBLIC_", None),
    ("EXPO_PUBLIC_", None),
    ("GATSBY_", None),
];

/// The prefix of a name and what follows it.
#[must_use]
pub fn split_public(name: &str) -> Option<(&'static str, &str)> {
    PUBLIC_PREFIXES.iter().find_map(|(prefix, _)| Some((*prefix, name.strip_prefix(prefix)?)))
}

/// The prefix of a tool.
#[must_use]
pub fn public_prefix(tool: FrontEndTool) -> Option<&'static str> {
    PUBLIC_PREFIXES.iter().find(|(_, of)| *of == Some(tool)).map(|(prefix, _)| *prefix)
}

/// Whether packages put variables into browser code only when the built files are served, not when they are built:
/// <https://import-meta-env.org/api.html>.
#[must_use]
pub fn are_given_at_start<'a>(dependencies: impl IntoIterator<Item = &'a Arc<str>>) -> bool {
    dependencies.into_iter().any(|name| name.starts_with("@import-meta-env/"))
}
