// Runs in each page before its own code: says what became of sockets, event streams and requests. `__say` is a binding.
(() => {
  const began = performance.now();
  const say = (what) => globalThis.__say(JSON.stringify({ at: Math.round(performance.now() - began), ...what }));
  const short = (data) => (typeof data === 'string' ? data : Object.prototype.toString.call(data)).slice(0, 60);
  let next = 0;

  const Socket = globalThis.WebSocket;
  globalThis.WebSocket = class extends Socket {
    constructor(...given) {
      const id = next += 1;
      try {
        super(...given);
      } catch (error) {
        say({ id, api: 'ws', url: String(given[0]), event: 'threw', text: String(error) });
        throw error;
      }
      const url = this.url;
      say({ id, api: 'ws', url, event: 'made' });
      this.addEventListener('open', () => say({ id, api: 'ws', url, event: 'open', text: this.protocol }));
      this.addEventListener('message', (event) => say({ id, api: 'ws', url, event: 'message', text: short(event.data) }));
      this.addEventListener('close', (event) => say({ id, api: 'ws', url, event: 'close', code: event.code }));
    }
  };

  const Source = globalThis.EventSource;
  globalThis.EventSource = class extends Source {
    constructor(...given) {
      super(...given);
      const id = next += 1;
      const url = this.url;
      say({ id, api: 'sse', url, event: 'made' });
      this.addEventListener('open', () => say({ id, api: 'sse', url, event: 'open' }));
      this.addEventListener('message', (event) => say({ id, api: 'sse', url, event: 'message', text: short(event.data) }));
      this.addEventListener('error', () => say({ id, api: 'sse', url, event: 'error', text: String(this.readyState) }));
    }
  };

  const ask = globalThis.fetch;
  globalThis.fetch = async function (...given) {
    const id = next += 1;
    const request = given[0] instanceof Request ? given[0] : null;
    const url = new URL(request ? request.url : String(given[0]), document.baseURI).href;
    const method = ((given[1] || {}).method || (request ? request.method : 'GET')).toUpperCase();
    say({ id, api: 'fetch', method, url, event: 'made' });
    try {
      const answer = await ask.apply(this, given);
      answer.clone().text().then(
        (body) => say({ id, api: 'fetch', method, url, event: 'answer', status: answer.status, type: answer.type, text: body.slice(0, 80) }),
        (error) => say({ id, api: 'fetch', method, url, event: 'threw', text: String(error) }));
      return answer;
    } catch (error) {
      say({ id, api: 'fetch', method, url, event: 'threw', text: String(error) });
      throw error;
    }
  };
})();
