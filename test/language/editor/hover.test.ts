import assert from 'node:assert/strict';
import type { WorkspaceFiles } from '../../../src/core/catalogue.ts';
import { hoverAt } from '../../../src/language/editor/hover.ts';
import { inlayHints, lenses } from '../../../src/language/editor/lens.ts';
import { open, under } from '../support.ts';
import { marked } from './support.ts';

const files: WorkspaceFiles = {
  kind: (path) => (path === 'Dockerfile' ? 'file' : undefined),
  glob: (pattern) => (pattern.includes('Chart.yaml') ? ['charts/shop/Chart.yaml'] : []),
};

const FILE = `name: shop
inputs:
  replicas: { type: number, default: 2, description: Pods per service }
parallel_deployment:
  stage_1:
    - task: build
      type: docker
      description: The image of the shop
  stage_2:
    - task: deploy
      type: helm
      depends_on: [build]
      timeout: 5m
      with:
        chart: charts/shop
        set: { image: "\${{ tasks.build.outputs.digest }}", n: "\${{ format('{0}', inputs.replicas) }}" }
`;

function hover(needle: string): { text: string; word: string } | undefined {
  const end = FILE.indexOf(needle) + needle.length;
  const { document, at, text } = marked(`${FILE.slice(0, end)}§${FILE.slice(end)}`, { files }, '§');
  const found = hoverAt(document, at);
  return found === undefined ? undefined : { text: found.text, word: under(text, found.range) };
}

describe('hover', () => {
  it('says what a key of the language means', () => {
    assert.match(hover('      time')?.text ?? '', /longest that one attempt may take/);
    assert.equal(hover('      time')?.word, 'timeout');
    assert.match(hover('parallel_dep')?.text ?? '', /Stages, in order/);
  });

  it('says what a task type does, needs and links to', () => {
    const text = hover('type: he')?.text ?? '';
    assert.match(text, /Install or upgrade a chart/);
    assert.match(text, /Licence Apache-2\.0/);
    assert.match(text, /`helm` >=3\.8\.0/);
    assert.match(text, /https:\/\/helm\.sh/);
  });

  it('says what a parameter is and what it would be here if it were not given', () => {
    const text = hover('        cha')?.text ?? '';
    assert.match(text, /Chart folder/);
    assert.match(text, /Here: `charts\/shop`/);
  });

  it('tells about a task where it is named', () => {
    const text = hover('depends_on: [bui')?.text ?? '';
    assert.match(text, /docker, in `stage_1`/);
    assert.match(text, /The image of the shop/);
  });

  it('tells about each part of an expression', () => {
    assert.match(hover('{ image: "${{ tas')?.text ?? '', /Other tasks/);
    assert.match(hover('{{ tasks.bui')?.text ?? '', /docker, in `stage_1`/);
    assert.match(hover('tasks.build.outp')?.text ?? '', /Values that the task gives/);
    assert.match(hover('outputs.dig')?.text ?? '', /Digest of the manifest/);
    assert.match(hover('inputs.repl')?.text ?? '', /Pods per service/);
    assert.match(hover('{{ for')?.text ?? '', /Puts values into a text/);
  });

  it('adds what the code of a diagnostic means', () => {
    const { document, at } = marked(`parallel_deployment:\n  a:\n    - task: t\n      type: shel|\n`);
    assert.match(hoverAt(document, at)?.text ?? '', /\*\*CODE012\*\* Unknown task type/);
  });

  it('says nothing about other words', () => {
    assert.equal(hover('The image of')?.text, undefined);
  });
});

describe('hints in lines', () => {
  const all = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };

  it('show what a bare task takes for itself, and how long it took last', () => {
    const document = open(FILE, { files, durations: new Map([['build', { lastMs: 40_000, medianMs: 42_000 }]]) });
    const texts = inlayHints(document, all).map(({ text, position }) => `${position.line}: ${text}`);
    assert.deepEqual(texts, ['5: 40.0 s', '6: context: ., image: shop', '10: release: shop']);
  });

  it('keep to the lines that are shown', () => {
    const document = open(FILE, { files });
    assert.deepEqual(
      inlayHints(document, { start: { line: 9, character: 0 }, end: { line: 12, character: 0 } }).map(
        ({ position }) => position.line,
      ),
      [10],
    );
  });
});

describe('lenses', () => {
  it('offer to run and to preview, and tell how it went last', () => {
    const document = open(FILE, { durations: new Map([['deploy', { lastMs: 62_000, medianMs: 61_000 }]]) });
    const found = lenses(document, { status: 'succeeded', durationMs: 90_000 }).map(
      ({ title, range, task }) => `${range.start.line} ${title}${task === undefined ? '' : ` [${task}]`}`,
    );
    assert.deepEqual(found, [
      '3 $(play) Run',
      '3 Preview',
      '3 last run succeeded in 1 m 30 s',
      '5 $(play) Run only this [build]',
      '9 $(play) Run only this (median 1 m 01 s) [deploy]',
    ]);
  });

  it('stay away from a file without tasks', () => {
    assert.deepEqual(lenses(open('name: x\n'), undefined), []);
  });
});
