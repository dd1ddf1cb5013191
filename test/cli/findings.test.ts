import assert from 'node:assert/strict';
import { findingsOfRun } from '../../src/cli/secure/findings.ts';
import { sarifOf } from '../../src/tasks/shared/sarif.ts';
import { Workspace } from './built.ts';

const FOUND = sarifOf('scanner', [
  {
    rule: 'R1',
    severity: 'critical',
    message: 'a line',
    file: 'infra/main%20file.tf',
    line: 2,
    help: 'https://example.com/R1',
  },
  { rule: 'R2', severity: 'medium', message: 'a word', file: 'infra/main%20file.tf', line: 2, columns: [3, 9] },
  { rule: 'R3', severity: 'low', message: 'a package', file: 'library/python', line: 7 },
  { rule: 'R4', severity: 'high', message: 'a page', file: 'http://127.0.0.1:8080/login' },
  { rule: 'R5', severity: 'note', message: 'beyond the end', file: 'infra/main%20file.tf', line: 99 },
]);
/** The task leaves what a scanner leaves, where a scanner leaves it. */
const WORKFLOW = `
parallel_deployment:
  one:
    - task: scan
      type: shell
      with: { run: 'mkdir -p .code/runs/$CODE_RUN_ID/state/scan && cp report.json .code/runs/$CODE_RUN_ID/state/scan/findings.sarif' }
    - { task: other, type: shell, with: { run: 'true' } }
`;

describe('findings of a run', function () {
  this.timeout(60_000);

  it('stand on the user’s own files, and at the task’s line where they are about none', () => {
    using place = new Workspace();
    place.file('scan.code.yaml', WORKFLOW);
    place.file('report.json', JSON.stringify(FOUND));
    const source = place.file('infra/main file.tf', 'resource "x" "y" {\n  bucket = "z"\n}\n');
    assert.equal(place.run(['run', 'scan.code.yaml', '--quiet']).code, 0);
    const run = place.runs()[0]?.runId ?? '';
    const found = findingsOfRun(place.folder, run);
    assert.ok(found.ok);
    const at = (line: number, start: number, end: number): object => ({
      start: { line, character: start },
      end: { line, character: end },
    });
    const workflow = place.path('scan.code.yaml');
    assert.deepEqual(
      found.value.map(({ rule, level, file, range, about }) => [rule, level, file, range, about]),
      [
        ['R1', 'error', source, at(1, 2, 14), undefined],
        ['R2', 'warning', source, at(1, 2, 8), undefined],
        ['R3', 'note', workflow, at(3, 4, 16), 'library/python'],
        ['R4', 'error', workflow, at(3, 4, 16), 'http://127.0.0.1:8080/login'],
        ['R5', 'note', source, at(98, 0, 0), undefined],
      ],
    );
    assert.equal(found.value[0]?.helpUri, 'https://example.com/R1');
    assert.deepEqual(findingsOfRun(place.folder, run, ['other']), { ok: true, value: [] });
    assert.ok(!findingsOfRun(place.folder, '20200101-000000-000000').ok);
  });
});
