// Asks headless Chromium which requests of a page go out, and over what.
//
// Standard input: { chromium, certificate, key, folder, cases: [{ page, headers: [[name, value]], meta: [policy],
// asked: [{ api, url }] }] }. Standard output: for each case a list with "tls", "plain" or null for each request.
'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');
const net = require('net');
const { createHash } = require('crypto');
const { spawn } = require('child_process');

const input = JSON.parse(fs.readFileSync(0, 'utf8'));
const arrived = new Map();
const secure = https.createServer({ cert: fs.readFileSync(input.certificate), key: fs.readFileSync(input.key) });
const plain = http.createServer();
const settled = new Set();
const AT_ONCE = 12;
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
const withToken = (url, token) => url + (url.includes('?') ? '&' : '?') + 't=' + token;

// The page's own script is let in by a directive that has nothing to do with connections.
const letIn = (policy) => policy + "; script-src-elem 'unsafe-inline'";

function casePage(number) {
  const { asked, meta } = input.cases[number];
  const list = JSON.stringify(asked.map(({ api, url }, index) => [api, withToken(url, `${number}.${index}`)]));
  return `<!doctype html><head>${meta.map((one) => `<meta http-equiv="Content-Security-Policy" content="${escaped(letIn(one))}">`).join('')}</head><script>
    const open = {
      fetch: (url) => fetch(url, { mode: 'no-cors' }).then(() => {}, () => {}),
      WebSocket: (url) => new Promise((done) => {
        const socket = new WebSocket(url);
        socket.onopen = () => { socket.close(); done(); };
        socket.onerror = socket.onclose = done;
      }),
      EventSource: (url) => new Promise((done) => {
        const source = new EventSource(url);
        source.onopen = source.onerror = () => { source.close(); done(); };
      }),
    };
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    const one = async ([api, url]) => { try { await Promise.race([open[api](url), wait(8000)]); } catch {} };
    Promise.all(${list}.map(one)).then(() => wait(150)).then(() => parent.postMessage(${number}, '*'));
  </script>`;
}

const frames = `<!doctype html><body><script>
  let next = 0;
  const total = ${input.cases.length};
  const pages = ${JSON.stringify(input.cases.map((one, number) => one.page + '/case/' + number))};
  function start() {
    if (next >= total) return;
    const frame = document.createElement('iframe');
    frame.src = pages[next];
    frame.id = 'f' + next;
    next += 1;
    document.body.append(frame);
  }
  onmessage = ({ data }) => {
    document.getElementById('f' + data)?.remove();
    fetch('/done/' + data);
    start();
  };
  for (let i = 0; i < ${AT_ONCE}; i += 1) start();
</script>`;

function over(tls) {
  return (request, response) => {
    const url = new URL(request.url, 'http://x');
    const token = url.searchParams.get('t');
    if (token) arrived.set(token, tls);
    const page = url.pathname.match(/^\/case\/(\d+)$/);
    if (page) {
      const { headers } = input.cases[page[1]];
      for (const [name, value] of headers) response.appendHeader(name, letIn(value));
      response.setHeader('Content-Type', 'text/html');
      return response.end(casePage(page[1]));
    }
    const done = url.pathname.match(/^\/done\/(\d+)$/);
    if (done) {
      settled.add(done[1]);
      if (settled.size === input.cases.length) finish();
    }
    if (url.pathname === '/frames') {
      response.setHeader('Content-Type', 'text/html');
      return response.end(frames);
    }
    response.end('ok');
  };
}

for (const [server, tls] of [[plain, 'plain'], [secure, 'tls']]) {
  server.on('request', over(tls));
  server.on('upgrade', (request, socket) => {
    const token = new URL(request.url, 'http://x').searchParams.get('t');
    if (token) arrived.set(token, tls);
    // A browser makes pages wait whose handshakes fail: all of them succeed.
    const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + GUID).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.on('error', () => {});
    socket.on('data', () => socket.end());
  });
  server.on('clientError', (_, socket) => socket.destroy());
}

// Every host and port leads here; the first byte says whether TLS is spoken.
const door = net.createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (data) => {
    socket.pause();
    socket.unshift(data);
    (data[0] === 22 ? secure : plain).emit('connection', socket);
    process.nextTick(() => socket.resume());
  });
});

let browser;
let ended = false;
function finish() {
  if (ended) return;
  ended = true;
  browser.kill('SIGTERM');
  const of = (one, number) => one.asked.map((_, index) => arrived.get(`${number}.${index}`) ?? null);
  process.stdout.write(JSON.stringify({ settled: settled.size, answers: input.cases.map(of) }), () => process.exit(0));
}

door.listen(0, '127.0.0.1', () => {
  const { port } = door.address();
  browser = spawn(input.chromium, [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--ignore-certificate-errors', `--user-data-dir=${input.folder}`,
    '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LocalNetworkAccessChecks',
    `--host-resolver-rules=MAP * 127.0.0.1:${port}`, 'http://harness.test/frames',
  ], { stdio: ['ignore', 'ignore', 'pipe'] });
  browser.stderr.resume();
  browser.on('exit', () => finish());
  setTimeout(finish, 240000).unref();
});
