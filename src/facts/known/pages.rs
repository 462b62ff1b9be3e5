//! Packages that answer in place of a back end, or run the code of pages elsewhere too.

use std::sync::Arc;

/// Frameworks that run the code of their pages on a server as well, and answer paths of their own there.
const UNIVERSAL: &[&str] = &[
    "next",
    "nuxt",
    "nuxt3",
    "astro",
    "@sveltejs/kit",
    "vike",
    "vite-plugin-ssr",
    "@solidjs/start",
    "solid-start",
    "@builder.io/qwik-city",
    "@tanstack/react-start",
    "@react-router/dev",
    "@react-router/node",
    "@remix-run/dev",
    "@analogjs/platform",
];

/// Libraries that answer requests inside the page or the development server, without a back end.
const MOCKS: &[&str] = &["msw", "miragejs", "vite-plugin-mock", "axios-mock-adapter", "fetch-mock"];

/// Whether a framework among the dependencies runs the code of pages on a server too.
#[must_use]
pub fn is_universal<'a>(dependencies: impl IntoIterator<Item = &'a Arc<str>>) -> bool {
    dependencies.into_iter().any(|name| UNIVERSAL.contains(&&**name))
}

/// Whether a library among the dependencies may answer requests that no server answers.
#[must_use]
pub fn has_mocks<'a>(dependencies: impl IntoIterator<Item = &'a Arc<str>>) -> bool {
    dependencies.into_iter().any(|name| MOCKS.contains(&&**name))
}
