// The language server over its pipes, a file of many tasks: opening until the fault in the first task is shown and until the one in the
// last is too, one edit in the middle until its diagnostics are there, completion.
import { spawn } from 'node:child_process';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';

const SIZES = [1000, 10_000];
const EDITS = 200;

/** Stages of 100 tasks, each of which waits for the one before it in its stage. */
function workflow(tasks) {
  const lines = ['name: bench', 'inputs:', '  replicas: { type: number, default: 2 }', 'parallel_deployment:'];
  for (let i = 0; i < tasks; i++) {
    if (i % 100 === 0) lines.push(`  stage_${i / 100}:`);
    const type = i === 0 || i === tasks - 1 ? 'shel' : 'shell';
    lines.push(`    - task: task_${i}`, `      type: ${type}`, '      timeout: 30s');
    if (i % 100 > 0) lines.push(`      depends_on: [task_${i - 1}]`);
    lines.push('      with: { run: "echo ${{ inputs.replicas }}" }');
  }
  return `${lines.join('\n')}\n`;
}

const quantile = (values, q) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];

async function measure(tasks) {
  const child = spawn(process.execPath, ['dist/cli.js', 'lsp', '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  let arrived = () => undefined;
  connection.onNotification('textDocument/publishDiagnostics', (shown) => arrived(shown));
  const published = (wanted) =>
    new Promise((resolve) => (arrived = ({ version }) => version === wanted && resolve(performance.now())));
  const faults = (least) =>
    new Promise(
      (resolve) => (arrived = ({ diagnostics }) => diagnostics.length >= least && resolve(performance.now())),
    );
  connection.listen();
  await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
  const uri = 'file:///tmp/code-bench/bench.code.yaml';
  const text = workflow(tasks);
  const timed = async (work) => {
    const started = performance.now();
    await work();
    return performance.now() - started;
  };
  const opened = performance.now();
  let shown = faults(1);
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'yaml', version: 1, text },
  });
  const firstFaultMs = (await shown) - opened;
  shown = faults(2);
  const allFaultsMs = (await shown) - opened;
  const line = text.split('\n').indexOf(`    - task: task_${tasks / 2}`) + 3;
  const edits = [];
  for (let i = 0; i < EDITS; i++) {
    // A letter of a command is written and taken away again.
    const range = { start: { line, character: 24 }, end: { line, character: i % 2 === 0 ? 24 : 25 } };
    const done = published(i + 2);
    const change = { textDocument: { uri, version: i + 2 }, contentChanges: [{ range, text: i % 2 === 0 ? 'x' : '' }] };
    edits.push(
      await timed(async () => {
        await connection.sendNotification('textDocument/didChange', change);
        await done;
      }),
    );
  }
  const ask = async (position) => {
    const times = [];
    for (let i = 0; i < 20; i++)
      times.push(
        await timed(() => connection.sendRequest('textDocument/completion', { textDocument: { uri }, position })),
      );
    return quantile(times, 0.5);
  };
  const figures = {
    firstFaultMs,
    allFaultsMs,
    editP50Ms: quantile(edits, 0.5),
    editP95Ms: quantile(edits, 0.95),
    typeCompletionMs: await ask({ line: line - 2, character: 12 }),
    dependencyCompletionMs: await ask({
      line: text.split('\n').indexOf(`    - task: task_${tasks / 2 + 1}`) + 3,
      character: 20,
    }),
  };
  await connection.sendRequest('shutdown');
  await connection.sendNotification('exit');
  connection.dispose();
  return figures;
}

export async function run({ rounds }) {
  const figures = {};
  for (const tasks of SIZES) {
    const all = [];
    for (let i = 0; i < rounds; i++) all.push(await measure(tasks));
    figures[tasks] = Object.fromEntries(
      Object.keys(all[0]).map((key) => [
        key,
        quantile(
          all.map((each) => each[key]),
          0.5,
        ),
      ]),
    );
    const shown = Object.entries(figures[tasks])
      .map(([key, ms]) => `${key} ${ms.toFixed(1)}`)
      .join(', ');
    console.log(`editor, ${tasks} tasks: ${shown}`);
  }
  return figures;
}
