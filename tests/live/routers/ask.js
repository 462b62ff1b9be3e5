// Asks applications in this process: reads cases from standard input, writes for each request whether a route answered.
const http = require('http');
const Module = require('module');

function load(index, source) {
  const loaded = new Module(`case${index}.js`, null);
  loaded.paths = [process.env.NODE_PATH];
  loaded._compile(source, `case${index}.js`);
  return loaded.exports;
}

// An application of NestJS starts itself: it is caught where it is made. Its POST is answered with 201.
async function started(index, one) {
  if (one.kind === 'Fastify') {
    const app = load(index, one.source);
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  }
  if (one.kind === 'Express') {
    const app = load(index, one.source);
    return new Promise((resolve) => {
      const server = app.listen(0, '127.0.0.1', () => resolve(server));
    });
  }
  const root = process.env.NODE_PATH;
  require(`${root}/reflect-metadata`);
  const typescript = require(`${root}/typescript`);
  const { NestFactory } = require(`${root}/@nestjs/core`);
  const create = Object.getPrototypeOf(NestFactory).create;
  process.env.PORT = '0';
  const made = new Promise((resolve) => {
    NestFactory.create = async (module) => {
      const app = await create.call(NestFactory, module, { logger: false, abortOnError: false });
      const server = app.getHttpServer();
      server.once('listening', () => resolve(server));
      return app;
    };
  });
  process.removeAllListeners('unhandledRejection');
  const refused = new Promise((_, reject) => process.once('unhandledRejection', reject));
  const options = { module: 'commonjs', target: 'es2022', experimentalDecorators: true, esModuleInterop: true };
  load(index, typescript.transpileModule(one.source, { compilerOptions: options }).outputText);
  return Promise.race([made, refused]);
}

function ask(port, method, path) {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, method, path, host: '127.0.0.1' }, (answer) => {
      let text = '';
      answer.on('data', (part) => (text += part));
      answer.on('end', () => resolve([200, 201].includes(answer.statusCode) && text === 'yes' ? 1 : 0));
    });
    request.on('error', reject);
    request.end();
  });
}

async function main() {
  let text = '';
  for await (const part of process.stdin) text += part;
  const found = [];
  for (const [index, one] of JSON.parse(text).entries()) {
    try {
      const server = await started(index, one);
      const answers = [];
      for (const [method, path] of one.requests) answers.push(await ask(server.address().port, method, path));
      server.close();
      found.push(answers);
    } catch (error) {
      found.push(`${error.name}: ${error.message}`);
    }
  }
  console.log(JSON.stringify(found));
}

main();
