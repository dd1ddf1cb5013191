/** From other tools' files and to them, in plain Node with the real engine. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { bench, WORKFLOW } from './bench.ts';

describe('conversions', function () {
  this.timeout(60_000);
  const on = bench();
  const { start, call } = on;
  const report = async (title: string): Promise<string> => {
    const uri = on.fake.vscode.Uri.from({ scheme: 'code-report', path: `/${title}.md` });
    const text = await on.fake.documents.get('code-report')?.provideTextDocumentContent(uri);
    return text ?? '';
  };

  it('open a workflow that is not saved yet, and tell what was lost', async () => {
    start(undefined);
    mkdirSync(join(on.folder, 'ci'));
    const file = join(on.folder, 'ci', 'release.yml');
    writeFileSync(file, 'on: push\njobs:\n  build:\n    steps:\n      - run: make\n      - uses: acme/x@v1\n');
    await call('code.importFile', on.fake.vscode.Uri.file(file));
    const [made] = on.fake.untitled;
    assert.equal(made?.language, 'code-workflow');
    assert.match(made.content, /task: build_step_1/);
    assert.match(await report('Import of ci/release.yml (GitHub Actions)'), /\*\*lost\*\* \| 6 \| jobs/);
    assert.deepEqual(readdirSync(join(on.folder, 'ci')), ['release.yml']);
  });

  it('say why a file cannot be imported', async () => {
    start(undefined);
    const file = join(on.folder, 'other.yml');
    writeFileSync(file, 'a: 1\n');
    await call('code.importFile', on.fake.vscode.Uri.file(file));
    assert.ok(
      on.fake.shown.some((line) => line.includes('no workflow of GitHub Actions')),
      on.fake.shown.join(),
    );
    assert.deepEqual(on.fake.untitled, []);
  });

  it('compile a workflow to a pipeline of Tekton', async () => {
    start(WORKFLOW('echo ok'));
    await call('code.exportTekton', on.fake.vscode.Uri.file(on.file()));
    assert.match(on.fake.untitled[0]?.content ?? '', /kind: Pipeline\n/);
    assert.match(await report('Export of hello.code.yaml to Tekton'), /The workspace source must hold/);
  });
});
