import assert from 'node:assert/strict';
import { changesIn, pulumiFailure } from '../../src/tasks/shared/pulumi.ts';

describe('pulumi', () => {
  it('counts replacements apart from what is made and removed', () => {
    assert.deepEqual(changesIn({ create: 2, update: 1, delete: 3, replace: 4, same: 9 }), {
      create: 2,
      update: 1,
      replace: 4,
      destroy: 3,
    });
    assert.deepEqual(changesIn({}), { create: 0, update: 0, replace: 0, destroy: 0 });
  });

  for (const [words, planned, kind] of [
    [
      'error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end',
      false,
      'conflict',
    ],
    ['error: resource urn:… violates plan: properties changed', true, 'conflict'],
    ['error: resource urn:… violates plan: properties changed', false, 'tool'],
    ['error: get stack secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE', false, 'denied'],
    ['error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions', false, 'denied'],
  ] as const) {
    it(`takes “${words.slice(0, 40)}…” for ${kind}${planned ? ' under a plan' : ''}`, () => {
      const failed = pulumiFailure({ exitCode: 255, signal: null, stdout: '', stderr: words }, 'up', planned);
      assert.ok(!failed.ok && failed.failure.kind === kind);
    });
  }
});
