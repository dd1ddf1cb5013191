import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { pause } from '../core/pause.ts';
import { ok } from '../core/result.ts';
import {
  defineTask,
  duration,
  path,
  text,
  type ExecResult,
  type StepContext,
  type TaskResult,
} from '../core/task-type.ts';
import { writeText } from './shared/files.ts';
import { reachable } from './shared/kubernetes/checks.ts';
import { refuse, toolFailure } from './shared/tool.ts';
import { milliseconds } from './shared/until.ts';

const SCRIPT = 'https://get.k3s.io';
/** Where a K3s server writes its kubeconfig, readable by root alone. */
const OWN_KUBECONFIG = '/etc/rancher/k3s/k3s.yaml';

const parameters = z.strictObject({
  action: z
    .enum(['check', 'install', 'uninstall'])
    .meta({
      description:
        '`check` looks whether the node is there and answers; `install` installs it where it is not; `uninstall` removes it.',
    })
    .default('check'),
  version: text('Version to install: `v1.34.1+k3s1`. Default: the stable one.').optional(),
  args: z.array(z.string()).meta({ description: 'Arguments of the server: `--disable=traefik`.' }).default([]),
  script: path('file', 'The install script, where it is not to be fetched from get.k3s.io.').optional(),
  source: path('file', 'The node’s own kubeconfig.').default(OWN_KUBECONFIG),
  kubeconfig: path('any', 'File that the kubeconfig is written to. Default: `.code/k3s.kubeconfig`.').optional(),
  wait: duration('How long to wait until the node answers.').default('3m'),
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  kubeconfig: z.string().meta({ description: 'Path of a kubeconfig that its owner alone may read.' }),
  version: z.string().meta({ description: 'Version that the API server gives.' }),
});
type Outputs = z.output<typeof outputs>;

/** K3s: Kubernetes in one program on this Linux. https://docs.k3s.io/quick-start */
export const k3s = defineTask({
  type: 'k3s',
  category: 'orchestration',
  systems: ['K3s'],
  summary: 'Check or install a node on this Linux, and write a kubeconfig for it.',
  docs: 'https://docs.k3s.io/quick-start',
  licence: 'Apache-2.0',
  class: 'io',
  requires: [
    {
      anyOf: ['k3s'],
      version: '>=1.24.0',
      probe: ['--version'],
      licence: 'Apache-2.0',
      install: { any: 'A task with `action: install`, or https://docs.k3s.io/quick-start' },
      optional: true,
    },
  ],
  parameters,
  outputs,
  examples: [
    { title: 'Check the node of this machine', with: {} },
    { title: 'Install one without its ingress', with: { action: 'install', args: ['--disable=traefik'] } },
  ],
  needs: (p) => (p.action === 'check' ? ['k3s'] : []),
  execution: { kind: 'steps', run },
  async probe(p, context) {
    const answers = await reachable({ kubeconfig: p.source }, context);
    return answers.ok === (p.action !== 'uninstall') ? 'done' : 'not-done';
  },
});

async function run(p: Parameters, context: StepContext): Promise<TaskResult<Outputs>> {
  if (p.action === 'uninstall') return uninstall(p, context);
  const isThere = existsSync(p.source) || (await context.which('k3s')) !== undefined;
  if (!isThere && p.action === 'check') {
    return refuse('missing', `There is no K3s node on this machine: neither the program k3s nor ${p.source}.`, {
      next: 'Install one with `action: install`, or see https://docs.k3s.io/quick-start',
    });
  }
  if (p.action === 'install' && isThere) context.log('K3s is installed already; it is kept as it is.');
  if (p.action === 'install' && !isThere) {
    const installed = await install(p, context);
    if (!installed.ok) return installed;
  }
  const file = await copyKubeconfig(p, context);
  if (!file.ok) return file;
  const version = await untilAnswers(p, file.value, context);
  return version.ok ? ok({ kubeconfig: file.value, version: version.value }) : version;
}

/** As root, or by sudo where it asks for no password: nobody is there to type one. */
async function asRoot(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  context: StepContext,
  capture = false,
): Promise<ExecResult> {
  const [program = '', ...rest] = args;
  if (process.getuid?.() === 0) return context.exec({ kind: 'argv', program, args: rest, env }, { capture });
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return context.exec({ kind: 'argv', program: 'sudo', args: ['-n', ...variables, program, ...rest] }, { capture });
}

async function install(p: Parameters, context: StepContext): Promise<TaskResult<void>> {
  const script = p.script === undefined ? await fetchScript(context) : ok(resolve(context.cwd, p.script));
  if (!script.ok) return script;
  const env = {
    // Quotes keep an argument with a blank together in the script's own shell.
    INSTALL_K3S_EXEC: ['server', ...p.args]
      .map((arg) => (/^[\w./:=,@-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`))
      .join(' '),
    ...(p.version === undefined ? {} : { INSTALL_K3S_VERSION: p.version }),
  };
  const result = await asRoot(['sh', script.value], env, context);
  if (result.exitCode === 0) return ok(undefined);
  const rights = /a password is required|not allowed|permission denied/i.test(result.stderr);
  return toolFailure(
    result,
    'K3s cannot be installed',
    rights ? { kind: 'denied', next: 'Installing needs root: run as root, or allow sudo without a password.' } : {},
  );
}

async function fetchScript(context: StepContext): Promise<TaskResult<string>> {
  const file = join(context.stateDir, 'install-k3s.sh');
  try {
    const answer = await fetch(SCRIPT, { signal: context.signal });
    if (!answer.ok)
      return refuse('unreachable', `${SCRIPT} answered ${answer.status}.`, { next: 'Give the script with `script`.' });
    await mkdir(context.stateDir, { recursive: true });
    await writeFile(file, await answer.text(), { mode: 0o700 });
    return ok(file);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return refuse('unreachable', `The install script cannot be fetched from ${SCRIPT}.`, {
      next: 'Check the network, or give the script with `script`.',
      detail,
    });
  }
}

async function copyKubeconfig(p: Parameters, context: StepContext): Promise<TaskResult<string>> {
  const file =
    p.kubeconfig === undefined ? join(context.root, '.code', 'k3s.kubeconfig') : resolve(context.cwd, p.kubeconfig);
  const text = await readFile(p.source, 'utf8').catch(() => undefined);
  const read = text === undefined ? await asRoot(['cat', p.source], {}, context, true) : undefined;
  if (read !== undefined && read.exitCode !== 0) {
    return toolFailure(read, `The kubeconfig ${p.source} cannot be read`, {
      kind: 'denied',
      next: 'Only root may read it: run as root, allow sudo without a password, or start K3s with --write-kubeconfig-mode.',
    });
  }
  const written = await writeText(file, text ?? read?.stdout ?? '', 'the kubeconfig', 0o600);
  return written.ok ? ok(file) : written;
}

async function untilAnswers(p: Parameters, kubeconfig: string, context: StepContext): Promise<TaskResult<string>> {
  const waitMs = milliseconds(p.wait, 'wait');
  if (!waitMs.ok) return waitMs;
  const until = Date.now() + waitMs.value;
  for (;;) {
    const answers = await reachable({ kubeconfig }, context);
    if (answers.ok) return ok(answers.value.version);
    if (Date.now() > until || context.signal.aborted) return answers;
    await pause(1000, context.signal);
  }
}

async function uninstall(p: Parameters, context: StepContext): Promise<TaskResult<Outputs>> {
  const script = await context.which('k3s-uninstall.sh');
  if (script === undefined) {
    context.log('K3s is not installed: nothing to remove.');
    return ok({ kubeconfig: '', version: '' });
  }
  const result = await asRoot([script], {}, context);
  return result.exitCode === 0 ? ok({ kubeconfig: '', version: '' }) : toolFailure(result, 'K3s cannot be removed');
}
