import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { failureFrom } from '../core/failure.ts';
import { err, ok } from '../core/result.ts';
import { defineTask, text, type StepContext, type TaskResult } from '../core/task-type.ts';
import { openTool, toolAndCluster, type ClusterTool } from './shared/cluster-tool.ts';
import { applySet } from './shared/kubernetes/actions.ts';
import { rollback as undo } from './shared/kubernetes/checks.ts';
import { asKubernetes, drivenParameters } from './shared/kubernetes/driven.ts';
import { listAt, numberAt, textAt } from './shared/kubernetes/objects.ts';
import { jsonFrom, refuse, toolFailure } from './shared/tool.ts';
import { milliseconds } from './shared/until.ts';

const INSTALL = 'Install the linkerd command line: https://linkerd.io/2/getting-started/#step-1-install-the-cli';

const parameters = z.strictObject({
  action: z
    .enum(['check', 'install', 'inject', 'gate'])
    .meta({
      description:
        '`check` checks the control plane; `install` installs or upgrades it; `inject` applies manifests with the proxy; `gate` holds the success rate of workloads against a limit.',
    })
    .default('check'),
  proxy: z.boolean().meta({ description: 'For `check`: check the proxies of the namespace, too.' }).default(false),
  workload: text('For `gate`: what is looked at, `deploy/web`. Default: all deployments of the namespace.').default(
    'deploy',
  ),
  success_rate: z
    .number()
    .min(0)
    .max(1)
    .meta({ description: 'For `gate`: the least share of requests that succeed.' })
    .default(0.99),
  window: text('For `gate`: how far back it looks.').default('1m'),
  ...drivenParameters,
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  checks: z
    .array(z.strictObject({ category: z.string(), check: z.string(), result: z.string(), error: z.string() }))
    .meta({ description: 'Each check, with `success`, `warning` or `error`.' }),
  success_rates: z
    .record(z.string(), z.number())
    .meta({ description: 'For `gate`: the success rate of each workload that had requests.' }),
});
type Outputs = z.output<typeof outputs>;

/** Linkerd: checked, installed, injected, and its success rates as a gate. https://linkerd.io/2/reference/cli/ */
export const linkerd = defineTask({
  type: 'linkerd',
  category: 'mesh',
  systems: ['Linkerd'],
  summary: 'Check or install the mesh, apply manifests with its proxy, or hold success rates against a limit.',
  docs: 'https://linkerd.io/2/reference/cli/',
  licence: 'Apache-2.0',
  class: 'io',
  requires: [
    {
      anyOf: ['linkerd'],
      version: '>=2.12.0 || >=22.0.0',
      probe: ['version', '--client', '--short'],
      versionPattern: '(?:stable|edge|enterprise)-(\\d+\\.\\d+\\.\\d+)',
      licence: 'Apache-2.0',
      install: { macos: 'brew install linkerd', any: 'https://linkerd.io/2/getting-started/' },
    },
  ],
  parameters,
  outputs,
  examples: [
    { title: 'Check the mesh', with: {} },
    {
      title: 'Apply the manifests with the proxy in them',
      with: { action: 'inject', manifests: 'k8s', namespace: 'shop' },
    },
    {
      title: 'Stop where less than 99.5 % of requests succeed',
      with: { action: 'gate', namespace: 'shop', workload: 'deploy/web', success_rate: 0.995 },
    },
  ],
  preflight: (p, context) => toolAndCluster('linkerd', INSTALL, p, context),
  execution: { kind: 'steps', run },
  // What install and inject applied is taken back as the `kubernetes` type does it.
  rollback: (p, _outputs, context) =>
    undo({ ...asKubernetes({ ...p, manifests: undefined }), wait: false }, {}, context),
});

async function run(p: Parameters, context: StepContext): Promise<TaskResult<Outputs>> {
  const opened = await openTool('linkerd', INSTALL, p, context);
  if (!opened.ok) return opened;
  const tool = opened.value;
  switch (p.action) {
    case 'check':
      return check(p, tool, context);
    case 'install':
      return install(p, tool, context);
    case 'inject':
      return inject(p, tool, context);
    case 'gate':
      return gate(p, tool, context);
  }
}

async function check(
  p: Parameters,
  tool: ClusterTool,
  context: StepContext,
  pre = false,
): Promise<TaskResult<Outputs>> {
  const timeoutMs = milliseconds(p.timeout, 'timeout');
  if (!timeoutMs.ok) return timeoutMs;
  const args = [
    ...['check', '--output', 'json'],
    ...(pre ? ['--pre'] : ['--wait', `${timeoutMs.value}ms`]),
    ...(p.proxy ? ['--proxy', ...(p.namespace === undefined ? [] : ['--namespace', p.namespace])] : []),
  ];
  const result = await tool.run(args, { capture: true });
  const said = jsonFrom(result, 'linkerd check');
  if (!said.ok) return toolFailure(result, 'linkerd check failed');
  const checks = listAt(said.value, 'categories').flatMap((category) =>
    listAt(category, 'checks').map((one) => ({
      category: textAt(category, 'categoryName') ?? '',
      check: textAt(one, 'description') ?? '',
      result: textAt(one, 'result') ?? '',
      error: textAt(one, 'error') ?? '',
      hint: textAt(one, 'hint') ?? '',
    })),
  );
  for (const one of checks)
    if (one.result !== 'success') context.warn(`${one.category}: ${one.check}: ${one.result}: ${one.error}`);
  const bad = checks.filter((one) => one.result === 'error');
  const [first] = bad;
  if (first === undefined) return ok({ checks: checks.map(({ hint: _hint, ...one }) => one), success_rates: {} });
  const more = bad.length === 1 ? '' : ` (and ${bad.length - 1} more)`;
  return refuse(
    'tool',
    `${first.category}: ${first.check}: ${first.error}${more}`,
    first.hint === '' ? {} : { next: `See ${first.hint}` },
  );
}

/** Both halves are rendered by the tool and applied as the `kubernetes` type applies: with conflicts, waiting and a way back. */
async function install(p: Parameters, tool: ClusterTool, context: StepContext): Promise<TaskResult<Outputs>> {
  const ready = await check(p, tool, context, true);
  if (!ready.ok) return ready;
  for (const [name, args] of [
    ['crds', ['install', '--crds']],
    ['control-plane', ['install']],
  ] as const) {
    const rendered = await tool.run(args, { capture: true });
    if (rendered.exitCode !== 0) return toolFailure(rendered, `linkerd ${args.join(' ')} failed`);
    const applied = await applyText(p, rendered.stdout, name, context);
    if (!applied.ok) return applied;
  }
  return check(p, tool, context);
}

async function inject(p: Parameters, tool: ClusterTool, context: StepContext): Promise<TaskResult<Outputs>> {
  const files = typeof p.manifests === 'string' ? [p.manifests] : (p.manifests ?? []);
  if (files.length === 0) return refuse('missing', 'There is nothing to inject: `manifests` names no files.');
  for (const [index, file] of files.entries()) {
    const rendered = await tool.run(['inject', resolve(context.cwd, file)], { capture: true });
    if (rendered.exitCode !== 0) return toolFailure(rendered, `linkerd inject ${file} failed`);
    const applied = await applyText(p, rendered.stdout, `injected-${index}`, context);
    if (!applied.ok) return applied;
  }
  return ok({ checks: [], success_rates: {} });
}

/** The text may hold keys of the mesh: it lies in a private file, and only as long as it is applied. */
async function applyText(p: Parameters, text: string, name: string, context: StepContext): Promise<TaskResult<void>> {
  const file = join(context.stateDir, `linkerd-${name}.yaml`);
  try {
    await mkdir(context.stateDir, { recursive: true });
    await writeFile(file, text, { mode: 0o600 });
    const applied = await applySet(
      { ...asKubernetes({ ...p, manifests: file }), wait: p.wait, wait_timeout: p.timeout },
      context,
    );
    return applied.ok ? ok(undefined) : applied;
  } catch (error) {
    return err(failureFrom(error, `write ${file}`));
  } finally {
    await writeFile(file, '', { mode: 0o600 }).catch(() => undefined);
  }
}

async function gate(p: Parameters, tool: ClusterTool, context: StepContext): Promise<TaskResult<Outputs>> {
  const place = p.namespace === undefined ? [] : ['--namespace', p.namespace];
  const result = await tool.run(['viz', 'stat', p.workload, '--output', 'json', '--time-window', p.window, ...place], {
    capture: true,
  });
  if (result.exitCode !== 0)
    return toolFailure(result, 'linkerd viz stat failed', {
      next: 'Is the viz extension installed? `linkerd viz check`',
    });
  const said = jsonFrom(result, 'linkerd viz stat');
  if (!said.ok) return said;
  const rows = Array.isArray(said.value) ? (said.value as unknown[]) : [];
  const rates = Object.fromEntries(
    rows.flatMap((row) => {
      const rate = numberAt(row, 'success');
      const name = `${textAt(row, 'namespace') ?? ''}/${textAt(row, 'name') ?? ''}`;
      return rate === undefined ? [] : [[name, rate] as const];
    }),
  );
  for (const [name, rate] of Object.entries(rates))
    context.log(`${name}: ${(rate * 100).toFixed(2)} % of requests succeed`);
  if (Object.keys(rates).length === 0) {
    return refuse(
      'tool',
      `No requests to ${p.workload} were seen within ${p.window}: there is no success rate to judge by.`,
      { next: 'Send it requests, or look further back with `window`.' },
    );
  }
  const low = Object.entries(rates).filter(([, rate]) => rate < p.success_rate);
  const [worst] = low.sort(([, a], [, b]) => a - b);
  if (worst === undefined) return ok({ checks: [], success_rates: rates });
  return {
    ok: false,
    failure: {
      kind: 'tool',
      message: `${worst[0]}: ${(worst[1] * 100).toFixed(2)} % of requests succeed, ${(p.success_rate * 100).toFixed(2)} % are asked for.`,
      next: 'Look at its logs and at `linkerd viz tap`, or roll back.',
    },
  };
}
