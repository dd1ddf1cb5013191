// Controllers that make a cluster do more, on the test bed's node: Flux, Argo CD and Crossplane, each built once from its Go modules and
// run beside the cluster, with its own kinds in it.
//
//   node scripts/testbed/operators.mjs up [NAME…]    builds what is missing, installs the kinds, starts what is not running
//   node scripts/testbed/operators.mjs down [NAME…]  stops the controllers; their kinds go with the cluster
//   node scripts/testbed/operators.mjs status        whether all of them run, and which do
//
// Exit code 0 where all that was asked for run, 3 where one does not: why is said.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { argocd } from './operators/argocd.mjs';
import { crossplane } from './operators/crossplane.mjs';
import { flux } from './operators/flux.mjs';
import { kubeconfig, kubectl } from './shared/cluster.mjs';
import { goBuild } from './shared/go-build.mjs';
import { alive, startDaemon, stopDaemon, tail, until } from './shared/processes.mjs';
import { folder, readJson, say, writeJson } from './shared/store.mjs';

/**
 * Each has `family` (the Go module), `packages` (its commands), `install()` (its kinds and settings), and
 * `processes(dir, home)`: in order, each `{ name, program, args, env, ready }`; `ready` is a URL that answers.
 */
const operators = { flux, argocd, crossplane };
const stateOf = (name) => join(folder('run', name), 'state.json');
const runs = (name) => {
  const state = readJson(stateOf(name));
  return state !== undefined && Object.values(state.processes).every(alive) && state.cluster === clusterId();
};

/** A cluster that was begun anew has none of the kinds: its controllers belong to another one. */
function clusterId() {
  try {
    return kubectl(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}', '--request-timeout=5s']);
  } catch {
    return undefined;
  }
}

async function up(name) {
  if (runs(name)) return;
  const operator = operators[name];
  if (!existsSync(kubeconfig) || clusterId() === undefined)
    throw new Error('there is no cluster (node scripts/testbed/kubernetes.mjs up)');
  await down(name);
  const { dir, skipped } = goBuild(operator.family, operator.packages);
  if (skipped.length > 0) throw new Error(skipped.map((one) => `${one.name}: ${one.reason}`).join('; '));
  operator.install();
  const home = folder('run', name);
  const logs = join(home, 'logs');
  mkdirSync(logs, { recursive: true });
  const state = { cluster: clusterId(), processes: {} };
  for (const { name: part, program, args, env, ready } of await operator.processes(dir, home)) {
    state.processes[part] = startDaemon(part, program, args, { logs, env: { KUBECONFIG: kubeconfig, ...env } });
    writeJson(stateOf(name), state);
    const isUp = await until(async () => !alive(state.processes[part]) || (await answers(ready)), 120_000);
    if (isUp && alive(state.processes[part])) continue;
    await down(name);
    throw new Error(`${part} did not come up: ${tail(logs, part, 2)}`);
  }
  await operator.afterwards?.();
}

const answers = (url) =>
  url === undefined
    ? true
    : fetch(url).then(
        ({ ok }) => ok,
        () => false,
      );

async function down(name) {
  const state = readJson(stateOf(name));
  for (const identity of Object.values(state?.processes ?? {}).reverse()) await stopDaemon(identity);
}

const [action, ...named] = process.argv.slice(2);
const names = named.length === 0 ? Object.keys(operators) : named;
if (!['up', 'down', 'status'].includes(action) || names.some((name) => !(name in operators))) {
  console.error(`usage: operators.mjs up|down|status [${Object.keys(operators).join('|')}]…`);
  process.exit(2);
}
let lacking = 0;
for (const name of names) {
  try {
    if (action === 'up') await up(name);
    else if (action === 'down') await down(name);
    else if (!runs(name)) throw new Error('does not run');
  } catch (error) {
    lacking += 1;
    say(`${action === 'up' ? 'skipped: ' : ''}${name}: ${error.message}`);
  }
}
process.exit(lacking === 0 ? 0 : 3);
