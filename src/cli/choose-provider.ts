/** Which model is asked, by name or by what is set up here, and why. */
import { failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Provider } from '../planner/providers/provider.ts';
import type { Io } from './io.ts';

export const PROVIDERS = [
  'auto',
  'claude',
  'claude-code',
  'ollama',
  'openai',
  'langchain',
  'transformers',
  'editor',
  'catalog',
] as const;
type ProviderName = (typeof PROVIDERS)[number];

export interface Chosen {
  /** Nothing stands for the built-in planner. */
  readonly provider: Provider | undefined;
  /** Why `auto` took it. */
  readonly reason?: string;
}

const isProvider = (name: string): name is ProviderName => (PROVIDERS as readonly string[]).includes(name);

/**
 * `auto` takes Claude where there is a key, then a server that the environment names, then a model of the editor, then an installed
 * Claude Code that this folder is trusted by, else the built-in planner.
 * @param editor a model of the editor that asks, where it has one
 */
export async function chooseProvider(
  name: string,
  model: string | undefined,
  io: Io,
  editor?: Provider,
): Promise<Result<Chosen>> {
  if (!isProvider(name))
    return err(failure('usage', `There is no provider ${name}.`, { next: `Choose one of ${PROVIDERS.join(', ')}.` }));
  if (name === 'auto') return automatic(model, io, editor);
  if (name === 'catalog') return ok({ provider: undefined });
  if (name !== 'editor') return ok({ provider: await make(name, model, io) });
  return editor === undefined
    ? err(
        failure('missing', 'The editor has no language model that may be used.', {
          next: 'Install an extension that brings one and sign in, or choose another provider.',
        }),
      )
    : ok({ provider: editor });
}

async function automatic(model: string | undefined, io: Io, editor: Provider | undefined): Promise<Result<Chosen>> {
  const { env } = io;
  if (isSet(env['ANTHROPIC_API_KEY']))
    return ok({ provider: await make('claude', model, io), reason: 'ANTHROPIC_API_KEY is set' });
  if (isSet(env['OLLAMA_HOST'])) return ok({ provider: await make('ollama', model, io), reason: 'OLLAMA_HOST is set' });
  if (isSet(env['OPENAI_BASE_URL']))
    return ok({ provider: await make('openai', model, io), reason: 'OPENAI_BASE_URL is set' });
  if (editor !== undefined) return ok({ provider: editor, reason: 'the editor has this model' });
  const { claudeTrusts } = await import('./model-programs.ts');
  if (claudeTrusts(io))
    return ok({
      provider: await make('claude-code', model, io),
      reason: 'Claude Code is installed and trusts this folder',
    });
  return ok({ provider: undefined, reason: 'no model is set up' });
}

async function make(
  name: Exclude<ProviderName, 'auto' | 'catalog' | 'editor'>,
  model: string | undefined,
  io: Io,
): Promise<Provider> {
  switch (name) {
    case 'claude':
      return (await import('../planner/providers/claude.ts')).claude(io.env, model);
    case 'claude-code': {
      const { runClaude } = await import('./model-programs.ts');
      return (await import('../planner/providers/claude-code.ts')).claudeCode(runClaude(io), model);
    }
    case 'ollama':
      return (await import('../planner/providers/ollama.ts')).ollama(io.env, model);
    case 'openai':
      return (await import('../planner/providers/openai.ts')).openai(io.env, model);
    case 'langchain':
    case 'transformers': {
      const { runPython } = await import('./model-programs.ts');
      return (await import('../planner/providers/python.ts')).python(name, runPython(io), io.env, model);
    }
  }
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';

/** Work that Ctrl-C ends. */
export async function untilInterrupted<T>(io: Io, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const stop = io.onSignal('SIGINT', () => abort.abort());
  try {
    return await work(abort.signal);
  } finally {
    stop();
  }
}
