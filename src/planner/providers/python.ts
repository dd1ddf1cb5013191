/**
 * Optional adapters: a model through LangChain (any that `init_chat_model` knows, such as `ollama:qwen3`) or Hugging Face Transformers (a
 * folder or a name), in the person's own Python. Nothing of either comes with CODE; they are asked for by name.
 */
import { failure } from '../../core/failure.ts';
import { isObject, parseJson } from '../../core/json.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { estimateTokens } from '../context/pack.ts';
import { lastLine, type RunProgram } from './program.ts';
import {
  jsonIn,
  type CompleteOptions,
  type Environment,
  type ModelAnswer,
  type ModelRequest,
  type Provider,
} from './provider.ts';

type Kind = 'langchain' | 'transformers';

/** Reads the request from standard input, writes one JSON line as the last of standard output. */
const PROGRAMS: Readonly<Record<Kind, string>> = {
  langchain: `
import json, sys
r = json.load(sys.stdin)
from langchain.chat_models import init_chat_model
model = init_chat_model(r["model"], temperature=0, max_tokens=r["max_tokens"])
schema = dict(r["schema"], title=r["name"], description="The answer.")
chain = model.with_structured_output(schema, include_raw=True)
out = chain.invoke([("system", r["system"]), ("user", r["user"])])
raw = out["raw"]
usage = getattr(raw, "usage_metadata", None) or {}
text = raw.content if isinstance(raw.content, str) else json.dumps(raw.content)
print()
print(json.dumps({"json": out["parsed"], "text": text, "in": usage.get("input_tokens", 0), "out": usage.get("output_tokens", 0)}))
`,
  transformers: `
import json, sys
r = json.load(sys.stdin)
from transformers import AutoModelForCausalLM, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(r["model"])
model = AutoModelForCausalLM.from_pretrained(r["model"])
system = r["system"] + "\\nThe schema: " + json.dumps(r["schema"])
if tokenizer.chat_template:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": r["user"]}]
    prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
else:
    prompt = system + "\\n" + r["user"] + "\\n"
inputs = tokenizer(prompt, return_tensors="pt")
output = model.generate(**inputs, max_new_tokens=r["max_tokens"], do_sample=False)
fresh = output[0][inputs["input_ids"].shape[1]:]
print()
print(json.dumps({"text": tokenizer.decode(fresh, skip_special_tokens=True), "in": int(inputs["input_ids"].shape[1]), "out": int(len(fresh))}))
`,
};

const NAMES: Readonly<Record<Kind, string>> = { langchain: 'LangChain', transformers: 'Transformers' };

/** @param run starts a Python */
export function python(kind: Kind, run: RunProgram, environment: Environment, model?: string): Provider {
  const name = model ?? environment[`CODE_ENGINE_${kind.toUpperCase()}_MODEL`] ?? '';
  return {
    id: kind,
    model: name,
    capabilities: { schema: kind === 'langchain', streaming: false, local: kind === 'transformers' },
    health: (signal) => health(kind, run, name, signal),
    countTokens: estimateTokens,
    complete: (request, options) => complete(kind, run, name, request, options),
  };
}

async function health(kind: Kind, run: RunProgram, model: string, signal: AbortSignal): Promise<Result<string>> {
  if (model === '')
    return err(
      failure('usage', `${NAMES[kind]} needs the name of a model.`, {
        next:
          kind === 'langchain'
            ? 'Such as --model ollama:qwen3.'
            : 'Such as --model with a folder or a name on the hub.',
      }),
    );
  const found = await run(['-c', `import ${kind}; print(${kind}.__version__)`], '', signal);
  if (!found.ok) return found;
  return found.value.exitCode === 0
    ? ok(found.value.stdout.trim())
    : err(
        failure('missing', `The Python here has no ${NAMES[kind]}.`, {
          next: `Install it (pip install ${kind}), or name another Python in CODE_ENGINE_PYTHON.`,
          detail: lastLine(found.value.stderr),
        }),
      );
}

async function complete(
  kind: Kind,
  run: RunProgram,
  model: string,
  request: ModelRequest,
  options: CompleteOptions,
): Promise<Result<ModelAnswer>> {
  const { system, user, schema, schemaName: name, maxTokens } = request;
  const body = JSON.stringify({ model, system, user, schema, name, max_tokens: maxTokens });
  options.onRequest?.(body);
  const answer = await run(['-c', PROGRAMS[kind]], body, options.signal);
  if (options.signal.aborted) return err(failure('cancelled', 'Planning was cancelled.'));
  if (!answer.ok) return answer;
  const read = parseJson(lastLineWhole(answer.value.stdout));
  if (answer.value.exitCode !== 0 || !isObject(read))
    return err(
      failure('tool', `${NAMES[kind]} gave no answer.`, {
        detail: lastLine(answer.value.stderr) || 'It printed nothing.',
      }),
    );
  const text = typeof read['text'] === 'string' ? read['text'] : '';
  const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
  options.onText?.(text);
  return ok({
    json: isObject(read['json']) ? read['json'] : jsonIn(text),
    text,
    usage: { inputTokens: count(read['in']), outputTokens: count(read['out']) },
  });
}

const lastLineWhole = (text: string): string => text.trim().split('\n').at(-1) ?? '';
