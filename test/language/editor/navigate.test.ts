import assert from 'node:assert/strict';
import { definitionAt, referencesAt, rename, renameable } from '../../../src/language/editor/navigate.ts';
import { under } from '../support.ts';
import { applied, marked } from './support.ts';

const FILE = `inputs:
  replicas: { type: number, default: 2 }
env: { REGION: eu }
secrets: [TOKEN]
parallel_deployment:
  stage_1:
    - task: build
      type: docker
    - task: check
      type: shell
      depends_on: [build]
      with: { run: "echo \${{ tasks.build.outputs.image }} \${{ secrets.TOKEN }}" }
  stage_2:
    - task: deploy
      type: shell
      depends_on:
        - "build"
      when: tasks["build"].status == 'succeeded' && inputs.replicas > 1
      with: { run: 'echo \${{ tasks.build.outputs.id }} \${{ inputs.replicas }}' }
`;

/** The file with the mark put behind the n-th occurrence of a text. */
function at(needle: string, n = 1): string {
  let offset = -1;
  for (let i = 0; i < n; i++) offset = FILE.indexOf(needle, offset + 1);
  const end = offset + needle.length;
  return `${FILE.slice(0, end)}§${FILE.slice(end)}`;
}
const open = (needle: string, n = 1): ReturnType<typeof marked> => marked(at(needle, n), {}, '§');

describe('going to where a name is declared', () => {
  it('finds a task from depends_on, from an expression, and from its own name', () => {
    for (const needle of ['depends_on: [bu', 'tasks.bui', 'tasks["bu', '- "bu', '- task: bu']) {
      const { document, at: place, text } = open(needle);
      const [range, ...others] = definitionAt(document, place);
      assert.ok(range, needle);
      assert.deepEqual(others, []);
      assert.equal(under(text, range), 'build');
      assert.equal(range.start.line, 6, needle);
    }
  });

  it('finds inputs and secrets', () => {
    const input = open('inputs.repl');
    assert.equal(definitionAt(input.document, input.at)[0]?.start.line, 1);
    const secret = open('secrets.TO');
    assert.equal(definitionAt(secret.document, secret.at)[0]?.start.line, 3);
  });

  it('finds nothing at other words', () => {
    const { document, at: place } = open('type: sh');
    assert.deepEqual(definitionAt(document, place), []);
  });
});

describe('finding where a name is used', () => {
  it('lists every place, with the declaration or without', () => {
    const { document, at: place, text } = open('- task: bu');
    const all = referencesAt(document, place, true);
    assert.equal(all.length, 6);
    assert.ok(all.every((range) => under(text, range) === 'build'));
    assert.equal(referencesAt(document, place, false).length, 5);
  });
});

describe('renaming', () => {
  const renamed = (needle: string, name: string): string => {
    const { document, at: place, text } = open(needle);
    const edits = rename(document, place, name);
    assert.ok(edits.ok, edits.ok ? '' : edits.failure);
    return applied(text, edits.value);
  };

  it('changes a task everywhere, and nothing else', () => {
    assert.equal(renamed('depends_on: [bu', 'image'), FILE.replace(/\bbuild\b/g, 'image'));
  });

  it('puts a name that needs it into brackets, in the quotes that the text around leaves free', () => {
    const text = renamed('- task: bu', 'build-image');
    assert.match(text, /"echo \$\{\{ tasks\['build-image'\]\.outputs\.image \}\}/);
    assert.match(text, /'echo \$\{\{ tasks\["build-image"\]\.outputs\.id \}\}/);
    assert.match(text, /when: tasks\["build-image"\]\.status/);
    assert.deepEqual(
      marked(`${text}§`, {}, '§').document.diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    );
  });

  it('changes stages, inputs and secrets', () => {
    assert.equal(renamed('  stage_', 'first'), FILE.replace('stage_1', 'first'));
    assert.equal(renamed('inputs.repl', 'pods'), FILE.replaceAll('replicas', 'pods'));
    assert.equal(renamed('secrets: [TO', 'KEY'), FILE.replaceAll('TOKEN', 'KEY'));
  });

  it('refuses a name that is taken or is none, and says why', () => {
    const { document, at: place } = open('- task: bu');
    const taken = rename(document, place, 'deploy');
    assert.ok(!taken.ok && /already/.test(taken.failure));
    const bad = rename(document, place, '1st');
    assert.ok(!bad.ok && /begins with a letter/.test(bad.failure));
  });

  it('refuses what it could not follow', () => {
    const { document, at: place } = open('REG');
    const refused = renameable(document, place);
    assert.ok(!refused.ok && /programs/.test(refused.failure));
    const nothing = open('type: do');
    assert.ok(!renameable(nothing.document, nothing.at).ok);
  });
});
