// Asks applications in this process: reads cases from standard input, writes for each request whether a route answered.
const http = require('http');
const Module = require('module');

function load(index, source) {
  const loaded = new Module(`case${index}.js`, null);
  loaded.paths = [process.env.NODE_PATH];
  loaded._compile(source, `case${index}.js`);
  return loaded.exports;
}

function ask(port, method, path) {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, method, path, host: '127.0.0.1' }, (answer) => {
      let text = '';
      answer.on('data', (part) => (text += part));
      answer.on('end', () => resolve(answer.statusCode === 200 && text === 'yes' ? 1 : 0));
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
      const app = load(index, one.source);
      const server = await new Promise((resolve) => {
        const started = app.listen(0, '127.0.0.1', () => resolve(started));
      });
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
