/**
 * A model of a few kilobytes with random weights, as Transformers reads it: BERT's files around an ONNX graph that looks each token up and
 * (for the classifier) takes the mean and weighs it. It proves the way in and out, not that a model is any good.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const WORDS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'the', 'shop', 'is', 'up', 'down', 'all', 'well', '.'];
const WIDTH = 8;

/** @param labels without any, the model gives embeddings */
export async function writeTinyModel(folder: string, labels: readonly string[] = []): Promise<void> {
  await mkdir(join(folder, 'onnx'), { recursive: true });
  const vocab = Object.fromEntries(WORDS.map((word, index) => [word, index]));
  const config = {
    model_type: 'bert',
    architectures: [labels.length > 0 ? 'BertForSequenceClassification' : 'BertModel'],
    vocab_size: WORDS.length,
    hidden_size: WIDTH,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 16,
    max_position_embeddings: 64,
    type_vocab_size: 2,
    pad_token_id: 0,
    ...(labels.length > 0
      ? {
          id2label: Object.fromEntries(labels.map((one, n) => [n, one])),
          label2id: Object.fromEntries(labels.map((one, n) => [one, n])),
        }
      : {}),
  };
  const special = (content: string, id: number): object => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: WORDS.slice(0, 5).map(special),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
  const tokenizerConfig = {
    tokenizer_class: 'BertTokenizer',
    model_max_length: 64,
    do_lower_case: true,
    unk_token: '[UNK]',
    sep_token: '[SEP]',
    pad_token: '[PAD]',
    cls_token: '[CLS]',
    mask_token: '[MASK]',
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(tokenizerConfig));
  await writeFile(join(folder, 'vocab.txt'), WORDS.join('\n'));
  await writeFile(join(folder, 'onnx', 'model.onnx'), onnx(labels.length));
}

/** The graph in ONNX's own format: messages of Protocol Buffers, whose field numbers are those of onnx.proto. */
function onnx(labels: number): Buffer {
  const classify = labels > 0;
  const nodes = [node('Gather', ['table', 'input_ids'], [classify ? 'tokens' : 'last_hidden_state'])];
  const tables = [tensor('table', [WORDS.length, WIDTH])];
  if (classify) {
    nodes.push(node('ReduceMean', ['tokens'], ['mean'], [ints('axes', [1]), int('keepdims', 0)]));
    nodes.push(node('MatMul', ['mean', 'weights'], ['logits']));
    tables.push(tensor('weights', [WIDTH, labels]));
  }
  const output = classify
    ? value('logits', FLOAT, ['batch', labels])
    : value('last_hidden_state', FLOAT, ['batch', 'sequence', WIDTH]);
  const graph = [
    ...nodes.map((one) => bytes(1, one)),
    bytes(2, Buffer.from('tiny')),
    ...tables.map((one) => bytes(5, one)),
    bytes(11, value('input_ids', INT64, ['batch', 'sequence'])),
    bytes(12, output),
  ];
  const opset = Buffer.concat([number(2, 13)]);
  return Buffer.concat([number(1, 8), bytes(7, Buffer.concat(graph)), bytes(8, opset)]);
}

const FLOAT = 1;
const INT64 = 7;

function varint(value: number): Buffer {
  const out: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...out, left]);
    out.push((left % 128) | 128);
  }
}

const number = (field: number, one: number): Buffer => Buffer.concat([varint(field * 8), varint(one)]);
const bytes = (field: number, one: Buffer): Buffer => Buffer.concat([varint(field * 8 + 2), varint(one.length), one]);
const words = (field: number, one: string): Buffer => bytes(field, Buffer.from(one));

const node = (type: string, inputs: string[], outputs: string[], attributes: Buffer[] = []): Buffer =>
  Buffer.concat([
    ...inputs.map((one) => words(1, one)),
    ...outputs.map((one) => words(2, one)),
    words(4, type),
    ...attributes.map((one) => bytes(5, one)),
  ]);

const int = (name: string, one: number): Buffer => Buffer.concat([words(1, name), number(3, one), number(20, 2)]);
const ints = (name: string, all: number[]): Buffer =>
  Buffer.concat([words(1, name), ...all.map((one) => number(8, one)), number(20, 7)]);

/** Random but always the same: a small generator with a fixed seed. */
function tensor(name: string, dimensions: number[]): Buffer {
  let seed = 7;
  const count = dimensions.reduce((product, one) => product * one, 1);
  const raw = Buffer.alloc(count * 4);
  for (let at = 0; at < count; at++) {
    seed = (seed * 16_807) % 2_147_483_647;
    raw.writeFloatLE(seed / 2_147_483_647 - 0.5, at * 4);
  }
  return Buffer.concat([...dimensions.map((one) => number(1, one)), number(2, FLOAT), words(8, name), bytes(9, raw)]);
}

function value(name: string, type: number, shape: (string | number)[]): Buffer {
  const dimensions = shape.map((one) => bytes(1, typeof one === 'number' ? number(1, one) : words(2, one)));
  const tensorType = Buffer.concat([number(1, type), bytes(2, Buffer.concat(dimensions))]);
  return Buffer.concat([words(1, name), bytes(2, bytes(1, tensorType))]);
}
