'use strict';
// One worker: reads stacks from standard input, one JSON document a line, starts each, and writes what happened.
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const { prepare, up, down } = require('./scene.js');
const { Browser } = require('./browser.js');
const { visit, foreign } = require('./visit.js');

const [target, chromium, scratch, kept] = process.argv.slice(2);
const node = path.dirname(process.execPath);
const env = {
  PATH: `${target}/venv/bin:${target}/node/node_modules/.bin:${node}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
  HOME: scratch, LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1',
};

async function one(browser, stack) {
  const began = Date.now();
  const scene = await up(stack, { scratch, env });
  let seen = { connections: [], console: [], went: '' };
  let elsewhere = {};
  try {
    seen = await visit(browser, stack.page, stack.kinds, stack.patience);
    const working = seen.connections.filter((connection) => connection.real === 'works');
    if (working.some(({ kind }) => kind === 'ws' || kind === 'fetch')) {
      elsewhere = await foreign(browser, working, stack.page.startsWith('https:'));
    }
  } catch (error) {
    scene.failed.push(String(error.stack));
  }
  const log = scene.said();
  if (kept) fs.cpSync('/srv/app', path.join(kept, stack.name), { recursive: true });
  await down(scene.running);
  return { name: stack.name, failed: scene.failed, ...seen, elsewhere, took: Date.now() - began, log };
}

async function main() {
  prepare({ modules: path.join(target, 'node/node_modules'), scratch });
  const browser = new Browser(chromium, path.join(scratch, 'profile'), env);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const result = await one(browser, JSON.parse(line));
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
  browser.child.kill('SIGKILL');
}

main().then(() => process.exit(0), (error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
