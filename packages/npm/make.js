#!/usr/bin/env node
"use strict";

// Makes the npm packages of a release: one for each platform, and the one that people install.
//
//     node packages/npm/make.js OUT TARGET=PROGRAM...
//
// OUT is a folder that is made. TARGET is a target of Rust (`x86_64-unknown-linux-gnu`), PROGRAM the file that was built for it.

const fs = require("node:fs");
const path = require("node:path");

const HERE = __dirname;
const ROOT = path.join(HERE, "..", "..");
const PLATFORMS = JSON.parse(fs.readFileSync(path.join(HERE, "platforms.json"), "utf8"));

/** The name of the package for a platform, as `bin/wirelint.js` asks for it. */
function packageName({ os, cpu, libc }) {
  return `@wirelint/${os}-${cpu}${libc === "musl" ? "-musl" : ""}`;
}

/** What every package says of itself, from Cargo.toml. */
function common() {
  const manifest = fs.readFileSync(path.join(ROOT, "Cargo.toml"), "utf8");
  const field = (name) => {
    const found = manifest.match(new RegExp(`^${name} = "(.*)"$`, "m"));
    if (!found) throw new Error(`Cargo.toml has no ${name}`);
    return found[1];
  };
  return {
    version: field("version"),
    description: field("description"),
    license: field("license"),
    repository: { type: "git", url: `git+${field("repository")}.git` },
  };
}

function writePackage(folder, manifest) {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    fs.copyFileSync(path.join(ROOT, licence), path.join(folder, licence));
  }
}

/** One package with one program. */
function platform(out, target, program) {
  const found = PLATFORMS.find((each) => each.target === target);
  if (!found) throw new Error(`platforms.json has no target ${target}`);
  const { os, cpu, libc } = found;
  const name = packageName(found);
  const file = os === "win32" ? "wirelint.exe" : "wirelint";
  const folder = path.join(out, name.slice("@wirelint/".length));
  writePackage(folder, {
    name,
    ...common(),
    description: `The program of wirelint for ${os} on ${cpu}${libc ? ` with ${libc}` : ""}`,
    os: [os],
    cpu: [cpu],
    ...(libc ? { libc: [libc] } : {}),
    files: [file],
    preferUnplugged: true,
  });
  fs.copyFileSync(program, path.join(folder, file));
  fs.chmodSync(path.join(folder, file), 0o755);
}

/** The package that people install. */
function main(out) {
  const folder = path.join(out, "wirelint");
  fs.cpSync(path.join(HERE, "wirelint"), folder, { recursive: true });
  const { version, ...rest } = common();
  writePackage(folder, {
    name: "wirelint",
    version,
    ...rest,
    keywords: ["linter", "websocket", "nginx", "cors", "static-analysis"],
    bin: { wirelint: "bin/wirelint.js" },
    files: ["bin"],
    engines: { node: ">=18" },
    optionalDependencies: Object.fromEntries(PLATFORMS.map((each) => [packageName(each), version])),
  });
}

const [out, ...programs] = process.argv.slice(2);
if (!out || programs.length === 0) {
  process.stderr.write("usage: node packages/npm/make.js OUT TARGET=PROGRAM...\n");
  process.exit(2);
}
for (const pair of programs) {
  const split = pair.indexOf("=");
  if (split < 0) throw new Error(`${pair} is not TARGET=PROGRAM`);
  platform(out, pair.slice(0, split), pair.slice(split + 1));
}
main(out);
