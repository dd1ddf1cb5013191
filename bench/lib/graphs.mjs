// Task graphs of four shapes, and the same graph in each contender's own words.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, peers } from './place.mjs';

/** A small generator of our own, so that every contender and every run gets the same "random" graph. */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const LAYER = 50;

/** @returns {{name:string, needs:string[], layer?:number, command:string}[]}; a layer waits for the whole layer before it */
export function graph(shape, count, command = () => 'true') {
  const random = numbers(7);
  const name = (index) => `t${index}`;
  return Array.from({ length: count }, (_, index) => {
    const task = { name: name(index), needs: [], command: command(index) };
    switch (shape) {
      case 'flat':
        return task;
      case 'chain':
        return { ...task, needs: index === 0 ? [] : [name(index - 1)] };
      case 'layers':
        return { ...task, layer: Math.floor(index / LAYER) };
      case 'random': {
        const before = new Set();
        for (let edge = 0; edge < Math.min(3, index); edge++) before.add(Math.floor(random() * index));
        return { ...task, needs: [...before].map(name) };
      }
      default:
        throw new Error(`no such shape: ${shape}`);
    }
  });
}

const layersOf = (tasks) => {
  const layers = new Map();
  for (const task of tasks) layers.set(task.layer ?? 0, [...(layers.get(task.layer ?? 0) ?? []), task]);
  return [...layers].sort((a, b) => a[0] - b[0]);
};
const quoted = (text) => JSON.stringify(text);

function ours(folder, tasks, jobs) {
  const lines = ['name: bench', `limits: { io: ${jobs}, cpu: ${jobs} }`, 'parallel_deployment:'];
  for (const [layer, members] of layersOf(tasks)) {
    lines.push(`  stage_${layer}:`);
    for (const { name, needs, command } of members) {
      lines.push(`    - task: ${name}`, '      type: shell', `      with: { run: ${quoted(command)} }`);
      if (needs.length > 0) lines.push(`      depends_on: [${needs.join(', ')}]`);
    }
  }
  writeFileSync(join(folder, 'bench.code.yaml'), `${lines.join('\n')}\n`);
  return [process.execPath, cli, 'run', join(folder, 'bench.code.yaml'), '--jobs', String(jobs), '--quiet'];
}

function ninja(folder, tasks, jobs) {
  const lines = ['rule r', '  command = $c', ''];
  const layers = layersOf(tasks);
  for (const [layer, members] of layers) {
    for (const { name, needs, command } of members) {
      const after = layer > 0 ? [`layer${layer - 1}`] : needs;
      lines.push(
        `build ${name}: r${after.length > 0 ? ` || ${after.join(' ')}` : ''}`,
        `  c = ${command.replaceAll('$', '$$')}`,
      );
    }
    if (layers.length > 1) lines.push(`build layer${layer}: phony ${members.map(({ name }) => name).join(' ')}`);
  }
  lines.push(`build all: phony ${tasks.map(({ name }) => name).join(' ')}`, 'default all', '');
  writeFileSync(join(folder, 'build.ninja'), lines.join('\n'));
  return ['ninja', '-C', folder, '-j', String(jobs), '--quiet'];
}

function make(folder, tasks, jobs) {
  const layers = layersOf(tasks);
  const lines = [
    `.PHONY: all ${tasks.map(({ name }) => name).join(' ')}`,
    `all: ${tasks.map(({ name }) => name).join(' ')}`,
  ];
  for (const [layer, members] of layers) {
    for (const { name, needs, command } of members) {
      const after = layer > 0 ? [`layer${layer - 1}`] : needs;
      lines.push(`${name}: ${after.join(' ')}`, `\t@${command.replaceAll('$', '$$$$')}`);
    }
    if (layers.length > 1)
      lines.push(`.PHONY: layer${layer}`, `layer${layer}: ${members.map(({ name }) => name).join(' ')}`);
  }
  writeFileSync(join(folder, 'Makefile'), `${lines.join('\n')}\n`);
  return ['make', '-C', folder, '-j', String(jobs), '-s'];
}

/** Peers from npm know dependencies and no layers, so a layer's tasks name all of the layer before. */
function withEdges(tasks) {
  const names = new Map(layersOf(tasks).map(([layer, members]) => [layer, members.map(({ name }) => name)]));
  return tasks.map((task) => ({
    ...task,
    needs: task.layer === undefined ? task.needs : (names.get(task.layer - 1) ?? []),
  }));
}

function linkPeers(folder) {
  symlinkSync(join(peers(), 'node_modules'), join(folder, 'node_modules'));
}

function wireit(folder, tasks, jobs) {
  linkPeers(folder);
  const all = withEdges(tasks);
  const scripts = Object.fromEntries([...all, { name: 'all' }].map(({ name }) => [name, 'wireit']));
  const settings = Object.fromEntries(all.map(({ name, needs, command }) => [name, { command, dependencies: needs }]));
  settings.all = { dependencies: all.map(({ name }) => name) };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'bench', scripts, wireit: settings }));
  return ['env', `WIREIT_PARALLEL=${jobs}`, 'WIREIT_CACHE=none', 'npm', 'run', '--silent', 'all'];
}

function nx(folder, tasks, jobs) {
  linkPeers(folder);
  const all = withEdges(tasks);
  const targets = Object.fromEntries(
    all.map(({ name, needs, command }) => [
      name,
      { executor: 'nx:run-commands', cache: false, dependsOn: needs, options: { command } },
    ]),
  );
  targets.all = { executor: 'nx:noop', cache: false, dependsOn: all.map(({ name }) => name) };
  writeFileSync(join(folder, 'package.json'), '{"name":"bench","private":true}');
  writeFileSync(join(folder, 'nx.json'), JSON.stringify({ analytics: false, neverConnectToCloud: true }));
  writeFileSync(join(folder, 'project.json'), JSON.stringify({ name: 'bench', root: '.', targets }));
  const quiet = [
    'NX_DAEMON=false',
    'NX_TUI=false',
    'CI=true',
    'NX_SKIP_NX_CACHE=true',
    `NX_WORKSPACE_DATA_DIRECTORY=${folder}/.nx`,
  ];
  return [
    'env',
    ...quiet,
    join(folder, 'node_modules', '.bin', 'nx'),
    'run',
    'bench:all',
    `--parallel=${jobs}`,
    '--output-style=static',
  ];
}

function turbo(folder, tasks, jobs) {
  linkPeers(folder);
  const all = withEdges(tasks);
  const scripts = Object.fromEntries(all.map(({ name, command }) => [name, command]));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'bench', private: true, packageManager: 'npm@10.8.2', workspaces: ['p'] }),
  );
  writeFileSync(
    join(folder, 'package-lock.json'),
    JSON.stringify({
      name: 'bench',
      lockfileVersion: 3,
      packages: {
        '': { name: 'bench', workspaces: ['p'] },
        p: { name: 'p', version: '1.0.0' },
        'node_modules/p': { resolved: 'p', link: true },
      },
    }),
  );
  mkdirSync(join(folder, 'p'));
  writeFileSync(
    join(folder, 'p', 'package.json'),
    JSON.stringify({ name: 'p', version: '1.0.0', scripts: { ...scripts, all: 'true' } }),
  );
  const turboTasks = Object.fromEntries(all.map(({ name, needs }) => [name, { cache: false, dependsOn: needs }]));
  turboTasks.all = { cache: false, dependsOn: all.map(({ name }) => name) };
  writeFileSync(join(folder, 'turbo.json'), JSON.stringify({ tasks: turboTasks }));
  const quiet = ['TURBO_TELEMETRY_DISABLED=1', 'DO_NOT_TRACK=1'];
  return [
    'env',
    ...quiet,
    join(folder, 'node_modules', '.bin', 'turbo'),
    'run',
    'all',
    `--concurrency=${jobs}`,
    '--output-logs=none',
    '--no-daemon',
    '--no-update-notifier',
    '--dangerously-disable-package-manager-check',
  ];
}

/** By name: writes the graph into an empty folder in the contender's own form and gives the command that runs it. */
export const contenders = { ours, ninja, make, wireit, nx, turbo };
