/** Every process of a machine may read the arguments of every other: what is secret goes by environment, standard input or a private file. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CommandSpec } from '../../src/core/task-type.ts';
import { docker } from '../../src/tasks/docker.ts';
import { helm } from '../../src/tasks/helm.ts';
import { langchain } from '../../src/tasks/langchain.ts';
import { opentofu } from '../../src/tasks/opentofu.ts';
import { pulumi } from '../../src/tasks/pulumi.ts';
import { registry } from '../../src/tasks/registry.ts';
import { zap } from '../../src/tasks/zap.ts';
import { perform, workbench } from './context.ts';

const SECRET = 'hush-hush-7f3a';

interface Case {
  readonly name: string;
  readonly type: unknown;
  readonly given: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  /** What the tool prints where it is asked for data. */
  readonly says?: (command: readonly string[]) => string;
}

const CASES: readonly Case[] = [
  {
    name: 'pulumi',
    type: pulumi,
    given: { dir: '.', secrets: { token: SECRET } },
    files: { 'Pulumi.yaml': 'name: x\nruntime: yaml\n' },
  },
  {
    name: 'opentofu',
    type: opentofu,
    given: { dir: 'infra', variables: { password: SECRET } },
    files: { 'infra/main.tf': 'variable "password" {}\n' },
    says: (command) => (command.includes('version') ? '{"terraform_version":"1.9.0"}' : '{}'),
  },
  {
    name: 'helm',
    type: helm,
    given: { chart: 'chart', release: 'web', set: { password: SECRET }, lint: false },
    files: { 'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n' },
    says: (command) => (command.includes('version') ? 'v3.17.0' : '[]'),
  },
  {
    name: 'registry',
    type: registry,
    given: { engine: 'podman', images: ['shop:1'], to: 'registry.example.com/team', username: 'ci', password: SECRET },
    says: () => '[]',
  },
  { name: 'zap', type: zap, given: { url: 'http://127.0.0.1:1/', auth_header: 'Authorization', auth_value: SECRET } },
  {
    name: 'langchain',
    type: langchain,
    given: { script: 'chain.py', variables: { KEY: SECRET } },
    files: { 'chain.py': '' },
  },
  {
    name: 'docker',
    type: docker,
    given: { engine: 'buildah', context: '.', file: 'Dockerfile', image: 'x', secrets: { npm: { env: 'NPM_TOKEN' } } },
    files: { Dockerfile: 'FROM scratch\n' },
    says: () => '[]',
  },
];

describe('the arguments of programs', () => {
  for (const { name, type, given, files, says } of CASES) {
    it(`never hold what is secret: ${name}`, async () => {
      const bench = await workbench({ env: { NPM_TOKEN: SECRET } });
      for (const [file, text] of Object.entries(files ?? {})) {
        await mkdir(dirname(join(bench.root, file)), { recursive: true });
        await writeFile(join(bench.root, file), text);
      }
      const commands: CommandSpec[] = [];
      let handedOver = false;
      const context = {
        ...bench,
        which: (...programs: readonly string[]) => Promise.resolve(`/usr/bin/${programs[0] ?? ''}`),
        exec: async (command: CommandSpec) => {
          commands.push(command);
          handedOver ||=
            JSON.stringify([command.env, command.stdin]).includes(SECRET) || (await inFiles(bench.stateDir));
          // No image comes of it: that the build fails is well enough.
          const args = command.kind === 'argv' ? command.args : [];
          return {
            exitCode: args.some((arg) => arg.startsWith('--iidfile')) ? 1 : 0,
            signal: null,
            stdout: says?.(args) ?? '',
            stderr: '',
          };
        },
      };
      await perform(type, given, context);
      const seen = commands.map((command) =>
        command.kind === 'argv' ? [command.program, ...command.args] : [command.text],
      );
      assert.ok(handedOver, `it got to the tool in some way: ${JSON.stringify(seen)}`);
      assert.ok(!JSON.stringify(seen).includes(SECRET), JSON.stringify(seen));
      assert.ok(!bench.lines.join('\n').includes(SECRET), 'nor does the log');
    });
  }
});

async function inFiles(folder: string): Promise<boolean> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = names.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name), 'utf8'));
  return (await Promise.all(texts)).some((text) => text.includes(SECRET));
}
