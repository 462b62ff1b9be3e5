// Runs front-end modules: reads cases from standard input, writes for each the addresses that its code opened.
//
// A case is { files, page, env }. esbuild puts it together with what it imports, as a bundler for browsers does; the result runs
// with a page's globals that note what is opened and answer with nothing.
const path = require('path');
const vm = require('vm');
const { createRequire } = require('module');

const packages = process.env.NODE_PATH;
const esbuild = createRequire(path.join(packages, 'x.js'))('esbuild');
const SUFFIXES = ['', '.ts', '.tsx', '.js', '.jsx', '.json', '/index.ts', '/index.js'];

// The case's own files, by their path from its root.
function own(files) {
  return {
    name: 'own',
    setup(build) {
      build.onResolve({ filter: /^(\.|@\/|\/)/ }, (args) => {
        if (args.namespace !== 'own' && args.kind !== 'entry-point') return null;
        const from = args.importer ? path.posix.dirname(args.importer) : '';
        const asked = args.path.startsWith('@/') ? `src/${args.path.slice(2)}` : path.posix.join(from, args.path);
        const found = SUFFIXES.map((suffix) => asked.replace(/^\//, '') + suffix).find((name) => name in files);
        if (!found) return { errors: [{ text: `no file ${asked}` }] };
        return { path: found, namespace: 'own' };
      });
      build.onLoad({ filter: /.*/, namespace: 'own' }, (args) => ({
        contents: files[args.path],
        loader: args.path.endsWith('.json') ? 'json' : 'tsx',
        resolveDir: path.dirname(packages),
      }));
    },
  };
}

async function bundle(one) {
  const env = { ...one.env, MODE: one.mode, DEV: one.mode === 'development', PROD: one.mode !== 'development', SSR: false, BASE_URL: '/' };
  const result = await esbuild.build({
    entryPoints: ['/src/main.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
    supported: { 'top-level-await': true },
    define: { 'import.meta.env': JSON.stringify(env), 'process.env.NODE_ENV': JSON.stringify(one.mode), global: 'globalThis' },
    plugins: [own(one.files)],
  });
  return result.outputFiles[0].text;
}

function page(origin, opened) {
  const location = new URL(`${origin}/`);
  const note = (address, socket) => {
    const url = new URL(String(address), location.href);
    if (socket) url.protocol = url.protocol.replace('http', 'ws');
    url.hash = '';
    opened.push(url.href);
    return url.href;
  };
  class Target extends EventTarget {
    send() {}
    close() {}
  }
  class WebSocket extends Target {
    constructor(url, protocols) {
      super();
      this.url = note(url, true);
      this.protocols = protocols;
      this.readyState = 0;
      this.protocol = '';
      this.bufferedAmount = 0;
    }
  }
  Object.assign(WebSocket, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 });
  class EventSource extends Target {
    constructor(url) {
      super();
      this.url = note(url);
      this.readyState = 0;
    }
  }
  Object.assign(EventSource, { CONNECTING: 0, OPEN: 1, CLOSED: 2 });
  class XMLHttpRequest extends EventTarget {
    constructor() {
      super();
      this.upload = new EventTarget();
      this.readyState = 0;
      this.status = 0;
      this.withCredentials = false;
    }
    open(method, url) {
      this.responseURL = note(url);
      this.readyState = 1;
    }
    setRequestHeader() {}
    getAllResponseHeaders() {
      return 'content-type: application/json\r\n';
    }
    getResponseHeader() {
      return 'application/json';
    }
    abort() {}
    send() {
      setTimeout(() => {
        this.readyState = 4;
        this.status = 200;
        this.statusText = 'OK';
        this.response = this.responseText = '{}';
        for (const name of ['readystatechange', 'load', 'loadend']) {
          const event = new Event(name);
          if (typeof this[`on${name}`] === 'function') this[`on${name}`](event);
          this.dispatchEvent(event);
        }
      }, 0);
    }
  }
  class PageRequest extends Request {
    constructor(input, init) {
      super(typeof input === 'string' || input instanceof URL ? new URL(String(input), location.href) : input, init);
    }
  }
  const fetch = async (input) => {
    note(typeof input === 'object' && 'url' in input ? input.url : input);
    return new Response('{}', { status: 200, headers: { 'content-type': 'application/json' } });
  };
  const nothing = () => {};
  const element = () => new Proxy(nothing, { get: (_, key) => (key === Symbol.toPrimitive ? () => '' : element()), apply: () => element() });
  const anchor = () => {
    let address = location;
    return {
      get href() { return address.href; },
      set href(text) { address = new URL(text, location.href); },
      get protocol() { return address.protocol; },
      set protocol(text) { address.protocol = text; },
    };
  };
  const parent = { appendChild: nothing, removeChild: nothing, insertBefore: nothing, querySelector: () => null, style: {} };
  const storage = { getItem: () => null, setItem: nothing, removeItem: nothing, clear: nothing };
  const listening = { addEventListener: nothing, removeEventListener: nothing, dispatchEvent: nothing };
  const document = {
    ...listening,
    baseURI: location.href,
    URL: location.href,
    location,
    cookie: '',
    visibilityState: 'visible',
    readyState: 'complete',
    head: parent,
    body: parent,
    documentElement: parent,
    createElement: (name) => (name === 'a' ? anchor() : element()),
    getElementById: element,
    querySelector: () => null,
    querySelectorAll: () => [],
    getElementsByTagName: () => [],
  };
  // The same numbers in every run.
  const dice = { getRandomValues: (array) => array.fill(7), randomUUID: () => '00000000-0000-4000-8000-000000000000', subtle: crypto.subtle };
  const later = (call, time, ...rest) => (time > 100 ? 0 : setTimeout(() => call(...rest), time ?? 0));
  const window = {
    ...listening,
    location, document, WebSocket, EventSource, XMLHttpRequest, fetch,
    Request: PageRequest,
    navigator: { userAgent: 'test', onLine: true, product: 'Gecko', platform: '', sendBeacon: (url) => (note(url), true) },
    localStorage: storage,
    sessionStorage: storage,
    history: { pushState: nothing },
    console: { log: nothing, info: nothing, warn: nothing, error: nothing, debug: nothing },
    setTimeout: later,
    setInterval: () => 0,
    clearTimeout, clearInterval: nothing, queueMicrotask, structuredClone, performance, crypto: dice, atob, btoa,
    URL, URLSearchParams, Headers, Response, FormData, Blob, File, AbortController, AbortSignal, Event, EventTarget, MessageChannel,
    ReadableStream, WritableStream, TransformStream, TextEncoder, TextDecoder, TextDecoderStream, DOMException,
    CustomEvent: globalThis.CustomEvent, Buffer: undefined,
  };
  Object.assign(window, { window, self: window, globalThis: window, top: window, parent: window });
  return window;
}

async function run(one) {
  const opened = [];
  const errors = [];
  const context = vm.createContext(page(one.page, opened));
  try {
    vm.runInContext('Math.random = () => 0.5;', context);
    for (const script of one.scripts) vm.runInContext(script, context);
    vm.runInContext(await bundle(one), context);
    await new Promise((resolve) => setTimeout(resolve, 60));
  } catch (error) {
    errors.push(`${error.name}: ${error.message}`);
  }
  return { opened, errors };
}

async function main() {
  process.on('unhandledRejection', () => {});
  process.on('uncaughtException', () => {});
  let text = '';
  for await (const part of process.stdin) text += part;
  const cases = JSON.parse(text);
  const found = new Array(cases.length);
  let next = 0;
  const worker = async () => {
    while (next < cases.length) {
      const at = next++;
      found[at] = await run(cases[at]);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  process.stdout.write(JSON.stringify(found), () => process.exit(0));
}

main();
