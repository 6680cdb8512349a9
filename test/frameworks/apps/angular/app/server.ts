import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AngularNodeAppEngine, createNodeRequestHandler, writeResponseToNodeResponse } from '@angular/ssr/node';

const engine = new AngularNodeAppEngine();
const browserFiles = fileURLToPath(new URL('../browser', import.meta.url));

export const reqHandler = createNodeRequestHandler(async (request, response) => {
  const file = join(browserFiles, new URL(request.url ?? '/', 'http://localhost').pathname);
  if (existsSync(file) && statSync(file).isFile()) {
    response.setHeader('content-type', 'text/javascript');
    createReadStream(file).pipe(response);
    return;
  }
  const rendered = await engine.handle(request);
  if (rendered) await writeResponseToNodeResponse(rendered, response);
  else response.writeHead(404).end();
});

if (process.env['PORT']) {
  createServer((request, response) => void reqHandler(request, response))
    .listen(Number(process.env['PORT']), '127.0.0.1');
}
