import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  existsSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { parse } from 'yaml';
import { init } from '../../src/cli/commands/init.ts';
import { memoryIo, type MemoryIo } from '../cli/memory-io.ts';

/** A small shop of several languages, as somebody would have it. */
const SHOP: Readonly<Record<string, string>> = {
  'README.md': '# Shop\n\nSells flowers on the web, with a queue for orders.\n',
  'package.json': JSON.stringify({
    name: 'shop',
    private: true,
    type: 'module',
    workspaces: ['apps/*'],
    scripts: { build: 'turbo build', test: 'vitest', lint: 'eslint .', postinstall: 'x' },
    devDependencies: { typescript: '5', vitest: '2', eslint: '9', turbo: '2' },
  }),
  'pnpm-lock.yaml': '',
  'tsconfig.json': '{ "compilerOptions": { "strict": true } }',
  '.editorconfig': '[*]\nindent_style = space\nindent_size = 2\nmax_line_length = 100\n',
  'apps/web/package.json': JSON.stringify({ name: '@shop/web', description: 'The pages.', dependencies: { next: '15', react: '19', pg: '8' } }),
  'apps/web/src/index.ts': 'export {};\n',
  'apps/web/src/cart.ts': '',
  'apps/web/src/cart.test.ts': '',
  'apps/api/pyproject.toml':
    '[project]\nname = "orders"\nrequires-python = ">=3.12"\ndependencies = [\n  "fastapi[standard]>=0.110",\n  "asyncpg",\n]\n\n[project.scripts]\norders = "orders.main:run"\n\n[tool.ruff]\nline-length = 100\n',
  'apps/api/orders/main.py': 'print("hello")\n',
  'apps/api/tests/test_orders.py': '',
  'apps/api/Dockerfile': 'FROM python:3.12\nEXPOSE 8000\nCMD ["uvicorn", "orders.main:app"]\n',
  'services/mailer/go.mod': 'module example.com/mailer\n\ngo 1.24\n\nrequire (\n\tgithub.com/go-chi/chi/v5 v5.1.0\n\tgithub.com/redis/go-redis/v9 v9.7.0\n\tgolang.org/x/sys v0.1.0 // indirect\n)\n',
  'services/mailer/cmd/mailer/main.go': 'package main\n',
  'compose.yaml': 'services:\n  db:\n    image: postgres:17\n    ports: ["5432:5432"]\n  api:\n    build: apps/api\n    depends_on: [db]\n',
  'deploy/chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'infra/main.tf': 'resource "aws_s3_bucket" "flowers" {}\n',
  'k8s/base/web.yaml': 'kind: Deployment\n',
  '.github/workflows/ci.yml': 'on: push\n',
  '.code/workflows/ship.yaml': 'parallel_deployment: {}\n',
  Makefile: 'build:\n\techo\ndeploy: build\n\techo\nX := 1\n',
}; // prettier-ignore

describe('init: files for CODE and for Claude Code', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'init-'));
    for (const [file, text] of Object.entries(SHOP)) write(file, text);
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  const json = (file: string): Record<string, unknown> => JSON.parse(read(file)) as Record<string, unknown>;
  const at = (keys?: string): MemoryIo =>
    memoryIo(Readable.from(keys === undefined ? [] : [keys]), {
      cwd: root,
      ...(keys === undefined ? {} : { keyboard: { setRawMode: () => undefined } }),
    });
  const yes = async (): Promise<MemoryIo> => {
    const io = at();
    assert.equal(await init(['--yes'], io), 0, io.printed.err);
    return io;
  };

  it('writes what it found, in the shape that people know', async () => {
    await yes();
    const project = json('.claude/project.json') as { context: Record<string, unknown>; type: string; name: string };
    assert.equal(project.name, 'shop');
    assert.equal(project.type, 'monorepo');
    assert.equal(project.context['primaryLanguage'], 'typescript');
    for (const framework of ['next', 'react', 'fastapi', 'chi', 'kubernetes', 'helm', 'opentofu'])
      assert.ok((project.context['frameworks'] as string[]).includes(framework), framework);
    const commands = json('.claude/commands.json') as { commands: { name: string }[] };
    assert.deepEqual(
      commands.commands.map((c) => c.name),
      ['deploy', 'analyze', 'secure', 'wsl-setup'],
    );
    const architecture = read('.claude/context/architecture.md');
    for (const said of [
      '`apps/web`: @shop/web (react, next): The pages.',
      '`db`: postgres:17, ports 5432:5432 (compose.yaml)',
      'needs db',
      '`orders.main:run`: named in apps/api/pyproject.toml',
      'Helm chart in `deploy/chart`',
      '`services/mailer/cmd/mailer/main.go`: Go command',
      '`.code/workflows/ship.yaml`',
      'GitHub Actions: `.github/workflows/ci.yml`',
    ])
      assert.ok(architecture.includes(said), `${said}\n${architecture}`);
    const dependencies = read('.claude/context/dependencies.md');
    for (const said of ['- postgresql', '- redis', '`postgres:17`', '- vitest', '- ruff'])
      assert.ok(dependencies.includes(said), said);
    const patterns = read('.claude/context/patterns.md');
    for (const said of [
      '2 spaces for indentation',
      'at most 100 characters',
      'TypeScript is strict',
      '`test_NAME.py`',
      '`pnpm run build`: build',
      '`make deploy`',
    ])
      assert.ok(patterns.includes(said), `${said}\n${patterns}`);
  });

  it('writes what Claude Code really reads: memory, skills, the server', async () => {
    write('AGENTS.md', 'Be kind.\n');
    await yes();
    const memory = read('CLAUDE.md');
    assert.match(memory, /@\.claude\/context\/architecture\.md/);
    assert.match(memory, /@AGENTS\.md/);
    assert.ok(memory.split('\n').length < 200);
    for (const name of ['deploy', 'analyze', 'secure', 'wsl-setup']) {
      const head = /^---\n([\s\S]*?)\n---\n/.exec(read(`.claude/skills/${name}/SKILL.md`))?.[1] ?? '';
      const front = parse(head) as Record<string, unknown>;
      assert.equal(front['name'], name);
      assert.ok(String(front['description']).length > 20);
      assert.equal(front['disable-model-invocation'], name === 'deploy' || name === 'wsl-setup' ? true : undefined);
    }
    assert.deepEqual(json('.mcp.json'), { mcpServers: { 'code-engine': { command: 'code-engine', args: ['mcp'] } } });
    assert.match(read('.code/.gitignore'), /^\/runs\/$/m);
    assert.ok(!existsSync(path.join(root, '.claude/workflows')));
  });

  it('changes nothing the second time, and says so', async () => {
    await yes();
    const again = await yes();
    assert.match(again.printed.out, /Everything is up to date/);
  });

  it('writes its blocks again when the workspace changes, and keeps every word around them', async () => {
    write('CLAUDE.md', '# Ours\n\nNever deploy on Fridays.\n');
    await yes();
    assert.match(read('CLAUDE.md'), /^# Ours\n\nNever deploy on Fridays\.\n\n<!-- code-engine:begin workspace/);
    write('.claude/context/architecture.md', `${read('.claude/context/architecture.md')}The queue is old.\n`);
    write('apps/admin/package.json', JSON.stringify({ name: '@shop/admin', dependencies: { vue: '3' } }));
    await yes();
    const architecture = read('.claude/context/architecture.md');
    assert.match(architecture, /@shop\/admin/);
    assert.match(architecture, /The queue is old\.\n$/);
    assert.match(read('CLAUDE.md'), /Never deploy on Fridays/);
    assert.equal(architecture.match(/code-engine:begin/g)?.length, 1);
  });

  it('leaves a block alone that somebody edited, and says why', async () => {
    await yes();
    write('CLAUDE.md', read('CLAUDE.md').replace('## Deployments', '## How we ship'));
    const before = read('CLAUDE.md');
    write('apps/admin/package.json', JSON.stringify({ name: '@shop/admin', dependencies: { vue: '3' } }));
    const io = await yes();
    assert.equal(read('CLAUDE.md'), before);
    assert.match(io.printed.err, /kept CLAUDE\.md: somebody edited its block/);
  });

  it('merges JSON without taking anything away: values that people changed, added and removed stay so', async () => {
    write('.mcp.json', '{\n    "mcpServers": {\n        "github": { "command": "gh-mcp" }\n    }\n}\n');
    await yes();
    assert.match(read('.mcp.json'), /^\{\n {4}"mcpServers": \{\n {8}"github": \{/);
    assert.deepEqual(Object.keys((json('.mcp.json') as { mcpServers: object }).mcpServers), ['github', 'code-engine']);
    const project = json('.claude/project.json') as Record<string, unknown> & {
      context: { frameworks: string[] };
      preferences: Record<string, unknown>;
      commands: Record<string, unknown>;
    };
    project['name'] = 'Flower shop';
    project['team'] = 'roses';
    delete project.commands['secure'];
    project.preferences['includeTests'] = false;
    project.context.frameworks = [...project.context.frameworks.filter((f) => f !== 'react'), 'htmx'];
    write('.claude/project.json', JSON.stringify(project));
    write('apps/admin/package.json', JSON.stringify({ name: '@shop/admin', dependencies: { vue: '3' } }));
    await yes();
    const merged = json('.claude/project.json') as typeof project;
    assert.equal(merged['name'], 'Flower shop');
    assert.equal(merged['team'], 'roses');
    assert.equal(merged.commands['secure'], undefined);
    assert.equal(merged.preferences['includeTests'], false);
    assert.ok(merged.context.frameworks.includes('htmx') && merged.context.frameworks.includes('vue'));
    assert.ok(!merged.context.frameworks.includes('react'));
  });

  it('does not touch JSON that it cannot read, skills that were there, or a server somebody set up', async () => {
    write('.mcp.json', '{ "mcpServers": ');
    write('.claude/skills/deploy/SKILL.md', '---\nname: deploy\n---\nOurs.\n');
    const io = await yes();
    assert.equal(read('.mcp.json'), '{ "mcpServers": ');
    assert.equal(read('.claude/skills/deploy/SKILL.md'), '---\nname: deploy\n---\nOurs.\n');
    assert.match(io.printed.err, /kept \.mcp\.json: it is no JSON object/);
    write('.mcp.json', '{"mcpServers":{"code-engine":{"command":"/opt/code","args":["mcp"]}}}');
    await yes();
    assert.deepEqual(json('.mcp.json'), { mcpServers: { 'code-engine': { command: '/opt/code', args: ['mcp'] } } });
  });

  it('shows first: nothing is written by a dry run, without a terminal, or when somebody says no', async () => {
    const dry = at();
    assert.equal(await init(['--dry-run'], dry), 0);
    assert.match(dry.printed.out, /\+\+\+ CLAUDE\.md/);
    assert.equal(await init([], at()), 2);
    assert.equal(await init([], at('q')), 130);
    assert.ok(!existsSync(path.join(root, 'CLAUDE.md')) && !existsSync(path.join(root, '.claude')));
    const some = at(`y${'n'.repeat(20)}`);
    assert.equal(await init([], some), 0);
    assert.ok(existsSync(path.join(root, '.claude/project.json')) && !existsSync(path.join(root, 'CLAUDE.md')));
  });

  it('gives its changes as data, and writes them only with --yes', async () => {
    const looked = at();
    await init(['--json'], looked);
    const seen = JSON.parse(looked.printed.out) as { files: { path: string; action: string }[]; written: string[] };
    assert.ok(seen.files.every((f) => f.action === 'create') && seen.written.length === 0);
    assert.ok(!existsSync(path.join(root, 'CLAUDE.md')));
    const wrote = at();
    await init(['--json', '--yes'], wrote);
    assert.ok((JSON.parse(wrote.printed.out) as { written: string[] }).written.includes('CLAUDE.md'));
  });

  it('reads no secret, follows no link out of the workspace, and writes through none', async () => {
    const outside = mkdtempSync(path.join(tmpdir(), 'init-out-'));
    try {
      writeFileSync(
        path.join(outside, 'package.json'),
        JSON.stringify({ name: 'stolen', dependencies: { express: '4' } }),
      );
      write('.env', 'TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345\n');
      mkdirSync(path.join(root, 'linked'));
      symlinkSync(path.join(outside, 'package.json'), path.join(root, 'linked/package.json'));
      symlinkSync(outside, path.join(root, '.claude'));
      const io = at();
      assert.equal(await init(['--yes'], io), 1);
      assert.match(io.printed.err, /leads out of the folder through a link/);
      assert.ok(
        !existsSync(path.join(outside, 'project.json')) && lstatSync(path.join(root, '.claude')).isSymbolicLink(),
      );
      const data = at();
      await init(['--json'], data);
      assert.ok(!/stolen|ghp_0123/.test(data.printed.out));
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });

  it('adds rules for Claude only when asked, beside those that are there', async () => {
    write('.claude/settings.json', '{"permissions":{"deny":["Bash(rm *)"]},"model":"opus"}');
    await yes();
    assert.ok(!read('.claude/settings.json').includes('mcp__code-engine__run'));
    assert.equal(await init(['--yes', '--settings'], at()), 0);
    const settings = json('.claude/settings.json') as { permissions: { deny: string[]; ask: string[] }; model: string };
    assert.equal(settings.model, 'opus');
    assert.deepEqual(settings.permissions.deny, ['Bash(rm *)', 'Read(./.env)', 'Read(./.env.*)']);
    assert.ok(settings.permissions.ask.includes('mcp__code-engine__apply'));
  });

  it('keeps the line ends of a file that has those of Windows', async () => {
    write('CLAUDE.md', '# Ours\r\n\r\nWords.\r\n');
    await yes();
    assert.ok(!/[^\r]\n/.test(read('CLAUDE.md')));
    const again = await yes();
    assert.match(again.printed.out, /up to date/);
  });
});
