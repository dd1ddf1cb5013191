import assert from 'node:assert/strict';
import type { Json } from '../../src/core/json.ts';
import {
  checkExpression,
  conditionOf,
  evaluateCondition,
  expressionsIn,
  referencesOf,
  renderDeep,
  renderTemplate,
  templateParts,
  type ExpressionContext,
} from '../../src/core/expressions.ts';

const context: ExpressionContext = {
  inputs: { n: 2, half: 2.5, name: 'shop', on: true, list: ['a', 'b'], numbers: [1, 2], map: { a: 1 } },
  env: { REGION: 'eu' },
  tasks: {
    build: { status: 'succeeded', outputs: { image: 'shop:1', count: 3 } },
    'build-image': { status: 'failed', outputs: { tag: 'v2' } },
  },
  run: { id: 'r1', attempt: 1 },
  target: { os: 'linux', wsl: false },
};

function value(text: string): Json {
  const rendered = renderTemplate(text, context);
  if (!rendered.ok) assert.fail(`${text}: ${rendered.failure.message}`);
  return rendered.value;
}

function message(text: string): string {
  const rendered = renderTemplate(text, context);
  assert.ok(!rendered.ok, `${text} has a value`);
  return rendered.failure.message;
}

describe('a text with expressions', () => {
  it('keeps the type of the value where it is one expression and nothing else', () => {
    assert.equal(value('${{ inputs.n }}'), 2);
    assert.equal(value('${{ inputs.half }}'), 2.5);
    assert.equal(value('${{ inputs.on }}'), true);
    assert.deepEqual(value('${{ inputs.list }}'), ['a', 'b']);
    assert.deepEqual(value('${{ inputs.map }}'), { a: 1 });
    assert.equal(value('no expression'), 'no expression');
  });

  it('puts values into the text otherwise, lists as JSON', () => {
    assert.equal(value('x${{ inputs.n }}-${{ inputs.name }}'), 'x2-shop');
    assert.equal(value('l=${{ inputs.list }}'), 'l=["a","b"]');
    assert.equal(value(' ${{ inputs.n }}'), ' 2');
  });

  it('is not ended by braces in a string or in a map', () => {
    assert.equal(value('${{ "}}" }}'), '}}');
    assert.deepEqual(value('${{ {"a": {"b": 1}} }}'), { a: { b: 1 } });
    assert.equal(value("${{ '${{' }}"), '${{');
  });

  it('is rendered however deep it stands, keys excepted', () => {
    const rendered = renderDeep(
      { '${{ k }}': ['${{ inputs.n }}', { b: 'x${{ env.REGION }}' }], c: 1, d: null },
      context,
    );
    assert.deepEqual(rendered, { ok: true, value: { '${{ k }}': [2, { b: 'xeu' }], c: 1, d: null } });
  });

  it('is taken apart with places that put together are the text', () => {
    const text = 'a ${{ b }} c${{ d }}';
    assert.equal(
      templateParts(text)
        .map((part) => text.slice(part.start, part.end))
        .join(''),
      text,
    );
    assert.deepEqual(
      expressionsIn(['${{ a }}', { k: '${{ b }}' }]).map((part) => part.text),
      [' a ', ' b '],
    );
  });
});

describe('the functions of expressions', () => {
  const cases: readonly (readonly [string, Json])[] = [
    ['contains(inputs.name, "HO")', true],
    ['contains(inputs.list, "b")', true],
    ['startsWith(inputs.name, "sh") && endsWith(inputs.name, "op")', true],
    ['inputs.name.startsWith("sh")', true],
    ['format("{0}-{1} {{x}}", inputs.name, inputs.n)', 'shop-2 {x}'],
    ['join(inputs.list, "/")', 'a/b'],
    ['inputs.list.join("+")', 'a+b'],
    ['join(inputs.numbers)', '1,2'],
    ['split("a,b", ",")[1]', 'b'],
    ['replace("a.b.c", ".", "-")', 'a-b-c'],
    ['"A".lower() + "b".upper() + " c ".trim()', 'aBc'],
    ['lower("A") + upper("b") + trim(" c ")', 'aBc'],
    ['fromJSON("{\\"a\\": [1, 2]}").a[1] + 1', 3],
    ['toJSON(inputs.map)', '{\n  "a": 1\n}'],
    ['"n" + inputs.n + inputs.on', 'n2true'],
    ['inputs.n + inputs.half', 4.5],
    ['inputs.n < 2.5 && inputs.half > 2', true],
    ['inputs.?missing.orValue("d")', 'd'],
    ['has(inputs.missing) ? 1 : 0', 0],
    ['inputs.list.map(x, x + "!").filter(x, x != "a!")', ['b!']],
    ['tasks["build-image"].outputs.tag', 'v2'],
    ['size(inputs.list)', 2],
  ];
  for (const [expression, expected] of cases)
    it(`know ${expression}`, () => assert.deepEqual(value(`\${{ ${expression} }}`), expected));

  it('know how the run stands', () => {
    const all = ['success()', 'failure()', 'cancelled()', 'always()'];
    const answers = (['success', 'failure', 'cancelled'] as const).map((soFar) =>
      all.map((text) => evaluateCondition(text, { soFar })).map((answer) => answer.ok && answer.value),
    );
    assert.deepEqual(answers, [
      [true, false, false, true],
      [false, true, false, true],
      [false, false, true, true],
    ]);
  });
});

describe('a condition', () => {
  it('may stand with or without braces', () => {
    for (const text of ['inputs.n > 1', '${{ inputs.n > 1 }}', '  inputs.n > 1 ', 'tasks.build.status == "succeeded"'])
      assert.deepEqual(evaluateCondition(text, context), { ok: true, value: true });
  });

  it('takes the texts true and false for what they say, and nothing else that is no boolean', () => {
    assert.deepEqual(evaluateCondition('"false"', context), { ok: true, value: false });
    const wrong = evaluateCondition('inputs.n', context);
    assert.ok(!wrong.ok && wrong.failure.message.includes('true or false'));
  });

  it('is not half in braces', () => {
    assert.equal(conditionOf('${{ inputs.n }} > 1'), undefined);
    assert.ok(!evaluateCondition('${{ inputs.n }} > 1', context).ok);
  });
});

describe('an expression that fails', () => {
  it('says what is missing, by name', () =>
    assert.equal(message('${{ inputs.nope }}'), 'there is no "nope" in inputs'));
  it('says that it ends too early', () => assert.equal(message('${{ 1 + }}'), 'the expression ends too early'));
  it('says that it is not closed', () => assert.match(message('a ${{ inputs.n'), /not closed/));
  it('says which function there is not', () => assert.match(message('${{ nope(1) }}'), /no function nope/));
  it('says which types do not fit', () =>
    assert.equal(message('${{ inputs.name > 1 }}'), 'these types do not fit together: string > int'));
  it('never reaches an object’s own machinery', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'prototype'])
      assert.ok(!renderTemplate(`\${{ inputs["${name}"] }}`, context).ok, name);
  });
  it('points at the word inside of the whole text', () => {
    const text = 'echo ${{ inputs.nope }} done';
    const rendered = renderTemplate(text, context);
    assert.ok(!rendered.ok && text.slice(rendered.failure.start, rendered.failure.end) === 'nope');
  });
  it('is found before it runs where no value could mend it', () => {
    assert.equal(checkExpression('inputs.a &&')?.kind, 'syntax');
    assert.equal(checkExpression('nope(1)')?.kind, 'unknown-function');
    assert.equal(checkExpression('1 + [2]')?.kind, 'type');
    assert.equal(checkExpression('inputs.whatever + 1'), undefined);
  });
});

describe('what an expression names', () => {
  const names = (text: string): string[] =>
    referencesOf(text).map(({ segments }) => segments.map(({ name }) => name).join('.'));

  it('is every path, up to what is computed', () => {
    assert.deepEqual(names('tasks.a.outputs.x + inputs["b c"] + tasks[inputs.t].status'), [
      'tasks.a.outputs.x',
      'inputs.b c',
      'tasks',
      'inputs.t',
    ]);
  });
  it('does not hold variables of a macro', () =>
    assert.deepEqual(names('inputs.list.map(x, x.y + env.A)'), ['inputs.list', 'env.A']));
  it('is marked where it only asks whether a value is there', () => {
    assert.deepEqual(
      referencesOf('has(tasks.a.outputs.x) && tasks.b.status == ""').map(({ guarded }) => guarded),
      [true, false],
    );
  });
  it('tells a minus in a name from a subtraction', () => {
    assert.equal(referencesOf('tasks.build-image.outputs.tag')[0]?.minus?.name, 'image');
    assert.equal(referencesOf('tasks.build - image')[0]?.minus, undefined);
  });
});
