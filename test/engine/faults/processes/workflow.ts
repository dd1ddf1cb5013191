/** A random workflow of real tasks, each of which writes into one ledger when it begins and when it ends. */
import type { RunOptions } from '../../../../src/engine/options.ts';
import type { Random } from '../random.ts';

export interface RealTask {
  readonly name: string;
  /** -1: of `finally`. */
  readonly stage: number;
  readonly lock: string | undefined;
  readonly needs: readonly string[];
}

export interface RealWorkflow {
  readonly yaml: string;
  readonly tasks: readonly RealTask[];
  readonly graph: boolean;
  readonly options: Partial<RunOptions>;
  readonly hasSecret: boolean;
}

export const SECRET = 'harness-S3cret/value+17';

const KINDS = ['plain', 'plain', 'plain', 'fresh', 'stubborn', 'flaky', 'loud', 'hosted'] as const;

export function realWorkflow(random: Random): RealWorkflow {
  const graph = random.chance(0.3);
  const hasSecret = random.chance(0.4);
  const tasks: RealTask[] = [];
  const lines: string[] = [`schedule: ${graph ? 'graph' : 'stages'}`];
  if (hasSecret) lines.push('secrets: [HARNESS_SECRET]');
  lines.push('parallel_deployment:');
  const stages = random.int(1, 3);
  for (let stage = 0; stage < stages; stage++) {
    lines.push(`  s${stage}:`);
    for (let i = random.int(1, 3); i > 0; i--) lines.push(...task(random, stage, tasks, hasSecret));
  }
  if (random.chance(0.5)) {
    lines.push('finally:');
    lines.push(...task(random, -1, tasks, hasSecret).map((line) => line.slice(2)));
  }
  const options: Partial<RunOptions> = {
    graceMs: random.pick([100, 400]),
    onUnknown: 'rerun',
    onAlive: random.pick(['end', 'adopt']),
    failFast: random.chance(0.2),
  };
  return { yaml: `${lines.join('\n')}\n`, tasks, graph, options, hasSecret };
}

function task(random: Random, stage: number, tasks: RealTask[], hasSecret: boolean): string[] {
  const name = stage < 0 ? 'tidy' : `t${tasks.length}`;
  const earlier = tasks.filter((other) => other.stage >= 0);
  const needs = stage >= 0 && earlier.length > 0 && random.chance(0.4) ? [random.pick(earlier).name] : [];
  const lock = random.chance(0.2) ? random.pick(['left', 'right']) : undefined;
  const kind = random.pick(KINDS);
  tasks.push({ name, stage, lock, needs });
  return [
    `    - task: ${name}`,
    ...(needs.length > 0 ? [`      depends_on: [${needs.join(', ')}]`] : []),
    ...(lock === undefined ? [] : [`      resources: { lock: harness-${lock} }`]),
    ...(kind === 'flaky' ? ['      retry: { attempts: 3, delay: 50ms }'] : []),
    ...(kind === 'hosted'
      ? ['      type: falco', '      with: { rules: [rules.yaml] }']
      : [
          '      type: shell',
          '      with:',
          '        run: |',
          ...script(random, kind, hasSecret).map((line) => `          ${line}`),
        ]),
  ];
}

function script(random: Random, kind: (typeof KINDS)[number], hasSecret: boolean): string[] {
  const seconds = (random.pick([0, 5, 60, 250]) / 1000).toFixed(3);
  return [
    ...(kind === 'stubborn' ? ["trap '' TERM"] : []),
    'echo "begin $CODE_RUN_ID $CODE_TASK $CODE_ATTEMPT" >> "$LEDGER"',
    ...(hasSecret ? ['echo "the secret is $HARNESS_SECRET"'] : []),
    ...(kind === 'loud' ? ['head -c 100000 /dev/zero | tr "\\0" x'] : []),
    ...(kind === 'flaky' ? ['test "$CODE_ATTEMPT" -ge 2'] : []),
    kind === 'fresh' ? `sleep ${seconds} & wait` : `sleep ${seconds}`,
    'echo "end $CODE_RUN_ID $CODE_TASK $CODE_ATTEMPT" >> "$LEDGER"',
  ];
}

/** Stands in for the tool of the `hosted` tasks: a program that a task host starts. */
export const FAKE_FALCO = `#!/bin/sh
echo "begin $CODE_RUN_ID $CODE_TASK $CODE_ATTEMPT" >> "$LEDGER"
sleep 0.1
echo "end $CODE_RUN_ID $CODE_TASK $CODE_ATTEMPT" >> "$LEDGER"
echo '{"falco_load_results":[{"name":"rules.yaml","successful":true,"errors":[],"warnings":[]}]}'
`;
