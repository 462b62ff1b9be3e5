//! Where modules come from, by the look of their names.

/// Whether a module is of this repository by its spelling: relative, or by a usual alias.
///
/// Packages of a workspace look like any other package: the engine finds out.
#[must_use]
pub fn is_own_module(module: &str) -> bool {
    module.starts_with('.')
        || ["@/", "~", "#", "$lib", "src/", "@app/", "@lib/"].iter().any(|prefix| module.starts_with(prefix))
}

/// Whether a module is a well-known package, so that nothing of this repository is behind it.
#[must_use]
pub fn is_external_module(module: &str) -> bool {
    const NAMES: &[&str] = &[
        "react",
        "react-dom",
        "vue",
        "svelte",
        "preact",
        "solid-js",
        "next",
        "nuxt",
        "vite",
        "axios",
        "ky",
        "zod",
        "ws",
        "socket.io",
        "socket.io-client",
        "express",
        "fastify",
        "koa",
        "cors",
        "dotenv",
        "http",
        "https",
        "fs",
        "path",
        "os",
        "net",
        "url",
        "util",
        "crypto",
        "events",
        "stream",
        "child_process",
        "lodash",
        "clsx",
        "uuid",
        "zustand",
        "swr",
        "pinia",
        "vue-router",
        "vitest",
        "helmet",
        "mongoose",
        "redis",
        "ioredis",
        "pg",
        "stripe",
        "jsonwebtoken",
    ];
    const PREFIXES: &[&str] = &[
        "node:",
        "react-",
        "react/",
        "next/",
        "next-",
        "vite/",
        "vitest/",
        "lodash/",
        "express-",
        "zustand/",
        "svelte/",
        "socket.io",
        "$env/",
        "$app/",
        "@tanstack/",
        "@radix-ui/",
        "@vitejs/",
        "@types/",
        "@nestjs/",
        "@reduxjs/",
        "@playwright/",
        "@testing-library/",
        "@storybook/",
        "@mui/",
        "@headlessui/",
        "@sveltejs/",
        "@angular/",
        "@vueuse/",
        "@prisma/",
        "@sentry/",
        "@aws-sdk/",
        "@stripe/",
        "@fastify/",
        "@babel/",
        "@emotion/",
    ];
    NAMES.contains(&module) || PREFIXES.iter().any(|prefix| module.starts_with(prefix))
}
