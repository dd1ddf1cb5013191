/** Servers of local models. */
import type { Rule } from '../rule.ts';

const types = ['ollama', 'localai', 'langchain', 'transformers', 'shell'];

export const MODELS: readonly Rule[] = [
  {
    id: 'models/not-pulled',
    types,
    line: /model ["'](?<model>[^"']+)["'] not found|The server does not have (?<model2>\S+)\.|pull model manifest: file does not exist/i,
    what: 'The model {model|} is not on the server.',
    cause: 'It was not pulled, or is called otherwise there.',
    next: ['ollama list shows what is there; ollama pull {model|MODEL} gets it.'],
  },
  {
    id: 'models/memory',
    types,
    line: /model requires more system memory \((?<need>[^)]+)\) than is available \((?<have>[^)]+)\)|llama runner process has terminated|CUDA out of memory/i,
    what: 'The model does not fit into memory.',
    cause: 'It needs {need|more than there is}, and {have|less} is free.',
    next: ['Use a smaller model or quantisation, a smaller context, or close what uses the memory.'],
  },
  {
    id: 'models/context',
    types,
    line: /(?:exceeds?|larger than) (?:the )?(?:available |maximum )?context (?:size|length|window)|input length exceeds/i,
    what: 'The text is longer than the model’s context.',
    cause: 'Prompt and answer together do not fit.',
    next: ['Send less, or raise the context (num_ctx) where the memory allows.'],
  },
  {
    id: 'models/hub',
    types,
    line: /We couldn't connect to 'https:\/\/huggingface\.co'|is not a (?:local folder|valid model identifier)|GatedRepoError/i,
    what: 'The model cannot be loaded from the hub.',
    cause: 'No network, a wrong name, or a model whose terms were not accepted.',
    next: ['Download it once and name its folder, or give a token (HF_TOKEN) as a secret.'],
  },
]; // prettier-ignore
