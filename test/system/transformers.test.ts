import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transformers } from '../../src/tasks/transformers.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { libraryAt, linkLibrary, needLibrary } from './libraries.ts';
import { writeTinyModel } from './tiny-model.ts';

interface Scored {
  readonly label: string;
  readonly score: number;
}

describe('transformers, the real library for JavaScript', function () {
  this.timeout(300_000);
  before(function () {
    needLibrary(this, 'node');
  });

  async function workspace(labels: readonly string[] = []): Promise<Workbench> {
    const context = await workbench();
    await linkLibrary('node', context.root);
    await writeTinyModel(join(context.root, 'models/tiny'), labels);
    return context;
  }

  it('gives embeddings of files and texts: equal for equal words, of length 1', async () => {
    const context = await workspace();
    await writeFile(join(context.root, 'a.txt'), 'The shop is up.');
    const given = {
      model: 'models/tiny',
      files: ['a.txt'],
      texts: ['the shop is up .', 'all down'],
      output: 'out/vectors.jsonl',
    };
    const result = await perform(transformers, given, context);
    assert.ok(result.ok, `${JSON.stringify(result)}\n${context.lines.join('\n')}`);
    assert.equal(result.value.pipeline, 'feature-extraction');
    assert.match(String(result.value.version), /^4\.\d+\.\d+/);
    const [file, text, other] = result.value.result as { input: string; output: number[] }[];
    assert.ok(file !== undefined && text !== undefined && other !== undefined);
    assert.equal(file.input, 'a.txt');
    assert.equal(file.output.length, 8);
    assert.ok(Math.abs(Math.hypot(...file.output) - 1) < 1e-4);
    assert.deepEqual(file.output, text.output);
    assert.notDeepEqual(file.output, other.output);
    const lines = (await readFile(join(context.root, 'out/vectors.jsonl'), 'utf8')).trim().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as unknown),
      result.value.result,
    );
  });

  it('classifies by what the model was made for', async () => {
    const result = await perform(
      transformers,
      { model: 'models/tiny', texts: ['all well'], options: { top_k: 2 } },
      await workspace(['good', 'bad']),
    );
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal(result.value.pipeline, 'text-classification');
    const [{ output }] = result.value.result as [{ output: Scored[] }];
    assert.deepEqual(output.map((one) => one.label).sort(), ['bad', 'good']);
    assert.ok(Math.abs(output.reduce((sum, one) => sum + one.score, 0) - 1) < 1e-4);
  });

  it('says what is wrong with a folder, and fetches nothing that is not in it', async () => {
    const none = await perform(transformers, { model: 'models/none', texts: ['x'] }, await workspace());
    assert.ok(!none.ok && none.failure.kind === 'missing');
    const other = await perform(transformers, { model: 'models/tiny', texts: ['x'], dtype: 'q8' }, await workspace());
    assert.ok(!other.ok, 'there are no such weights in the folder');
    const nothing = await perform(transformers, { model: 'models/tiny' }, await workspace());
    assert.ok(!nothing.ok && nothing.failure.kind === 'missing');
  });

  it('says which package is missing', async () => {
    const context = await workbench();
    await writeTinyModel(join(context.root, 'models/tiny'));
    const result = await perform(transformers, { model: 'models/tiny', texts: ['x'] }, context);
    assert.ok(!result.ok && result.failure.kind === 'missing', JSON.stringify(result));
    assert.match(result.failure.next ?? '', /npm install @huggingface\/transformers/);
  });
});

/** Writes a BERT of random weights for PyTorch, beside the tokenizer of the tiny model. */
const MAKE = `import sys, torch
from transformers import BertConfig, BertForSequenceClassification, BertModel
torch.manual_seed(7)
config = BertConfig.from_pretrained(sys.argv[1])
kind = BertForSequenceClassification if 'Sequence' in config.architectures[0] else BertModel
kind(config).save_pretrained(sys.argv[1])
`;

describe('transformers, the real library for Python', function () {
  this.timeout(300_000);
  before(function () {
    needLibrary(this, 'transformers-python');
  });

  async function workspace(labels: readonly string[] = []): Promise<Workbench> {
    const context = await workbench({ env: { HF_HUB_OFFLINE: '1' } });
    await linkLibrary('transformers-python', context.root);
    const model = join(context.root, 'models/tiny');
    await writeTinyModel(model, labels);
    const program = join(libraryAt('transformers-python') ?? '', 'bin/python');
    const made = await context.exec({ kind: 'argv', program, args: ['-c', MAKE, model] });
    assert.equal(made.exitCode, 0, made.stderr);
    return context;
  }

  it('gives embeddings of length 1, equal for equal words', async () => {
    const given = {
      model: 'models/tiny',
      engine: 'python',
      texts: ['The shop is up.', 'the shop is up .', 'all down'],
    };
    const context = await workspace();
    const result = await perform(transformers, given, context);
    assert.ok(result.ok, `${JSON.stringify(result)}\n${context.lines.join('\n')}`);
    const [one, two, three] = (result.value.result as { output: number[] }[]).map(({ output }) => output);
    assert.equal(one?.length, 8);
    assert.ok(Math.abs(Math.hypot(...one) - 1) < 1e-4);
    assert.deepEqual(one, two);
    assert.notDeepEqual(one, three);
  });

  it('classifies', async () => {
    const given = { model: 'models/tiny', engine: 'python', texts: ['all well'], options: { top_k: 2 } };
    const result = await perform(transformers, given, await workspace(['good', 'bad']));
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal(result.value.pipeline, 'text-classification');
    const [{ output }] = result.value.result as [{ output: Scored[] }];
    assert.deepEqual(output.map((one) => one.label).sort(), ['bad', 'good']);
  });
});
