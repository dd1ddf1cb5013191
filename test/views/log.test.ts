import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { paletteColour, spansOf } from '../../src/views/log/colours.ts';
import { FoldedRows, type Fold } from '../../src/views/log/folds.ts';
import { levelOf } from '../../src/views/log/level.ts';
import { LogModel, searchPattern } from '../../src/views/log/model.ts';
import { LogIndex } from '../../src/views/log/segments.ts';
import { TerminalLog } from '../../src/views/log/terminal.ts';
import { processorMs } from '../processor-time.ts';

const screen = (...chunks: string[]): string[] => {
  const log = new TerminalLog();
  for (const chunk of chunks) log.write(chunk);
  return log.lines.map((line) => line.plain);
};

describe('a log as a terminal shows it', () => {
  it('takes plain lines as they are, with either line ending', () => {
    assert.deepEqual(screen('one\ntwo\r\nthree'), ['one', 'two', 'three']);
  });
  it('shows what a carriage return writes over, and keeps the rest of the line', () => {
    assert.deepEqual(screen('10 %\r90 %\r100 %\ndone\n'), ['100 %', 'done']);
    assert.deepEqual(screen('abcdef\rXY'), ['XYcdef']);
  });
  it('redraws lines that a progress display goes up to', () => {
    assert.deepEqual(screen('a: 1\nb: 1\n', '\u001b[2Aa: 2\u001b[K\nb: 2\u001b[K\n'), ['a: 2', 'b: 2']);
  });
  it('erases to the end of the line, to its start, and whole', () => {
    assert.deepEqual(screen('abcdef\u001b[3D\u001b[K'), ['abc']);
    assert.deepEqual(screen('abcdef\u001b[3D\u001b[1K'), ['    ef']);
    assert.deepEqual(screen('abcdef\u001b[2Kxy'), ['      xy']);
  });
  it('erases everything below the cursor', () => {
    assert.deepEqual(screen('a\nb\nc\u001b[2A\r\u001b[J'), ['', '', '']);
  });
  it('moves back on a backspace', () => {
    assert.deepEqual(screen('|\b/\b-\bok'), ['ok']);
  });
  it('drops window titles, links and other sequences that move nothing', () => {
    assert.deepEqual(screen('\u001b]0;title\u0007a\u001b]8;;http://x\u001b\\b\u001b(B\u001b[?25lc'), ['abc']);
  });
  it('comes to the same wherever the chunks are cut', () => {
    const text =
      'plain\n\u001b[31mred\u001b[0m\r\n50 %\r\u001b[K100 %\nup\n\u001b[1A\u001b[2Kover\n\u001b]0;t\u0007end é😀';
    const whole = screen(text);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 6 }), (cuts) => {
        const points = [0, ...[...cuts].sort((a, b) => a - b), text.length];
        const chunks = points.slice(1).map((end, i) => text.slice(points[i], end));
        // A cut within a pair of UTF-16 units cannot happen: pages begin and end between characters.
        if (chunks.some((chunk) => /[\ud800-\udbff]$/.test(chunk))) return;
        assert.deepEqual(screen(...chunks), whole);
      }),
    );
  });
  it('goes on with a line that never ends in further lines', () => {
    assert.deepEqual(
      screen('x'.repeat(45_000)).map((line) => line.length),
      [20_000, 20_000, 5000],
    );
  });
  it('reads a hundred thousand lines in well under a second', () => {
    const log = new TerminalLog();
    const text = '2026-11-29 12:00:00 \u001b[32mINFO\u001b[0m something happened here\n'.repeat(100_000);
    const took = processorMs(() => void log.write(text));
    assert.equal(log.lines.length, 100_000);
    assert.ok(took < 2000, `${took} ms`);
  });
});

describe('colours in a log', () => {
  const spans = (text: string): unknown => {
    const log = new TerminalLog();
    log.write(text);
    return log.lines.map((line) => spansOf(line).map(({ text: piece, classes }) => [piece, classes.join(' ')]));
  };
  it('become class names of the theme, and go on over the end of a line', () => {
    assert.deepEqual(spans('a\u001b[1;31mred\nstill\u001b[0m plain'), [
      [['a', ''], ['red', 'bold fg-red']],
      [['still', 'bold fg-red'], [' plain', '']],
    ]); // prettier-ignore
  });
  it('survive a carriage return', () => {
    assert.deepEqual(spans('\u001b[32mok\u001b[0m  \rOK'), [[['OK  ', '']]]); // prettier-ignore
  });
  it('of the 256 become values', () => {
    assert.equal(paletteColour(196), '#ff0000');
    assert.equal(paletteColour(244), '#808080');
  });
});

describe('the level of a line', () => {
  for (const line of [
    'Error: no such host',
    '[ERROR] x',
    'level=error msg=x',
    'java.lang.NullPointerException: null',
    '✗ 3 tests',
    'E 12:00 connection refused',
    '::error file=a.ts::bad',
    'fatal: not a git repository',
  ]) {
    it(`is error for "${line}"`, () => assert.equal(levelOf(line), 'error'));
  }
  for (const line of [
    '0 errors, 0 warnings',
    'no errors found',
    'retry on failure',
    'errors: 0',
    'terrorist',
    'flag --fail-fast set',
    'layer pulled',
  ]) {
    it(`is plain for "${line}"`, () => assert.equal(levelOf(line), 'plain'));
  }
  it('is what the line calls itself first', () => assert.equal(levelOf('Warning: probe failed'), 'warning'));
});

describe('the model of a log', () => {
  const model = (text: string): LogModel => {
    const made = new LogModel();
    made.append(text, text.length);
    return made;
  };
  it('folds groups that the tool marks, and says how long they are', () => {
    const log = model('before\n::group::Install\na\nb\n::endgroup::\nafter');
    assert.deepEqual(log.folds, [{ start: 1, end: 4, title: 'Install', kind: 'group' }]);
    assert.equal(log.rows.length, 3);
    assert.equal(log.rows.at(1).fold?.title, 'Install');
    assert.equal(log.line(log.rows.at(2).line)?.plain, 'after');
  });
  it('folds a long run of lines that differ only in their numbers', () => {
    const log = model(
      `start\n${Array.from({ length: 40 }, (_, i) => `pulling layer ${i}: ${i} MB`).join('\n')}\nend\n`,
    );
    assert.deepEqual(
      log.folds.map((fold) => [fold.start, fold.end]),
      [[1, 40]],
    );
  });
  it('never folds lines that tell of errors', () => {
    assert.deepEqual(model(Array.from({ length: 40 }, (_, i) => `error ${i}: refused`).join('\n')).folds, []);
  });
  it('finds the same folds page by page as at once', () => {
    const text = `a\n${'pull 1 of 2\n'.repeat(50)}b\n::group::g\nx\ny\n::endgroup::\n${'wait 3 s\n'.repeat(30)}end\n`;
    const paged = new LogModel();
    for (let at = 0; at < text.length; at += 37) paged.append(text.slice(at, at + 37), 37);
    assert.deepEqual(paged.folds, model(text).folds);
  });
  it('opens what hides a line that is looked for', () => {
    const log = model('::group::g\nneedle\n::endgroup::\nafter');
    const pattern = searchPattern('needle');
    assert.ok(pattern);
    const line = log.find(pattern, -1, 1);
    assert.equal(line, 1);
    assert.equal(log.reveal(1), 1);
    assert.equal(log.rows.length, 4);
  });
  it('finds the first error, and the next ones round the end', () => {
    const log = model('ok\nerror: one\nok\nerror: two');
    assert.equal(log.firstError, 1);
    assert.equal(log.nextError(1, 1), 3);
    assert.equal(log.nextError(3, 1), 1);
    assert.equal(log.nextError(1, -1), 3);
  });
  it('forgets an error that was written over', () => {
    const log = model('error: x\r');
    log.append('\u001b[Kfine', 10);
    assert.equal(log.firstError, undefined);
  });
  it('numbers lines only where reading began at the start', () => {
    const log = new LogModel();
    assert.equal(log.firstLine, 1);
    log.reset(1000);
    assert.equal(log.firstLine, undefined);
  });
  it('searches with small letters for both, with capitals for capitals, and for regular expressions', () => {
    assert.ok(searchPattern('error')?.test('ERROR'));
    assert.equal(searchPattern('Error')?.test('error'), false);
    assert.ok(searchPattern('/e\\d+/')?.test('e42'));
    assert.equal(searchPattern('/(/'), undefined);
    assert.ok(searchPattern('a.b')?.test('a.b') && !searchPattern('a.b')?.test('axb'));
  });
});

describe('rows with closed folds', () => {
  it('map to lines and back, for any folds', () => {
    const folds = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 6 })), { maxLength: 8 })
      .map((list) => {
        let at = 0;
        return list.map(([gap, size]): Fold => {
          const start = at + gap;
          at = start + size + 1;
          return { start, end: start + size, title: '', kind: 'run' };
        });
      });
    fc.assert(
      fc.property(folds, (list) => {
        const count = (list.at(-1)?.end ?? 0) + 5;
        const rows = new FoldedRows(list, count, () => false);
        const seen = Array.from({ length: rows.length }, (_, row) => rows.at(row).line);
        const hidden = new Set(
          list.flatMap((fold) => Array.from({ length: fold.end - fold.start }, (_, i) => fold.start + 1 + i)),
        );
        assert.deepEqual(
          seen,
          Array.from({ length: count }, (_, i) => i).filter((line) => !hidden.has(line)),
        );
        seen.forEach((line, row) => assert.equal(rows.rowOf(line), row));
      }),
    );
  });
});

describe('the two files of an attempt as one log', () => {
  it('are read in the order in which their pieces came', () => {
    const index = new LogIndex();
    index.add('stdout', 0, 10);
    index.add('stderr', 0, 4);
    index.add('stdout', 10, 6);
    assert.equal(index.size, 20);
    assert.deepEqual(index.piece(0, 100), { stream: 'stdout', offset: 0, length: 10 });
    assert.deepEqual(index.piece(10, 100), { stream: 'stderr', offset: 0, length: 4 });
    assert.deepEqual(index.piece(16, 3), { stream: 'stdout', offset: 12, length: 3 });
    assert.equal(index.piece(20, 1), undefined);
  });
  it('count a piece once that is told of twice, and fill a gap', () => {
    const index = new LogIndex();
    index.add('stdout', 0, 10);
    index.add('stdout', 0, 10);
    index.add('stdout', 15, 5);
    assert.equal(index.size, 20);
    assert.deepEqual(index.piece(12, 100), { stream: 'stdout', offset: 12, length: 8 });
  });
});
