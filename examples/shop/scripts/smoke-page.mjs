// Asks for the page as a browser would, then for every script and style that it names.
import path from 'node:path';
import { orFail, readJson, releaseFolder } from './places.mjs';

await orFail(async () => {
  const { port } = readJson(path.join(releaseFolder, 'web.json'));
  const address = `http://127.0.0.1:${port}/`;
  const html = await (await fetch(address)).text();
  const assets = [...html.matchAll(/(?:src|href)="([^":]+\.(?:js|css))"/g)].map(([, name]) => name);
  if (assets.length < 2)
    throw new Error(`The page names ${assets.length} assets; it should have a script and a style.`);
  for (const name of assets) {
    const response = await fetch(new URL(name, address));
    const body = await response.text();
    if (!response.ok || body.length === 0) throw new Error(`${name}: ${response.status}, ${body.length} characters`);
    console.log(
      `${name}: ${response.status}, ${body.length} characters, ${response.headers.get('content-encoding') ?? 'plain'}`,
    );
  }
});
