/** The small programs that run a local pipeline of Transformers over texts. Nothing is fetched: the model is a folder. */
import type { Language } from './script.ts';

const PYTHON = `import json, os, sys
import transformers

request = json.load(sys.stdin)
options = request['options']
kind = request['task']

def plain(value):
    if hasattr(value, 'tolist'):
        return value.tolist()
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (bool, int, float, str)) or value is None:
        return value
    return float(value) if hasattr(value, '__float__') else str(value)

pipe = transformers.pipeline(kind, model=request['model'], tokenizer=request['model'])
outputs = []
for index, text in enumerate(request['texts']):
    if kind == 'feature-extraction':
        # One vector for a text: the mean over its tokens, of length 1.
        tokens = plain(pipe(text, truncation=True, **options))[0]
        mean = [sum(column) / len(tokens) for column in zip(*tokens)]
        length = sum(one * one for one in mean) ** 0.5 or 1.0
        outputs.append([one / length for one in mean])
    elif kind == 'zero-shot-classification':
        outputs.append(plain(pipe(text, request['labels'], **options)))
    else:
        outputs.append(plain(pipe(text, **options)))
    print('%d of %d' % (index + 1, len(request['texts'])), flush=True)
with open(os.environ['CODE_RESULT'], 'w', encoding='utf-8') as file:
    json.dump({'outputs': outputs, 'version': transformers.__version__}, file, ensure_ascii=False)
`;

const NODE = `import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const request = JSON.parse(readFileSync(0, 'utf8'));
const entry = createRequire(join(request.cwd, 'package.json')).resolve('@huggingface/transformers');
const library = await import(pathToFileURL(entry).href);
const { env, pipeline } = library.pipeline ? library : library.default;
env.allowRemoteModels = false;
env.allowLocalModels = true;
env.localModelPath = dirname(request.model) + '/';

const plain = (value) => (typeof value?.tolist === 'function' ? value.tolist() : value);
const pipe = await pipeline(request.task, basename(request.model), { dtype: request.dtype });
const outputs = [];
for (const [index, text] of request.texts.entries()) {
  switch (request.task) {
    case 'feature-extraction':
      outputs.push(plain(await pipe(text, { pooling: 'mean', normalize: true, ...request.options }))[0]);
      break;
    case 'zero-shot-classification':
      outputs.push(plain(await pipe(text, request.labels, request.options)));
      break;
    default:
      outputs.push(plain(await pipe(text, request.options)));
  }
  console.log(index + 1 + ' of ' + request.texts.length);
}
writeFileSync(process.env.CODE_RESULT, JSON.stringify({ outputs, version: env.version }));
process.exit(0);
`;

export const transformersRunner = (language: Language): string => (language === 'python' ? PYTHON : NODE);
