'use strict';
// Chromium over the pipe of its DevTools protocol.
const { spawn } = require('child_process');

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
  '--disable-background-networking', '--disable-component-update', '--disable-extensions', '--disable-default-apps',
  '--ignore-certificate-errors', '--allow-insecure-localhost', '--remote-debugging-pipe',
  '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests', 'about:blank'];

class Browser {
  constructor(program, folder, env) {
    this.child = spawn(program, [`--user-data-dir=${folder}`, ...FLAGS], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], env });
    this.waiting = new Map();
    this.heard = new Map();
    this.last = 0;
    let rest = '';
    this.child.stdio[4].setEncoding('utf8');
    this.child.stdio[4].on('data', (data) => {
      const parts = (rest + data).split('\0');
      rest = parts.pop();
      parts.forEach((part) => this.take(JSON.parse(part)));
    });
  }

  take(message) {
    if (message.id) {
      const { resolve, reject } = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.error) reject(new Error(message.error.message));
      else resolve(message.result);
      return;
    }
    const hear = this.heard.get(message.sessionId);
    if (hear) hear(message.method, message.params);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = this.last += 1;
    this.child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  /** A new tab without a past. `hear` is told every event. */
  async open(hear) {
    const { browserContextId } = await this.send('Target.createBrowserContext');
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank', browserContextId });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    this.heard.set(sessionId, hear);
    const tell = (method, params) => this.send(method, params, sessionId);
    return {
      tell,
      close: async () => {
        this.heard.delete(sessionId);
        await this.send('Target.disposeBrowserContext', { browserContextId });
      },
    };
  }
}

module.exports = { Browser };
