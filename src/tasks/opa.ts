import * as z from 'zod';
import { isObject } from '../core/json.ts';
import { ok, type Result } from '../core/result.ts';
import { defineTask, path, run, text, type StepContext, type TaskFailure } from '../core/task-type.ts';
import { documentsOf, filesFor } from './shared/policy-documents.ts';
import { sarifOf, type Finding } from './shared/sarif.ts';
import { concluded, scanOutputs, scanParameters } from './shared/scan.ts';
import { findTool, jsonFrom, refuse, toolFailure } from './shared/tool.ts';

/** Conftest reads more forms of files (HCL, Dockerfile, TOML, …); OPA alone is asked about YAML and JSON. */
const PROGRAMS = ['conftest', 'opa'] as const;

const parameters = z.strictObject({
  policy: path('folder', 'Folder with the policies (`*.rego`). Default: `policy/` or `policies/`.'),
  files: z.array(path('any', 'A file, a folder or a glob.')).min(1).meta({
    description:
      'What the policies are asked about: manifests, plans (`tofu show -json`), workflows. Default: the manifests of the workspace.',
  }),
  namespaces: z
    .array(text('A package.'))
    .min(1)
    .meta({ description: 'Packages whose rules `deny`, `violation` and `warn` are asked.' })
    .default(['main']),
  data: z
    .array(path('any', 'A file or folder.'))
    .meta({ description: 'Data that the policies use besides their input.' })
    .default([]),
  rego: z
    .enum(['v0', 'v1'])
    .meta({ description: 'Version of the policies’ language. Default: the tool’s own.' })
    .optional(),
  engine: z
    .enum(PROGRAMS)
    .meta({ description: 'Program to use. Default: Conftest where it is there, else OPA.' })
    .optional(),
  ...scanParameters,
});

type Parameters = z.output<typeof parameters>;

/** Open Policy Agent: rules of your own as a gate. `deny` and `violation` count as high, `warn` as medium. */
export const opa = defineTask({
  type: 'opa',
  aliases: ['conftest', 'policy'],
  category: 'security',
  systems: ['OPA', 'Conftest'],
  summary: 'Ask policies in Rego about manifests, plans and other files; a denial ends the run.',
  docs: 'https://www.openpolicyagent.org/docs/latest/policy-language/',
  licence: 'Apache-2.0',
  class: 'cpu',
  requires: [
    {
      anyOf: PROGRAMS,
      versions: { conftest: '>=0.30.0', opa: '>=0.40.0' },
      probe: ['--version'],
      probes: { opa: ['version'] },
      licence: 'Apache-2.0',
      install: {
        macos: 'brew install conftest',
        windows: 'scoop install conftest',
        any: 'https://www.conftest.dev/install/ (or OPA: https://www.openpolicyagent.org/docs/latest/#1-download-opa)',
      },
    },
  ],
  parameters,
  outputs: z.strictObject({
    violations: z
      .array(
        z.strictObject({ file: z.string(), rule: z.string(), message: z.string(), level: z.enum(['deny', 'warn']) }),
      )
      .meta({ description: 'What the rules said, and about which file.' }),
    ...scanOutputs,
  }),
  conventions: [
    {
      parameter: 'policy',
      from: 'files',
      globs: ['policy/*.rego', 'policies/*.rego', 'policy/**/*.rego'],
      take: 'base',
      required: true,
    },
    {
      parameter: 'files',
      from: 'files',
      globs: ['{k8s,manifests,deploy}/**/*.{yaml,yml,json}', '*.{yaml,yml}'],
      take: 'file',
      many: true,
      required: true,
    },
  ],
  examples: [
    { title: 'Ask the workspace’s policies about its manifests', with: {} },
    {
      title: 'A plan of OpenTofu',
      with: { policy: 'policy/infra', files: ['plan.json'], namespaces: ['infra'], fail_on: 'medium' },
    },
  ],
  execution: {
    kind: 'steps',
    async run(p, context) {
      const program = await findTool(
        context,
        p.engine === undefined ? PROGRAMS : [p.engine],
        'https://www.conftest.dev/install/',
      );
      if (!program.ok) return program;
      const files = await filesFor(p.files, context.cwd);
      if (files.length === 0)
        return refuse('missing', `There is no file to ask about: ${p.files.join(', ')}.`, {
          next: 'Name them in `with.files`.',
        });
      const asked = /conftest[^/\\]*$/.test(program.value)
        ? await askConftest(p, files, program.value, context)
        : await askOpa(p, files, program.value, context);
      if (!asked.ok) return asked;
      const violations = asked.value;
      const findings = violations.map((one): Finding => ({
        rule: one.rule,
        severity: one.level === 'deny' ? 'high' : 'medium',
        message: one.message,
        file: one.file,
      }));
      context.log(`${files.length} files asked`);
      const result = await concluded(sarifOf('opa', findings), p, 'opa', context);
      if (result.ok) return ok({ violations, ...result.value });
      return {
        ok: false,
        failure: {
          ...result.failure,
          outputs: { violations: violations.map((one) => ({ ...one })), ...result.failure.outputs },
        },
      };
    },
  },
});

interface Violation {
  readonly file: string;
  readonly rule: string;
  readonly message: string;
  readonly level: 'deny' | 'warn';
}

const messages = z
  .array(z.looseObject({ msg: z.string(), metadata: z.looseObject({ query: z.string().optional() }).optional() }))
  .default([]);
const conftestResult = z.array(
  z.looseObject({
    filename: z.string(),
    namespace: z.string().default('main'),
    warnings: messages,
    failures: messages,
  }),
);

async function askConftest(
  p: Parameters,
  files: readonly string[],
  program: string,
  context: StepContext,
): Promise<Result<Violation[], TaskFailure>> {
  const each = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value]);
  const options = [
    '--policy',
    p.policy,
    ...each('--namespace', p.namespaces),
    ...each('--data', p.data),
    ...(p.rego === undefined ? [] : ['--rego-version', p.rego]),
  ];
  const result = await context.exec(run(program, ['test', '--output', 'json', '--no-color', ...options, ...files]), {
    capture: true,
  });
  const json = jsonFrom(result, 'conftest');
  const parsed = conftestResult.safeParse(json.ok ? json.value : undefined);
  if (!parsed.success)
    return toolFailure(result, 'conftest could not ask the policies', {
      kind: 'invalid',
      retriable: false,
      next: 'Mend the policy or the file that it names.',
    });
  return ok(
    parsed.data.flatMap(({ filename: file, namespace, failures, warnings }) => [
      ...failures.map((one) => ({
        file,
        rule: ruleOf(one.metadata?.query, `${namespace}.deny`),
        message: one.msg,
        level: 'deny' as const,
      })),
      ...warnings.map((one) => ({
        file,
        rule: ruleOf(one.metadata?.query, `${namespace}.warn`),
        message: one.msg,
        level: 'warn' as const,
      })),
    ]),
  );
}

const ruleOf = (query: string | undefined, otherwise: string): string => query?.replace(/^data\./, '') ?? otherwise;

const opaResult = z.looseObject({
  result: z
    .array(z.looseObject({ bindings: z.looseObject({ file: z.string(), rules: z.record(z.string(), z.unknown()) }) }))
    .default([]),
  errors: z
    .array(
      z.looseObject({ message: z.string(), location: z.looseObject({ file: z.string(), row: z.int() }).optional() }),
    )
    .optional(),
});

/** One call for all documents: they go in as one input, and the query asks about each in turn. */
async function askOpa(
  p: Parameters,
  files: readonly string[],
  program: string,
  context: StepContext,
): Promise<Result<Violation[], TaskFailure>> {
  const documents = await documentsOf(files, context.cwd);
  if (!documents.ok) return documents;
  const violations: Violation[] = [];
  for (const namespace of p.namespaces) {
    const rules = namespace
      .split('.')
      .map((part) => `[${JSON.stringify(part)}]`)
      .join('');
    const query = `file := input[i].file; rules := data${rules} with input as input[i].content`;
    const options = [
      '--format',
      'json',
      '--stdin-input',
      '--data',
      p.policy,
      ...p.data.flatMap((file) => ['--data', file]),
      ...(p.rego === 'v0' ? ['--v0-compatible'] : []),
    ];
    const result = await context.exec(
      run(program, ['eval', ...options, query], { stdin: JSON.stringify(documents.value) }),
      { capture: true },
    );
    const json = jsonFrom(result, 'opa');
    const parsed = opaResult.safeParse(json.ok ? json.value : undefined);
    const [wrong] = (parsed.success ? parsed.data.errors : undefined) ?? [];
    if (wrong !== undefined) {
      const where = wrong.location === undefined ? '' : `${wrong.location.file}:${wrong.location.row}: `;
      return refuse('invalid', `The policies cannot be asked: ${where}${wrong.message}`, {
        next: 'Mend the policy. Older ones may need `rego: v0`.',
      });
    }
    if (!parsed.success || result.exitCode !== 0) return toolFailure(result, 'opa could not ask the policies');
    const answers = parsed.data.result.map((one) => one.bindings);
    if (answers.length === 0) context.warn(`No policy in ${p.policy} belongs to the package ${namespace}.`);
    violations.push(...answers.flatMap(({ file, rules }) => violationsIn(file, namespace, rules)));
  }
  return ok(violations);
}

/** Rules named as Conftest has them: `deny`, `violation`, `warn`, each also with an ending such as `deny_privileged`. */
export function violationsIn(file: string, namespace: string, rules: Readonly<Record<string, unknown>>): Violation[] {
  return Object.entries(rules).flatMap(([name, value]) => {
    const kind = /^(deny|violation|warn)(_|$)/.exec(name)?.[1];
    if (kind === undefined) return [];
    const said = Array.isArray(value) ? (value as unknown[]) : value === true ? [`${name} holds`] : [];
    return said.map((one) => ({
      file,
      rule: `${namespace}.${name}`,
      message: messageOf(one),
      level: kind === 'warn' ? ('warn' as const) : ('deny' as const),
    }));
  });
}

const messageOf = (said: unknown): string => {
  if (typeof said === 'string') return said;
  return isObject(said) && typeof said.msg === 'string' ? said.msg : JSON.stringify(said);
};
