'use strict';
// The machine of one worker: a network, a mount and a process namespace of its own, in which stacks are started one after another.
const fs = require('fs');
const net = require('net');
const path = require('path');
const { execFileSync, spawn } = require('child_process');

const NAMES = ['app.example.com', 'api.example.com', 'admin.example.com', 'www.other.example', 'localhost'];
const CERTIFICATES = '/etc/letsencrypt/live';

const run = (command, ...rest) => execFileSync(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });

function hidden(folder) {
  fs.mkdirSync(folder, { recursive: true });
  run('mount', '-t', 'tmpfs', 'tmpfs', folder);
}

/** Makes names, certificates and folders; all of it ends with the worker. */
function prepare({ modules, scratch }) {
  run('ip', 'link', 'set', 'lo', 'up');
  fs.mkdirSync(scratch, { recursive: true });
  const hosts = path.join(scratch, 'hosts');
  fs.writeFileSync(hosts, `127.0.0.1 ${NAMES.join(' ')}\n::1 localhost\n`);
  run('mount', '--bind', hosts, '/etc/hosts');
  hidden('/srv');
  fs.mkdirSync('/srv/node_modules');
  run('mount', '--bind', modules, '/srv/node_modules');
  hidden('/etc/letsencrypt');
  fs.mkdirSync('/etc/haproxy', { recursive: true });
  hidden('/etc/haproxy');
  fs.mkdirSync('/etc/haproxy/certs');
  const [key, chain] = ['privkey.pem', 'fullchain.pem'].map((name) => path.join(scratch, name));
  const names = NAMES.map((name) => `DNS:${name}`).join(',');
  run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=app.example.com',
    '-addext', `subjectAltName=${names}`, '-keyout', key, '-out', chain);
  for (const name of NAMES) {
    fs.mkdirSync(path.join(CERTIFICATES, name), { recursive: true });
    for (const file of [key, chain]) {
      fs.copyFileSync(file, path.join(CERTIFICATES, name, path.basename(file)));
    }
    fs.writeFileSync(`/etc/haproxy/certs/${name}.pem`, fs.readFileSync(chain, 'utf8') + fs.readFileSync(key, 'utf8'));
  }
}

/** Puts the repository of a stack where it is deployed. */
function place(stack) {
  fs.rmSync('/srv/app', { recursive: true, force: true });
  for (const [name, text] of stack.files) {
    const file = path.join('/srv/app', name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    if (text.startsWith('#!')) fs.chmodSync(file, 0o755);
  }
  fs.mkdirSync('/srv/app', { recursive: true });
}

const NGINX = (scratch, site) => `daemon off;
pid ${scratch}/nginx.pid;
error_log ${scratch}/nginx-error.log;
events {}
http {
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path ${scratch}/body;
    proxy_temp_path ${scratch}/proxy;
    fastcgi_temp_path ${scratch}/fastcgi;
    uwsgi_temp_path ${scratch}/uwsgi;
    scgi_temp_path ${scratch}/scgi;
    include ${site};
}
`;

const MODULES = ['authz_core', 'dir', 'mime', 'alias', 'setenvif', 'proxy', 'proxy_http', 'proxy_wstunnel', 'headers',
  'rewrite', 'ssl', 'http2', 'mpm_event'];
const APACHE = (scratch, site) => `ServerRoot /etc/apache2
ServerName localhost
PidFile ${scratch}/apache.pid
DefaultRuntimeDir ${scratch}
ErrorLog ${scratch}/apache-error.log
TypesConfig /etc/mime.types
${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
LogFormat "%r" combined
Listen 80
Listen 443
<Directory />
    Require all denied
</Directory>
<Directory /srv/>
    Require all granted
</Directory>
Include ${site}
`;

/** The command that runs the proxy of a stack on its file. */
function proxy(kind, site, scratch) {
  const file = path.join(scratch, `${kind}.conf`);
  switch (kind) {
    case 'nginx':
      fs.writeFileSync(file, NGINX(scratch, site));
      return { cmd: `exec nginx -p ${scratch} -c ${file}`, check: `nginx -t -p ${scratch} -c ${file}` };
    case 'apache': {
      fs.writeFileSync(file, APACHE(scratch, site));
      const started = `apache2 -f ${file}`;
      return { cmd: `exec ${started} -DFOREGROUND`, check: `${started} -t`, env: { APACHE_LOG_DIR: scratch } };
    }
    case 'haproxy':
      return { cmd: `exec haproxy -f ${site} -db`, check: `haproxy -c -f ${site}` };
    default:
      return { cmd: `exec caddy run --config ${site} --adapter caddyfile`, check: `caddy validate --config ${site} --adapter caddyfile` };
  }
}

function start(process_, scratch, env, log) {
  const output = fs.openSync(log, 'a');
  const child = spawn('sh', ['-c', process_.cmd], {
    cwd: process_.cwd || '/srv/app',
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...env, ...process_.env },
  });
  fs.closeSync(output);
  child.ended = new Promise((resolve) => child.on('close', resolve));
  child.on('exit', () => { child.gone = true; });
  return child;
}

const listens = (port) => new Promise((resolve) => {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('connect', () => { socket.destroy(); resolve(true); });
  socket.on('error', () => resolve(false));
});
const listensEither = async (port) => await listens(port) || new Promise((resolve) => {
  const socket = net.connect(port, '::1');
  socket.on('connect', () => { socket.destroy(); resolve(true); });
  socket.on('error', () => resolve(false));
});
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function ready(child, port) {
  for (let left = 600; left > 0; left -= 1) {
    if (await listensEither(port)) return true;
    if (child.gone) return false;
    await pause(50);
  }
  return false;
}

/** Starts everything of a stack. Gives what is running and what did not start. */
async function up(stack, { scratch, env }) {
  place(stack);
  const log = path.join(scratch, 'stack.log');
  fs.writeFileSync(log, '');
  const running = [];
  const failed = [];
  for (const one of stack.build) {
    try {
      execFileSync('sh', ['-c', one.cmd], { cwd: one.cwd, env: { ...env, ...one.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      failed.push(`${one.cmd}: ${String(error.stderr).slice(-600)}${String(error.stdout).slice(-600)}`);
    }
  }
  for (const [from, to] of stack.copies) {
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.copyFileSync(from, to);
  }
  const all = stack.procs.map((one) => [one, start(one, scratch, env, log)]);
  running.push(...all.map(([, child]) => child));
  if (stack.proxy) {
    const made = proxy(stack.proxy.kind, stack.proxy.file, scratch);
    try {
      execFileSync('sh', ['-c', made.check], { cwd: '/srv/app', env: { ...env, ...made.env }, stdio: 'pipe' });
      const one = { ...made, port: stack.proxy.port };
      all.push([one, start(one, scratch, env, log)]);
      running.push(all[all.length - 1][1]);
    } catch (error) {
      failed.push(`${stack.proxy.kind}: ${String(error.stderr).slice(-400)}`);
    }
  }
  for (const [one, child] of all) {
    if (one.port && !await ready(child, one.port)) failed.push(`${one.cmd}: nothing listens on ${one.port}`);
  }
  const said = () => fs.readFileSync(log, 'utf8').slice(-3000);
  return { running, failed, said };
}

/** Ends what a stack started, and nothing else. */
async function down(running) {
  for (const child of running) {
    try { process.kill(-child.pid, 'SIGKILL'); } catch { /* it has ended */ }
  }
  await Promise.all(running.map((child) => child.ended));
}

module.exports = { prepare, up, down, pause };
