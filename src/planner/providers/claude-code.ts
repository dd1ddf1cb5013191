/**
 * Claude through an installed Claude Code, with the login that it has: `claude -p --output-format json --json-schema`.
 * https://code.claude.com/docs/en/headless
 */
import { isObject, parseJson } from '../../core/json.ts';
import { failure, type Failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { estimateTokens } from '../context/pack.ts';
import { lastLine, type ProgramAnswer, type RunProgram } from './program.ts';
import { jsonIn, type CompleteOptions, type ModelAnswer, type ModelRequest, type Provider } from './provider.ts';

/** It is asked to choose, not to act: no tool may be used. */
const NO_TOOLS = ['Bash', 'Edit', 'Write', 'NotebookEdit', 'Read', 'Glob', 'Grep', 'WebFetch', 'WebSearch', 'Task'];

export function claudeCode(run: RunProgram, model = 'sonnet'): Provider {
  return {
    id: 'claude-code',
    model,
    capabilities: { schema: true, streaming: false, local: false },
    health: async (signal) => {
      const answer = await run(['--version'], '', signal);
      if (!answer.ok)
        return err({
          ...answer.failure,
          message: 'Claude Code is not installed here.',
          next: 'Install it and log in once (claude), or use --provider claude with a key.',
        });
      return answer.value.exitCode === 0 ? ok(answer.value.stdout.trim()) : err(notUsable(answer.value));
    },
    countTokens: estimateTokens,
    complete: (request, options) => complete(run, model, request, options),
  };
}

async function complete(
  run: RunProgram,
  model: string,
  request: ModelRequest,
  options: CompleteOptions,
): Promise<Result<ModelAnswer>> {
  const args = [
    '-p',
    '--output-format',
    'json',
    '--model',
    model,
    '--json-schema',
    JSON.stringify(request.schema),
    '--append-system-prompt',
    request.system,
    '--disallowedTools',
    NO_TOOLS.join(','),
  ];
  options.onRequest?.(`${request.system}\n${request.user}`);
  const answer = await run(args, request.user, options.signal);
  if (options.signal.aborted) return err(failure('cancelled', 'Planning was cancelled.'));
  if (!answer.ok) return answer;
  const json = parseJson(answer.value.stdout);
  if (!isObject(json) || json['type'] !== 'result') return err(notUsable(answer.value));
  const said = typeof json['result'] === 'string' ? json['result'] : '';
  if (json['is_error'] === true || answer.value.exitCode !== 0) return err(refusal(said, json['subtype']));
  const structured = json['structured_output'];
  const usage = isObject(json['usage']) ? json['usage'] : {};
  const count = (name: string): number => (typeof usage[name] === 'number' ? usage[name] : 0);
  const cost = json['total_cost_usd'];
  const text = isObject(structured) ? JSON.stringify(structured) : said;
  options.onText?.(text);
  return ok({
    json: isObject(structured) ? structured : jsonIn(said),
    text,
    usage: {
      inputTokens: count('input_tokens') + count('cache_creation_input_tokens') + count('cache_read_input_tokens'),
      outputTokens: count('output_tokens'),
      cachedTokens: count('cache_read_input_tokens'),
    },
    ...(typeof cost === 'number' ? { costUsd: cost } : {}),
  });
}

function refusal(said: string, subtype: unknown): Failure {
  if (/login|api key|authenticat|credit balance/i.test(said))
    return failure('denied', 'Claude Code is not logged in.', { next: 'Start claude once and log in.', detail: said });
  if (/rate limit|usage limit|overloaded|\b(?:429|529)\b/i.test(said))
    return failure('unreachable', 'Claude answers too many requests at the moment.', {
      next: 'Wait a little and try again, or use --provider catalog.',
      detail: said,
    });
  return failure('tool', 'Claude Code gave no answer.', {
    detail: said === '' ? (typeof subtype === 'string' ? subtype : 'no reason given') : said.slice(0, 500),
  });
}

const notUsable = (answer: ProgramAnswer): Failure =>
  failure('tool', 'Claude Code did not answer in its published form.', {
    next: 'Update it (claude update), or use --provider claude with a key.',
    detail: lastLine(answer.stderr) || lastLine(answer.stdout),
  });
