// A small declarative step: compares what infra/shop.json asks for with what the state file says is there, does the difference, and
// writes the new state in one move.   node scripts/provision.mjs apply|plan|release
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import {
  dataFolder,
  home,
  orFail,
  output,
  readJson,
  release,
  releaseFolder,
  root,
  stateFile,
  writeAtomically,
} from './places.mjs';

const SIGNS = { create: '+', update: '~', delete: '-', 'no-op': '=' };

/** What is to be done, in order, for the difference between wish and state; nothing is touched. */
function plan(wish, state) {
  const steps = [];
  for (const folder of wish.folders) {
    const there = existsSync(path.join(home, folder));
    steps.push({ kind: there ? 'no-op' : 'create', what: `folder ${folder}`, folder });
  }
  const catalogue = JSON.stringify(wish.catalogue);
  const known = existsSync(path.join(dataFolder, 'catalogue.json')) ? state.catalogue : undefined;
  const change = known === undefined ? 'create' : known === catalogue ? 'no-op' : 'update';
  steps.push({ kind: change, what: `catalogue of ${Object.keys(wish.catalogue).length} products`, catalogue });
  for (const name of wish.ports) {
    const port = state.releases[release]?.ports[name];
    steps.push({ kind: port === undefined ? 'create' : 'no-op', what: `port for ${name}`, port: name });
  }
  steps.push({
    kind: existsSync(releaseFolder) ? 'no-op' : 'create',
    what: `release ${release}`,
    folder: `releases/${release}`,
  });
  return steps;
}

async function apply(wish, state) {
  const counts = { create: 0, update: 0, 'no-op': 0 };
  const own = (state.releases[release] ??= { ports: {} });
  for (const step of plan(wish, state)) {
    counts[step.kind]++;
    console.log(`${SIGNS[step.kind]} ${step.kind.padEnd(7)} ${step.what}`);
    if (step.kind === 'no-op') continue;
    if (step.folder !== undefined) mkdirSync(path.join(home, step.folder), { recursive: true });
    if (step.catalogue !== undefined) {
      writeAtomically(path.join(dataFolder, 'catalogue.json'), step.catalogue);
      state.catalogue = step.catalogue;
    }
    if (step.port !== undefined) own.ports[step.port] = await freePort(wish.portRange, state);
  }
  state.serial++;
  writeAtomically(stateFile, JSON.stringify(state, undefined, 2));
  for (const [name, port] of Object.entries(own.ports)) output(`${name}_port`, port);
  console.log(
    `${counts.create} created, ${counts.update} updated, ${counts['no-op']} as they should be (state ${state.serial})`,
  );
}

/** Nobody listens on it, and no other release has it; below the range that the system itself gives out. */
async function freePort([from, to], state) {
  const taken = new Set(Object.values(state.releases).flatMap(({ ports }) => Object.values(ports)));
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = from + Math.floor(Math.random() * (to - from + 1));
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`No free port between ${from} and ${to}.`);
}

const isFree = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** Gives up this release's ports and files; the catalogue and the data of others stay. */
function giveUp(state) {
  const had = state.releases[release] !== undefined;
  delete state.releases[release];
  state.serial++;
  writeAtomically(stateFile, JSON.stringify(state, undefined, 2));
  rmSync(releaseFolder, { recursive: true, force: true });
  console.log(`${SIGNS[had ? 'delete' : 'no-op']} release ${release} and its ports (state ${state.serial})`);
}

await orFail(async () => {
  mkdirSync(home, { recursive: true });
  const wish = readJson(path.join(root, 'infra', 'shop.json'));
  const state = readJson(stateFile, { serial: 0, releases: {} });
  const [verb] = process.argv.slice(2);
  if (verb === 'apply') await apply(wish, state);
  else if (verb === 'plan')
    for (const { kind, what } of plan(wish, state)) console.log(`${SIGNS[kind]} ${kind.padEnd(7)} ${what}`);
  else if (verb === 'release') giveUp(state);
  else throw new Error('provision.mjs takes apply, plan or release.');
});
