import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { deploy } from '../../src/cli/commands/deploy.ts';
import { plan as planCommand } from '../../src/cli/commands/plan-eval.ts';
import { isSafePath, writePlanned } from '../../src/planner/files.ts';
import { memoryIo, type MemoryIo } from '../cli/memory-io.ts';

describe('deploy', () => {
  let root: string;
  const io = (keys = '', more: object = {}): MemoryIo =>
    memoryIo(Readable.from(keys === '' ? [] : [keys]), { cwd: root, ...more });
  const words = 'web app with postgres on k8s';

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'deploy-'));
    writeFileSync(path.join(root, 'Dockerfile'), 'FROM node:22\nEXPOSE 4000\n');
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('plans only: files under --out, one object on standard output, nothing run', async () => {
    const at = io();
    assert.equal(await deploy([words, '--provider', 'catalog', '--plan-only', '--out', 'plan', '--json'], at), 0);
    const made = JSON.parse(at.printed.out) as {
      provider: string;
      workflow: string;
      files: { path: string; origin: string; lines: number }[];
      destructive: boolean;
      executed: boolean;
    };
    assert.equal(made.provider, 'catalog');
    assert.equal(made.executed, false);
    for (const file of made.files)
      assert.equal(
        readFileSync(path.join(root, 'plan', file.path), 'utf8')
          .trimEnd()
          .split('\n').length,
        file.lines,
      );
    assert.match(readFileSync(path.join(root, 'plan/k8s/40-web.yaml'), 'utf8'), /containerPort: 4000/);
    assert.ok(!existsSync(path.join(root, 'plan/.code')) && !existsSync(path.join(root, '.code')));
  });

  it('exits with 1 and asks where no honest plan can be made', async () => {
    const at = io();
    rmSync(path.join(root, 'Dockerfile'));
    assert.equal(await deploy(['deploy it', '--provider', 'catalog', '--plan-only', '--out', 'plan', '--json'], at), 1);
    assert.ok((JSON.parse(at.printed.out) as { needsClarification: string[] }).needsClarification.length > 0);
    assert.ok(!existsSync(path.join(root, 'plan')));
  });

  it('writes nothing without a terminal to review on', async () => {
    const at = io();
    assert.equal(await deploy([words, '--provider', 'catalog'], at), 2);
    assert.deepEqual(readdirSync(root), ['Dockerfile']);
    assert.match(at.printed.err, /--yes[\s\S]*--plan-only/);
  });

  it('writes only the files that are accepted, and then runs nothing', async () => {
    const at = io('rynnnnnnn', { keyboard: { setRawMode: () => undefined } });
    assert.equal(await deploy([words, '--provider', 'catalog'], at), 0);
    assert.match(at.printed.out, /Wrote 1 of \d+ files/);
    assert.ok(!existsSync(path.join(root, 'deploy.code.yaml')));
    assert.match(at.printed.out, /\+apiVersion: v1/);
  });

  it('answers its own questions with the person, and plans again with their words', async () => {
    rmSync(path.join(root, 'Dockerfile'));
    const at = io('redis on kubernetes in namespace shop\nq', { keyboard: { setRawMode: () => undefined } });
    assert.equal(await deploy(['deploy it', '--provider', 'catalog'], at), 130);
    assert.match(at.printed.out, /Needs an answer[\s\S]*Understood\n {2}redis/);
    assert.deepEqual(readdirSync(root), []);
  });

  it('changes a value that was assumed, and plans again with more words, before anything is written', async () => {
    const number = async (): Promise<string> => {
      const looked = io('c\n\nq', { keyboard: { setRawMode: () => undefined } });
      await deploy(['redis on kubernetes with 2Gi of storage', '--provider', 'catalog'], looked);
      return /^ *(\d+) {2}.*storage: 2Gi$/m.exec(looked.printed.out)?.[1] ?? 'no field';
    };
    const at = io(`c${await number()}\n7Gi\nswith rabbitmq\nrnnnnnnnn`, { keyboard: { setRawMode: () => undefined } });
    assert.equal(await deploy(['redis on kubernetes with 2Gi of storage', '--provider', 'catalog'], at), 130);
    assert.match(at.printed.out, /storage: 2Gi -> 7Gi/);
    assert.match(at.printed.out, /^Kept .*storage: 7Gi$/m);
    assert.match(at.printed.out, /^\+.*storage: 7Gi$/m);
    const more = io('sand rabbitmq\nq', { keyboard: { setRawMode: () => undefined } });
    assert.equal(await deploy(['redis on kubernetes', '--provider', 'catalog'], more), 130);
    assert.match(more.printed.out, /Understood\n {2}.*rabbitmq/);
    assert.deepEqual(readdirSync(root), ['Dockerfile']);
  });

  it('leaves no trace when the person quits', async () => {
    assert.equal(
      await deploy([words, '--provider', 'catalog'], io('q', { keyboard: { setRawMode: () => undefined } })),
      130,
    );
    assert.deepEqual(readdirSync(root), ['Dockerfile']);
  });

  it('says why a provider was chosen, and what is missing where one was named', async () => {
    const auto = io();
    await deploy([words, '--plan-only'], auto);
    assert.match(auto.printed.out, /no model is set up/);
    const claude = io();
    assert.equal(await deploy([words, '--plan-only', '--provider', 'claude'], claude), 3);
    assert.match(claude.printed.err, /ANTHROPIC_API_KEY/);
    assert.equal(await deploy([words, '--plan-only', '--provider', 'oracle'], io()), 2);
  });

  it('shows the context that would be sent, and sends nothing', async () => {
    mkdirSync(path.join(root, '.claude'));
    writeFileSync(
      path.join(root, '.claude/project.json'),
      '{"name":"shop","token":"ghp_0123456789abcdefghijABCDEFGHIJ012345"}',
    );
    writeFileSync(path.join(root, '.env'), 'SECRET=1\n');
    const at = io();
    assert.equal(await deploy([words, '--show-context', '--json'], at), 0);
    const shown = JSON.parse(at.printed.out) as {
      files: { path: string; sent: boolean; redactions: string[] }[];
      text: string;
    };
    assert.deepEqual(
      shown.files.map((f) => [f.path, f.sent]),
      [
        ['.claude/project.json', true],
        ['Dockerfile', true],
      ],
    );
    assert.deepEqual(shown.files[0]?.redactions, ['GitHub token']);
    assert.ok(!shown.text.includes('ghp_'));
  });

  it('scores a prompt set of one’s own', async () => {
    writeFileSync(
      path.join(root, 'mine.json'),
      JSON.stringify({
        prompts: [
          {
            id: 'one',
            prompt: 'Run an nginx pod called web in a namespace called web.',
            checks: [
              { c: 'k8s', kind: ['Pod'], name: 'web', ns: 'web' },
              { c: 'k8s', kind: ['Service'], where: [] },
            ],
          },
        ],
      }),
    );
    const at = io();
    assert.equal(await planCommand(['eval', 'mine.json', '--json'], at), 0);
    const scored = JSON.parse(at.printed.out) as {
      checks: number;
      checksPassed: number;
      results: { checks: { ok: boolean }[] }[];
    };
    assert.deepEqual([scored.checks, scored.checksPassed], [2, 1]);
    writeFileSync(path.join(root, 'broken.json'), '{"prompts": 3}');
    assert.equal(await planCommand(['eval', 'broken.json'], io()), 2);
  });
});

describe('planned files on disk', () => {
  it('stay inside the folder', () => {
    for (const bad of [
      '../x',
      '/etc/x',
      'a/../../x',
      '.git/hooks/pre-commit',
      '.claude/settings.json',
      'a\\b',
      'C:x',
      '',
    ])
      assert.ok(!isSafePath(bad), bad);
    assert.ok(isSafePath('k8s/web.yaml'));
  });

  it('are not written through a link that leads out', () => {
    const root = mkdtempSync(path.join(tmpdir(), 'out-'));
    const other = mkdtempSync(path.join(tmpdir(), 'other-'));
    try {
      symlinkSync(other, path.join(root, 'k8s'));
      const written = writePlanned(root, 'k8s/web.yaml', 'x');
      assert.ok(!written.ok && written.failure.kind === 'denied');
      assert.deepEqual(readdirSync(other), []);
    } finally {
      rmSync(root, { recursive: true, force: true });
      rmSync(other, { recursive: true, force: true });
    }
  });
});
