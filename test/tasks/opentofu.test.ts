import assert from 'node:assert/strict';
import { countsOf, digestOf, lockHolder, planJson, summaryOf } from '../../src/tasks/shared/tofu-plan.ts';

const change = (address: string, ...actions: string[]): object => ({ address, change: { actions } });

describe('plans of OpenTofu', () => {
  const plan = planJson.parse({
    format_version: '1.2',
    resource_changes: [
      change('a.new', 'create'),
      change('a.kept', 'no-op'),
      change('a.read', 'read'),
      change('a.changed', 'update'),
      change('a.anew', 'delete', 'create'),
      change('a.anew_first', 'create', 'delete'),
      change('a.gone', 'delete'),
    ],
  });

  it('are counted by what happens to each resource', () => {
    assert.deepEqual(countsOf(plan), { create: 1, update: 1, replace: 2, destroy: 1 });
    assert.equal(summaryOf(countsOf(plan)), '1 to add, 1 to change, 2 to replace, 1 to destroy');
  });

  it('have a digest of what changes only', () => {
    const without = { ...plan, resource_changes: plan.resource_changes.filter((r) => r.address !== 'a.kept') };
    const other = { ...plan, resource_changes: plan.resource_changes.filter((r) => r.address !== 'a.gone') };
    assert.equal(digestOf(plan), digestOf(without));
    assert.notEqual(digestOf(plan), digestOf(other));
  });

  it('name the holder of the lock from the tool’s message', () => {
    const message = [
      'Error: Error acquiring the state lock',
      '',
      'Lock Info:',
      '  ID:        1b2c',
      '  Path:      terraform.tfstate',
      '  Operation: OperationTypeApply',
      '  Who:       ada@build',
      '  Version:   1.11.4',
      '  Created:   2026-11-29 10:00:00 +0000 UTC',
    ].join('\n');
    assert.deepEqual(lockHolder(message), {
      id: '1b2c',
      who: 'ada@build',
      operation: 'OperationTypeApply',
      created: '2026-11-29 10:00:00 +0000 UTC',
    });
    assert.equal(lockHolder('Error: something else'), undefined);
  });
});
