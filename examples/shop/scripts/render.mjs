// Fills the templates of config/ with what was provisioned; a name that nobody gave a value is an error, not an empty string.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { dataFolder, orFail, readJson, release, releaseFolder, root, stateFile, writeAtomically } from './places.mjs';

await orFail(async () => {
  const ports = readJson(stateFile).releases[release]?.ports;
  if (ports === undefined) throw new Error(`Release ${release} is not provisioned.`);
  const values = {
    api_port: ports.api,
    web_port: ports.web,
    currency: process.env.SHOP_CURRENCY ?? 'EUR',
    data: dataFolder,
    release: releaseFolder,
  };
  const folder = path.join(root, 'config');
  for (const template of readdirSync(folder).filter((name) => name.endsWith('.template'))) {
    const text = readFileSync(path.join(folder, template), 'utf8').replace(/\{\{(\w+)\}\}/g, (_, name) => {
      if (values[name] === undefined) throw new Error(`config/${template}: nothing is known of ${name}.`);
      return JSON.stringify(values[name]).replace(/^"|"$/g, '');
    });
    const name = template.replace('.template', '');
    writeAtomically(path.join(releaseFolder, name), JSON.stringify(JSON.parse(text), undefined, 2));
    console.log(`${name} rendered`);
  }
});
