import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Workspace } from './built.ts';

describe('the examples', function () {
  this.timeout(60_000);
  const files = readdirSync('examples').flatMap((folder) =>
    readdirSync(join('examples', folder))
      .filter((name) => name.endsWith('.code.yaml'))
      .map((name) => resolve('examples', folder, name)),
  );

  it('are all found', () => assert.ok(files.length >= 3, files.join()));

  for (const file of files) {
    it(`${file.slice(file.indexOf('examples'))} has nothing wrong with it`, () => {
      using place = new Workspace();
      const { code, out } = place.run(['validate', file, '--json']);
      assert.equal(code, 0);
      const { files: checked } = JSON.parse(out) as {
        files: { diagnostics: { severity: string; message: string }[] }[];
      };
      assert.deepEqual(
        checked.flatMap(({ diagnostics }) =>
          diagnostics.filter(({ severity }) => severity !== 'hint').map(({ message }) => message),
        ),
        [],
      );
    });
  }
});

describe('a task whose condition the inputs decide', function () {
  this.timeout(60_000);
  const WORKFLOW = `
inputs: { chart: { type: boolean, default: false } }
parallel_deployment:
  one:
    - { task: always, type: shell, with: { command: [/bin/true] } }
  two:
    - { task: install, type: helm, when: '\${{ inputs.chart }}', with: { action: uninstall } }
`;
  const bare = { PATH: '/nowhere' };

  it('does not stop the run for a tool that it will not use, and does for one that it will', () => {
    using place = new Workspace();
    place.file('w.code.yaml', WORKFLOW);
    const without = place.run(['run', 'w.code.yaml', '--quiet'], bare);
    assert.equal(without.code, 0, without.err);
    const { code, err } = place.run(['run', 'w.code.yaml', '--input', 'chart=true'], bare);
    assert.equal(code, 3);
    assert.match(err, /helm is not installed, needed by install/);
  });

  it('counts as one that may run where the condition asks for more than inputs', () => {
    using place = new Workspace();
    place.file(
      'w.code.yaml',
      WORKFLOW.replace('inputs.chart }}', 'inputs.chart && tasks.always.status == "succeeded" }}'),
    );
    assert.equal(place.run(['run', 'w.code.yaml'], bare).code, 3);
  });
});
