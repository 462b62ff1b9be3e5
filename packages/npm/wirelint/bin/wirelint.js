#!/usr/bin/env node
"use strict";

// Starts the program of the package for this platform, which npm installs beside this one as an optional dependency.

const { spawn } = require("node:child_process");
const os = require("node:os");

/** What is said when there is no program, and how a fault of wirelint ends. */
function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(2);
}

/** Whether the C library is musl; where Node does not say, glibc is assumed. */
function isMusl() {
  const report = typeof process.report?.getReport === "function" ? process.report.getReport() : undefined;
  return report !== undefined && report.header?.glibcVersionRuntime === undefined;
}

/** The package that holds the program for this platform. */
function platformPackage() {
  const musl = process.platform === "linux" && isMusl() ? "-musl" : "";
  return `@wirelint/${process.platform}-${process.arch}${musl}`;
}

function program() {
  const name = platformPackage();
  const supported = Object.keys(require("../package.json").optionalDependencies ?? {});
  if (!supported.includes(name)) {
    fail(
      `wirelint has no npm package for ${name.slice("@wirelint/".length)}; build it with Rust instead: ` +
        "cargo install --locked --git https://github.com/wirelint/wirelint",
    );
  }
  try {
    return require.resolve(`${name}/${process.platform === "win32" ? "wirelint.exe" : "wirelint"}`);
  } catch {
    return fail(
      `the package ${name} is not installed; it is an optional dependency of wirelint, so install again without ` +
        "`--omit=optional` (or `--no-optional`), and on this platform",
    );
  }
}

const run = spawn(program(), process.argv.slice(2), { stdio: "inherit" });
run.on("error", (error) => fail(`wirelint could not be started: ${error.message}`));
// Whoever ends this process means the program: a watcher or a server would stay behind.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => run.kill(signal));
}
// A program that a signal ended is reported as shells do it.
run.on("exit", (code, signal) => process.exit(signal ? 128 + (os.constants.signals[signal] ?? 0) : code));
