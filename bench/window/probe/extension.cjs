// Measures inside of the extension host, which has one thread for all extensions: what ours takes of its time and memory.
const { writeFileSync } = require('node:fs');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const v8 = require('node:v8');
const vm = require('node:vm');
const vscode = require('vscode');

v8.setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc');
const MB = 1024 * 1024;

/** What is held after everything that can go has gone. */
async function held() {
  for (let n = 0; n < 3; n++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heldMb: (heapUsed + external) / MB, rssMb: rss / MB };
}

async function activation(id) {
  const extension = vscode.extensions.getExtension(id);
  const started = performance.now();
  await extension.activate();
  return performance.now() - started;
}

/** The longest time that the thread was not free, over so many milliseconds. */
async function blocks(overMs, work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await work();
  await new Promise((resolve) => setTimeout(resolve, overMs));
  delay.disable();
  return { longestMs: delay.max / 1e6, p999Ms: delay.percentile(99.9) / 1e6 };
}

exports.activate = (context) => {
  context.subscriptions.push(
    vscode.commands.registerCommand('code-bench.measure', async () => {
      const out = vscode.workspace.getConfiguration('code-bench').get('out');
      const idle = await blocks(3000, async () => undefined);
      const emptyMs = await activation('code-bench.empty');
      const before = await held();
      const oursMs = await activation('code-engine.claude-optimized-deployment-engine');
      const active = await held();
      const list = await blocks(4000, () => vscode.commands.executeCommand('code.runs.focus'));
      const listed = await held();
      const follow = await blocks(8000, () => vscode.commands.executeCommand('code.openMonitor', { runId: large() }));
      const followed = await held();
      writeFileSync(out, JSON.stringify({ idle, emptyMs, oursMs, before, active, list, listed, follow, followed }));
    }),
  );
};

const large = () => vscode.workspace.getConfiguration('code-bench').get('run');
