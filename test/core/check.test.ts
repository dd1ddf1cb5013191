import assert from 'node:assert/strict';
import { checked, count, discriminatedUnion, listOf, optional, range, text } from '../../src/core/check.ts';

const message = discriminatedUnion('kind', {
  named: { name: text, also: optional(text) },
  counted: { counts: listOf(count), at: range },
});

const wrong = (value: unknown): string | undefined => {
  const result = checked(value, message, 'message');
  return result.ok ? undefined : result.failure;
};

describe('checks of messages', () => {
  it('let through what fits, also with fields that only a newer partner knows', () => {
    const start = { line: 1, character: 0 };
    assert.equal(wrong({ kind: 'named', name: 'a', new: 1 }), undefined);
    assert.equal(wrong({ kind: 'counted', counts: [0, 7], at: { start, end: start } }), undefined);
  });

  it('say where a value is wrong', () => {
    assert.equal(wrong({ kind: 'named' }), 'message.name: not a string');
    assert.equal(wrong({ kind: 'named', name: 'a', also: 1 }), 'message.also: not a string');
    assert.equal(wrong({ kind: 'counted', counts: [0, -1], at: {} }), 'message.counts[1]: not a whole number from 0');
    assert.equal(
      wrong({ kind: 'counted', counts: [], at: { start: { line: 0 } } }),
      'message.at.start.character: not a whole number from 0',
    );
  });

  it('tell the members of a union by its discriminator alone', () => {
    assert.equal(wrong({ name: 'a' }), 'message: no kind');
    assert.equal(wrong({ kind: 'other', name: 'a' }), 'message: unknown kind other');
    assert.equal(wrong(['named']), 'message: no kind');
  });
});
