import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countBySeverity, findingsOf, sarifOf, type Finding } from '../../src/tasks/shared/sarif.ts';
import { concluded } from '../../src/tasks/shared/scan.ts';
import { workbench } from './context.ts';

const log = (results: object[], rules: object[] = []) => ({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'x', rules } }, results }],
});
const findings: readonly Finding[] = [
  { rule: 'A', severity: 'critical', message: 'bad', file: 'main.tf', line: 3, help: 'https://example.com/a' },
  { rule: 'B', severity: 'medium', message: 'so so' },
  { rule: 'C', severity: 'low', message: 'hm', file: 'b.yaml' },
];

describe('findings in SARIF', () => {
  it('survive being written and read again, and say by whom', () => {
    const all: readonly Finding[] = [
      ...findings,
      { rule: 'D', severity: 'high', message: 'a key', file: 'c.env', line: 2, columns: [5, 9], secret: true },
      { rule: 'E', severity: 'low', message: 'e', explanation: 'Because.' },
      { rule: 'F', severity: 'note', message: 'by the way' },
    ];
    const value = all.map((one) => ({ ...one, tool: 'x' }));
    assert.deepEqual(findingsOf(sarifOf('x', all)), { ok: true, value });
  });

  it('say in one line what Trivy says in a table', () => {
    const rules = [{ id: 'CVE-1', shortDescription: { text: 'left-pad: pads left' } }];
    const texts = [
      'Artifact: main.tf\nType: terraform\nVulnerability AWS-0086\nSeverity: HIGH\nMessage: No public access block\nLink: x',
      'Package: left-pad\nInstalled Version: 1.0\nVulnerability CVE-1\nSeverity: HIGH\nFixed Version: 1.1\nLink: x',
      'Artifact: app.env\nType: \nSecret AWS\nSeverity: CRITICAL\nMatch: ****',
    ];
    const read = findingsOf(
      log(
        texts.map((text) => ({ ruleId: 'CVE-1', message: { text } })),
        rules,
      ),
    );
    assert.ok(read.ok);
    assert.deepEqual(
      read.value.map((f) => f.message),
      ['No public access block', 'left-pad: pads left (left-pad 1.0, mended in 1.1)', 'left-pad: pads left'],
    );
  });

  it('take their severity from the rule’s score, else from the level', () => {
    const rules = [
      { id: 'scored', properties: { 'security-severity': '7.5' } },
      { id: 'levelled', defaultConfiguration: { level: 'note' } },
    ];
    const read = findingsOf(
      log(
        [
          { ruleId: 'scored', level: 'note', message: { text: 'a\nb' } },
          { ruleId: 'levelled', message: {} },
          { ruleId: 'plain', message: { text: 'c' } },
        ],
        rules,
      ),
    );
    assert.ok(read.ok);
    assert.deepEqual(
      read.value.map((f) => f.severity),
      ['high', 'note', 'medium'],
    );
    assert.deepEqual(
      read.value.map((f) => f.message),
      ['a', 'levelled', 'c'],
    );
  });

  it('leave out what is suppressed in the source', () => {
    const read = findingsOf(log([{ message: { text: 'a' }, suppressions: [{ kind: 'inSource' }] }]));
    assert.deepEqual(read, { ok: true, value: [] });
  });

  it('are counted by severity', () => {
    assert.deepEqual(countBySeverity(findings), { critical: 1, high: 0, medium: 1, low: 1, note: 0 });
  });

  it('are refused where a report is something else', () => assert.ok(!findingsOf({ hello: 1 }).ok));
});

describe('the threshold of a scan', () => {
  const report = sarifOf('x', findings);
  for (const [fail_on, allowed, good] of [
    ['critical', 0, false],
    ['critical', 1, true],
    ['medium', 1, false],
    ['medium', 2, true],
    ['any', 2, false],
    ['never', 0, true],
  ] as const) {
    it(`${good ? 'lets pass' : 'fails'} with fail_on ${fail_on} and ${allowed} allowed`, async () => {
      assert.equal((await concluded(report, { fail_on, allowed }, 'x', await workbench())).ok, good);
    });
  }

  it('keeps what was found in a file, also when it fails', async () => {
    const context = await workbench();
    const result = await concluded(report, { fail_on: 'high', allowed: 0, sarif: 'out/report.sarif' }, 'x', context);
    assert.ok(!result.ok);
    assert.match(result.failure.message, /x found 1 of severity high or above; first: critical A main\.tf:3 bad/);
    assert.equal(result.failure.outputs?.total, 3);
    assert.deepEqual(
      JSON.parse(await readFile(join(context.root, 'out/report.sarif'), 'utf8')),
      JSON.parse(JSON.stringify(report)),
    );
    assert.equal(context.lines[0], 'critical A main.tf:3 bad');
  });
});
