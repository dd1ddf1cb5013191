/** The small programs that run a chain of the workspace: they find it, hand it its inputs, and write down what it gives, as data. */
import type { Language } from './script.ts';

const PYTHON = `import asyncio, importlib.util, inspect, json, os, sys

def plain(value):
    """Messages, documents and models as data."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(one) for one in value]
    if hasattr(value, 'content') and hasattr(value, 'type'):
        return plain(value.content)
    if hasattr(value, 'model_dump'):
        return plain(value.model_dump())
    if hasattr(value, 'dict'):
        return plain(value.dict())
    return str(value)

request = json.load(sys.stdin)
script = request['script']
sys.path.insert(0, os.path.dirname(script))
import langchain_core
spec = importlib.util.spec_from_file_location('code_chain', script)
module = importlib.util.module_from_spec(spec)
sys.modules['code_chain'] = module
spec.loader.exec_module(module)
names = [request['export']] if request['export'] else ['chain', 'agent', 'graph', 'app', 'runnable', 'main', 'run']
found = next((name for name in names if hasattr(module, name)), None)
if found is None:
    sys.exit('error: %s has none of: %s' % (script, ', '.join(names)))
target = getattr(module, found)
inputs = request['inputs']
# A chain or an agent is invoked; a function is called, and may give a chain.
if not hasattr(target, 'invoke') and callable(target):
    target = target(inputs) if len(inspect.signature(target).parameters) else target()
    if inspect.isawaitable(target):
        target = asyncio.run(target)
result = target.invoke(inputs) if hasattr(target, 'invoke') else target
with open(os.environ['CODE_RESULT'], 'w', encoding='utf-8') as file:
    json.dump({'result': plain(result), 'version': langchain_core.__version__, 'export': found}, file, ensure_ascii=False)
`;

const NODE = `import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Messages and documents as data. */
const plain = (value) => {
  if (value === null || value === undefined) return null;
  if (['boolean', 'number', 'string'].includes(typeof value)) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object') {
    if ('content' in value && (typeof value.getType === 'function' || typeof value._getType === 'function')) return plain(value.content);
    return Object.fromEntries(Object.entries(value).filter(([, one]) => typeof one !== 'function').map(([key, one]) => [key, plain(one)]));
  }
  return String(value);
};

const request = JSON.parse(readFileSync(0, 'utf8'));
let version = '';
for (let folder = dirname(request.script); ; folder = dirname(folder)) {
  try {
    version = JSON.parse(readFileSync(join(folder, 'node_modules/@langchain/core/package.json'), 'utf8')).version;
    break;
  } catch {
    if (folder === dirname(folder)) break;
  }
}
if (version === '') createRequire(request.script).resolve('@langchain/core/runnables');
const module = await import(pathToFileURL(request.script).href);
const names = request.export ? [request.export] : ['chain', 'agent', 'graph', 'app', 'runnable', 'main', 'run', 'default'];
const found = names.find((name) => name in module);
if (found === undefined) {
  console.error('error: ' + request.script + ' exports none of: ' + names.join(', '));
  process.exit(1);
}
let target = module[found];
// A chain or an agent is invoked; a function is called, and may give a chain.
if (typeof target === 'function' && typeof target.invoke !== 'function') target = await target(request.inputs);
const result = typeof target?.invoke === 'function' ? await target.invoke(request.inputs) : target;
writeFileSync(process.env.CODE_RESULT, JSON.stringify({ result: plain(result), version, export: found }));
process.exit(0);
`;

export const langchainRunner = (language: Language): string => (language === 'python' ? PYTHON : NODE);
