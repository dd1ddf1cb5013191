import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Harmless } from '../../src/cli/render/harmless.ts';
import { diagnosticText, sourceOf } from '../../src/cli/render/diagnostics.ts';
import { plainLine } from '../../src/cli/render/plain.ts';
import { closingLines } from '../../src/cli/render/summary.ts';
import { frame } from '../../src/cli/render/frame.ts';
import { NOT_SHOWN, widthOf, wrapped } from '../../src/cli/render/style.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { begin, end, journal, plan, start, task } from '../run/events.ts';

const ESC = '\u001b';
const whole = (text: string): string => {
  const cleaner = new Harmless();
  return cleaner.clean(text) + cleaner.end();
};

/** Text, whole sequences, halves of them and single control characters, in any order. */
const output = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.constantFrom(
        ...[
          `${ESC}[31m`,
          `${ESC}[0m`,
          `${ESC}[2J`,
          `${ESC}[1;1H`,
          `${ESC}]0;t\u0007`,
          `${ESC}]52;c;YQ==${ESC}\\`,
          `${ESC}c`,
        ],
        ...[ESC, `${ESC}[`, `${ESC}]0;`, '\u0007', '\u009b2J', '\u202e', '\r', '\n', 'é☃'],
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('what a terminal is shown of a log', () => {
  it('is text and colours, and no sequence that does anything else', () => {
    assert.equal(
      whole(
        `a${ESC}[31mred${ESC}[0m${ESC}[2J${ESC}[H ${ESC}]0;title\u0007b${ESC}]52;c;YQ==${ESC}\\c${ESC}cd\u202ee\r\n`,
      ),
      `a${ESC}[31mred${ESC}[0m bcde\r\n${ESC}[0m`,
    );
    fc.assert(
      fc.property(output, (text) => {
        const left = whole(text).replaceAll(new RegExp(`${ESC}\\[[0-9;:]*m`, 'g'), '');
        assert.doesNotMatch(left.replace(/[\n\r\t]/g, ''), NOT_SHOWN);
      }),
    );
  });

  it('is the same however the output is cut into pieces', () => {
    fc.assert(
      fc.property(output, fc.array(fc.nat(40), { maxLength: 6 }), (text, cuts) => {
        const cleaner = new Harmless();
        let shown = '';
        let from = 0;
        for (const to of [...cuts].sort((a, b) => a - b)) {
          shown += cleaner.clean(text.slice(from, Math.max(from, to)));
          from = Math.max(from, to);
        }
        assert.equal(shown + cleaner.clean(text.slice(from)) + cleaner.end(), whole(text));
      }),
    );
  });
});

describe('names that hold control characters', () => {
  const evil = `x${ESC}[2J\u0007\u202ey`;
  const style = { color: false, unicode: true };
  const named = plan([task(evil, 'one')], { workflow: evil });
  const failed = end(evil, 'failed');
  const state = reduceAll(
    journal([
      begin(named),
      start(evil),
      failed,
      { type: 'run.finished', status: 'failed', durationMs: 1, criticalPathMs: 1, serialMs: 1 },
    ]),
  );

  it('do nothing to the terminal, in no view', () => {
    const lines = [
      ...journal([begin(named), start(evil), failed]).flatMap((event) => plainLine(event, style) ?? []),
      ...frame(state, { columns: 80, rows: 24 }, 0, { ...style, lastLine: () => undefined }),
      ...closingLines(state, style),
    ];
    assert.ok(lines.some((line) => line.includes('xy')));
    for (const line of lines) assert.doesNotMatch(line, NOT_SHOWN);
  });
});

describe('the picture of a fault', () => {
  it('is no wider than the window, and holds the word with the carets below it', () => {
    const line = `${'x'.repeat(150)} wrong ${'y'.repeat(150)}`;
    const range = { start: { line: 0, character: 151 }, end: { line: 0, character: 156 } };
    const fault = { code: 'CODE001', severity: 'error', message: 'm', range, fixes: [] } as const;
    const shown = diagnosticText(fault, sourceOf('f', line), { color: false, unicode: true, isTTY: true, columns: 70 });
    const [, text = '', carets = ''] = shown.split('\n');
    assert.ok(widthOf(text) < 70, text);
    assert.equal(text.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1), 'wrong');
  });
});

describe('lines that are broken', () => {
  it('keep every word, fit where the words do, and hang where it is asked for', () => {
    assert.deepEqual(wrapped('one two three four', 9, 2), ['one two', '  three', '  four']);
    assert.deepEqual(wrapped('https://example.org/long and more', 10), ['https://example.org/long', 'and more']);
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-zé☃]{1,12}$/), { minLength: 1 }),
        fc.integer({ min: 8, max: 60 }),
        fc.nat(4),
        (words, columns, hang) => {
          const lines = wrapped(words.join(' '), columns, hang);
          assert.deepEqual(
            lines.flatMap((line) => line.trim().split(' ')),
            words,
          );
          for (const line of lines) assert.ok(widthOf(line) <= columns || !line.trim().includes(' '), line);
        },
      ),
    );
  });
});
