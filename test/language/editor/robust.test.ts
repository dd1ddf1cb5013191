import assert from 'node:assert/strict';
import { actionsAt } from '../../../src/language/editor/actions.ts';
import { complete } from '../../../src/language/editor/complete.ts';
import { format } from '../../../src/language/editor/format.ts';
import { hoverAt } from '../../../src/language/editor/hover.ts';
import { inlayHints, lenses } from '../../../src/language/editor/lens.ts';
import { definitionAt, referencesAt, rename } from '../../../src/language/editor/navigate.ts';
import { folds, outline } from '../../../src/language/editor/symbols.ts';
import { tokens } from '../../../src/language/editor/tokens.ts';
import { open } from '../support.ts';

const FILE = `x-a: &a { timeout: 5m }
inputs:
  "replicas": { type: number }
parallel_deployment:
  stage_1:
    - <<: *a
      task: 'build'
      type: docker
    - task: b-c
      type: shell
      depends_on: ["build"]
      when: \${{ tasks.build.status == "succeeded" }}
      with:
        run: |
          echo \${{ tasks["build"].outputs.image }} {[
  stage_2:
  - task: d
    type: helm
    with: { set: { a: "\${{ inputs.replicas }}" }, values: [ x.yaml,
       y.yaml ] }
finally: [ { task: e, type: shell } ]
`;

/** All that an editor asks for at a place. */
function askAll(text: string, line: number, character: number): void {
  const document = open(text);
  const at = { line, character };
  const { items } = complete(document, at);
  for (const { range } of items)
    assert.ok(range.start.line < line || range.start.character <= character, 'a completion begins before the cursor');
  hoverAt(document, at);
  definitionAt(document, at);
  referencesAt(document, at, true);
  rename(document, at, 'other-name');
  actionsAt(document, { start: at, end: at });
  actionsAt(document, { start: at, end: at }, ['source.fixAll', 'refactor']);
}

function lookAll(text: string): void {
  const document = open(text);
  outline(document);
  folds(document);
  tokens(document);
  lenses(document, undefined);
  inlayHints(document, { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } });
  format(document, { tabSize: 2 });
}

describe('whatever is in the file', function () {
  this.timeout(60_000);

  it('every place of it can be asked about', () => {
    FILE.split('\n').forEach((text, line) => {
      for (let character = 0; character <= text.length; character += 3) askAll(FILE, line, character);
    });
  });

  it('it can end anywhere', () => {
    for (let end = 0; end <= FILE.length; end += 5) {
      const text = FILE.slice(0, end);
      const lines = text.split('\n');
      askAll(text, lines.length - 1, lines.at(-1)?.length ?? 0);
      lookAll(text);
    }
  });

  it('it can be no workflow at all', () => {
    for (const text of [
      '',
      '\n',
      '\uFEFF',
      '- a\n- b\n',
      '{',
      '%YAML',
      '---\n---\n',
      'a: b: c\n',
      '\0\0',
      '*x',
      'parallel_deployment: 3\n',
      '}}\n${{',
    ]) {
      askAll(text, 0, 0);
      askAll(text, 5, 7);
      lookAll(text);
    }
  });
});
