'use strict';
// Visits a page and says what became of each connection; then a foreign page tries the same addresses.
const fs = require('fs');
const path = require('path');
const { pause } = require('./scene.js');

const PAGE = fs.readFileSync(path.join(__dirname, 'page.js'), 'utf8');
/** How long nothing may happen to an event stream until it counts as stalled. */
const STALLED = 4000;

/** What the browser said of the addresses, besides what the page saw. */
function listener(state) {
  const note = (url, text) => {
    if (!state.notes.has(url)) state.notes.set(url, []);
    if (!state.notes.get(url).includes(text)) state.notes.get(url).push(text);
  };
  const urls = new Map();
  return (method, event) => {
    switch (method) {
      case 'Runtime.bindingCalled':
        state.said.push(JSON.parse(event.payload));
        break;
      case 'Runtime.consoleAPICalled':
        state.console.push(event.args.map((one) => String(one.value ?? one.description)).join(' '));
        break;
      case 'Runtime.exceptionThrown':
        state.console.push(`exception ${event.exceptionDetails.exception?.description ?? event.exceptionDetails.text}`.slice(0, 300));
        break;
      case 'Log.entryAdded':
        if (event.entry.level === 'error') state.console.push(event.entry.text.slice(0, 400));
        break;
      case 'Network.requestWillBeSent':
        urls.set(event.requestId, urls.get(event.requestId) ?? event.request.url);
        if (event.redirectResponse) note(urls.get(event.requestId), `redirect ${event.redirectResponse.status} ${event.request.url}`);
        break;
      case 'Network.responseReceived':
        note(urls.get(event.requestId), `status ${event.response.status} ${event.response.mimeType}`);
        break;
      case 'Network.loadingFailed': {
        const why = [event.errorText, event.blockedReason, event.corsErrorStatus?.corsError].filter(Boolean).join(' ');
        note(urls.get(event.requestId), `failed ${why}`);
        break;
      }
      case 'Network.webSocketCreated':
        urls.set(event.requestId, event.url);
        break;
      case 'Network.webSocketHandshakeResponseReceived':
        note(urls.get(event.requestId), `handshake ${event.response.status}`);
        break;
      case 'Network.webSocketFrameError':
        note(urls.get(event.requestId), event.errorMessage);
        break;
      default:
    }
  };
}

/** Polling and sockets of Engine.IO, and the socket over which a development server reloads its page. */
const OF_ENGINE = /[?&]EIO=\d/;
const OF_RELOADING = /\/\?token=/;

/** The events of the first connection of a kind that the page made. */
function of(state, kind) {
  const [api, method] = { ws: ['ws'], sse: ['sse'], fetch: ['fetch', 'GET'], post: ['fetch', 'POST'], put: ['fetch', 'PUT'], delete: ['fetch', 'DELETE'] }[kind];
  const first = state.said.find((one) => one.api === api && (!method || one.method === method) && !OF_ENGINE.test(one.url) && !OF_RELOADING.test(one.url));
  return first ? state.said.filter((one) => one.id === first.id) : [];
}

/** `works`, `broken` and why, or nothing as long as it is not decided. */
function outcome(state, kind, now, patience) {
  if (kind === 'sio') {
    if (state.console.some((line) => line.startsWith('sio welcome'))) return ['works', ''];
    const error = state.console.find((line) => line.startsWith('sio error'));
    return error && now > 1500 ? ['broken', error] : now > 4500 ? ['broken', 'no answer'] : null;
  }
  const events = of(state, kind);
  const has = (event) => events.find((one) => one.event === event);
  if (events.length === 0) return now > 4500 ? ['broken', 'never made'] : null;
  const threw = has('threw');
  if (threw) return ['broken', threw.text];
  if (kind === 'ws') {
    const close = has('close');
    if (close) return ['broken', `${has('open') ? 'opened, then ' : ''}close ${close.code}`];
    if (!has('message')) return now > 4500 ? ['broken', has('open') ? 'opened, no message' : 'no answer'] : null;
    return now > has('message').at + patience ? ['works', `message ${has('message').text}`] : null;
  }
  if (kind === 'sse') {
    const messages = events.filter((one) => one.event === 'message');
    if (messages.length > 1) {
      const error = events.find((one) => one.event === 'error');
      if (error) return ['broken', `cut after ${messages.length} messages`];
      return now > messages[0].at + patience ? ['works', 'messages'] : null;
    }
    if (has('error') && has('error').text === '2') return ['broken', `error${has('open') ? ' after open' : ''}`];
    if (has('error') && now > has('error').at + 1000) return ['broken', 'error, tries again'];
    return now > STALLED + 500 ? ['broken', has('open') ? 'open, stalled' : 'stalled'] : null;
  }
  const answer = has('answer');
  if (!answer) return now > 4500 ? ['broken', 'no answer'] : null;
  const good = answer.status >= 200 && answer.status < 300 && /^[[{]/.test(answer.text);
  return [good ? 'works' : 'broken', `${answer.status} ${answer.text.slice(0, 60).replace(/\s+/g, ' ')}`];
}

/** Loads `page` and gives the outcome of each of the kinds. */
async function visit(browser, page, kinds, patience) {
  const state = { said: [], console: [], notes: new Map() };
  const tab = await browser.open(listener(state));
  const { tell } = tab;
  await Promise.all([tell('Network.enable'), tell('Log.enable'), tell('Runtime.enable'), tell('Page.enable'),
    tell('Runtime.addBinding', { name: '__say' }), tell('Page.addScriptToEvaluateOnNewDocument', { source: PAGE })]);
  const went = await tell('Page.navigate', { url: page });
  const results = {};
  const began = Date.now();
  while (Object.keys(results).length < kinds.length && Date.now() - began < 9000) {
    const now = Date.now() - began;
    for (const kind of kinds) {
      const found = results[kind] ? null : outcome(state, kind, now, patience);
      if (found) results[kind] = found;
    }
    await pause(50);
  }
  await pause(100);
  const connections = kinds.map((kind) => {
    const [real, why] = results[kind] ?? ['broken', 'not decided'];
    const events = kind === 'sio' ? [] : of(state, kind);
    const url = events[0]?.url ?? '';
    const near = [...state.notes].filter(([known]) => (kind === 'sio' ? OF_ENGINE.test(known) : known === url));
    const notes = near.flatMap(([, texts]) => texts);
    return { kind, real, why, url, notes: [...new Set(notes)].slice(0, 6) };
  });
  await tab.close();
  return { connections, console: state.console.slice(0, 12), went: went.errorText ?? '' };
}

/** What a page of somebody else is let do: open the socket, read the answer with cookies. */
async function foreign(browser, connections, secure) {
  const tab = await browser.open((method, event) => {
    if (method !== 'Fetch.requestPaused') return;
    tab.tell('Fetch.fulfillRequest', {
      requestId: event.requestId,
      responseCode: 200,
      responseHeaders: [{ name: 'Content-Type', value: 'text/html' }],
      body: Buffer.from('<!doctype html><title>Elsewhere</title>').toString('base64'),
    }).catch(() => {});
  });
  await tab.tell('Page.enable');
  await tab.tell('Fetch.enable', { patterns: [{ urlPattern: '*://elsewhere.test/*' }] });
  await tab.tell('Page.navigate', { url: `${secure ? 'https' : 'http'}://elsewhere.test/` });
  await pause(150);
  const asked = connections.filter(({ kind, url }) => url && (kind === 'ws' || kind === 'fetch')).map(({ kind, url }) => ({ kind, url }));
  const expression = `Promise.all(${JSON.stringify(asked)}.map(({ kind, url }) => new Promise((resolve) => {
    setTimeout(() => resolve('refused'), 1500);
    if (kind === 'fetch') {
      fetch(url, { credentials: 'include' }).then(() => resolve('let in'), () => resolve('refused'));
      return;
    }
    const socket = new WebSocket(url);
    socket.onmessage = () => resolve('let in');
    socket.onclose = () => resolve('refused');
  })))`;
  const answer = await tab.tell('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
  await tab.close();
  return Object.fromEntries(asked.map(({ kind }, index) => [kind, answer.result.value[index]]));
}

module.exports = { visit, foreign };
