// What becomes of each client at each server: whether both sides know of the connection within two seconds.
'use strict';

const http = require('node:http');
const { WebSocket, WebSocketServer } = require('ws');
const { Server } = require('socket.io');
const { io } = require('socket.io-client');

const PATIENCE = 2000;

/** A server that counts the connections which its own code is told of. */
function serve(kind) {
  const server = http.createServer((request, response) => response.writeHead(404).end());
  const seen = { told: 0 };
  const sockets = kind === 'socket.io' ? new Server(server) : new WebSocketServer({ server });
  sockets.on('connection', () => (seen.told += 1));
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ seen, port: server.address().port, end: () => sockets.close() }));
  });
}

/** Connects in the way that is named, and tells whether the client believes itself connected. */
function connect(client, port) {
  return new Promise((resolve) => {
    let opened = false;
    const made =
      client.kind === 'WebSocket'
        ? new WebSocket(`ws://127.0.0.1:${port}${client.path}`)
        : io(`http://127.0.0.1:${port}`, { transports: client.transports, reconnection: false, timeout: PATIENCE });
    made.on(client.kind === 'WebSocket' ? 'open' : 'connect', () => (opened = true));
    made.on('error', () => {});
    made.on('connect_error', () => {});
    setTimeout(() => {
      made.close();
      resolve(opened);
    }, PATIENCE);
  });
}

const CLIENTS = [
  { name: 'WebSocket /', kind: 'WebSocket', path: '/' },
  { name: 'WebSocket /chat', kind: 'WebSocket', path: '/chat' },
  { name: 'WebSocket /socket.io/', kind: 'WebSocket', path: '/socket.io/' },
  { name: 'WebSocket /socket.io/?EIO=4&transport=websocket', kind: 'WebSocket', path: '/socket.io/?EIO=4&transport=websocket' },
  { name: 'socket.io', kind: 'socket.io', transports: ['polling', 'websocket'] },
  { name: 'socket.io websocket', kind: 'socket.io', transports: ['websocket'] },
];

async function main() {
  const asked = [];
  for (const kind of ['socket.io', 'ws']) {
    for (const client of CLIENTS) {
      asked.push(
        serve(kind).then(async (server) => {
          const opened = await connect(client, server.port);
          const told = server.seen.told > 0;
          server.end();
          return `${client.name} at ${kind}: ${opened ? 'opened' : 'refused'}, ${told ? 'told' : 'not told'}`;
        }),
      );
    }
  }
  console.log(JSON.stringify(await Promise.all(asked)));
  process.exit(0);
}

main();
