import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import * as z from 'zod';
import { errnoOf, failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { defineTask, duration, path, text, type InlineContext } from '../core/task-type.ts';
import { expectation, unmet } from './shared/expectation.ts';
import { request, shown } from './shared/request.ts';
import { lastWords } from './shared/tool.ts';
import { milliseconds, until } from './shared/until.ts';

const CONDITIONS = ['port', 'url', 'file', 'run', 'command', 'time'] as const;

const parameters = z
  .strictObject({
    port: z
      .union([z.int().min(1).max(65_535), text('')])
      .meta({ description: 'A TCP port that accepts: `5432`, `db.internal:5432`.' })
      .optional(),
    url: text('An address that answers with a 2xx status, or as `expect` says.').optional(),
    expect: expectation
      .meta({ description: 'What the answer of `url` must be like. Default: a 2xx status.' })
      .prefault({}),
    file: path('any', 'A file or folder that is there.').optional(),
    run: text('A shell text that ends with exit code 0.').optional(),
    command: z
      .array(z.string())
      .min(1)
      .meta({ description: 'A program with arguments, without a shell, that ends with exit code 0.' })
      .optional(),
    time: duration('Just so long.').optional(),
    gone: z
      .boolean()
      .meta({ description: 'Wait for the opposite: the port closed, the file removed, the command failing.' })
      .default(false),
    for: duration('Give up after so long.').default('5m'),
    interval: duration('Pause between two looks.').default('1s'),
  })
  .refine((p) => CONDITIONS.filter((name) => p[name] !== undefined).length === 1, {
    error: `give one of ${CONDITIONS.join(', ')}`,
  })
  .meta({ 'x-one-of': [...CONDITIONS] });

type Parameters = z.output<typeof parameters>;

/** Waits for the world: a port, a URL, a file, a command, or simply for some time. */
export const wait = defineTask({
  type: 'wait',
  aliases: ['wait_for', 'sleep'],
  category: 'glue',
  systems: ['Wait'],
  summary: 'Wait for a port, a URL, a file or a condition, and fail when it does not come in time.',
  licence: 'Apache-2.0',
  class: 'io',
  parameters,
  outputs: z.strictObject({ waitedMs: z.int().meta({ description: 'How long it took, in milliseconds.' }) }),
  examples: [
    { title: 'Until the database accepts connections', with: { port: 'localhost:5432', for: '1m' } },
    { title: 'Until a command succeeds', with: { run: 'pg_isready -q', interval: '2s' } },
  ],
  execution: {
    kind: 'inline',
    async run(p, context) {
      const start = performance.now();
      const forMs = milliseconds(p.time ?? p.for, p.time === undefined ? 'for' : 'time');
      if (!forMs.ok) return forMs;
      const intervalMs = milliseconds(p.interval, 'interval');
      if (!intervalMs.ok) return intervalMs;
      const patience = { forMs: forMs.value, intervalMs: Math.max(intervalMs.value, 20) };
      const look = async (signal: AbortSignal): Promise<Result<void>> => {
        if (p.time !== undefined)
          return performance.now() - start >= forMs.value - 1
            ? ok(undefined)
            : err(failure('timeout', `${p.time} are not over.`));
        const answer = await condition(p, context, signal);
        if (!p.gone) return answer;
        return answer.ok ? err(failure('timeout', `${nameOf(p)} is still there.`)) : ok(undefined);
      };
      const done = await until(
        look,
        p.time === undefined ? patience : { forMs: forMs.value + 2000, intervalMs: forMs.value },
        context,
      );
      const waitedMs = Math.round(performance.now() - start);
      if (done.ok) return ok({ waitedMs });
      const next = 'Look why it does not come, or give it longer under `for`.';
      return err({ next, ...done.failure, kind: done.failure.kind === 'cancelled' ? 'cancelled' : 'timeout' });
    },
  },
});

const nameOf = (p: Parameters): string =>
  p.port !== undefined ? `port ${p.port}` : (p.file ?? (p.url === undefined ? 'the condition' : shown(p.url)));

/** One look: good, or why not. */
async function condition(p: Parameters, context: InlineContext, signal: AbortSignal): Promise<Result<void>> {
  if (p.port !== undefined) return portOpen(p.port, signal);
  if (p.url !== undefined) return urlAnswers(p, p.url, context, signal);
  if (p.file !== undefined) {
    const there = await stat(resolve(context.cwd, p.file)).then(
      () => true,
      () => false,
    );
    return there ? ok(undefined) : err(failure('missing', `${p.file} is not there.`));
  }
  const [program = '', ...args] = p.command ?? [];
  const ended = await context.exec(
    p.run === undefined ? { kind: 'argv', program, args } : { kind: 'script', text: p.run },
    { capture: true },
  );
  if (ended.exitCode === 0) return ok(undefined);
  const words = lastWords(ended.stderr);
  return err(
    failure(
      'tool',
      `The condition ended with ${ended.exitCode ?? ended.signal ?? 'a signal'}${words === '' ? '.' : `: ${words}`}`,
    ),
  );
}

async function urlAnswers(
  p: Parameters,
  url: string,
  context: InlineContext,
  signal: AbortSignal,
): Promise<Result<void>> {
  const response = await request({
    url,
    timeoutMs: 10_000,
    redirects: 5,
    env: context.env,
    signal,
    headers: { 'user-agent': 'code-engine', accept: '*/*' },
  });
  if (!response.ok) return response;
  const missed = unmet(p.expect, response.value);
  return missed === undefined ? ok(undefined) : err(failure('tool', `${shown(url)}: ${missed}.`));
}

/** How long one attempt to connect may hang (a firewall that drops packets). */
const CONNECT_MS = 3000;

function portOpen(port: number | string, signal: AbortSignal): Promise<Result<void>> {
  const [, host = '', number = ''] = /^(?:(.*):)?(\d{1,5})$/.exec(String(port)) ?? [];
  const address = { host: host.replace(/^\[|\]$/g, '') || 'localhost', port: Number(number) };
  if (number === '' || address.port > 65_535) {
    return Promise.resolve(err(failure('invalid', `port: ${port} is neither a port nor host:port.`)));
  }
  return new Promise((answer) => {
    const socket = connect({ ...address, autoSelectFamily: true });
    const end = (result: Result<void>): void => {
      socket.destroy();
      signal.removeEventListener('abort', stop);
      answer(result);
    };
    const stop = (): void => end(err(failure('cancelled', 'The wait was ended.')));
    const no = (why: string): Result<never> =>
      err(failure('unreachable', `Port ${address.port} on ${address.host} does not accept: ${why}.`));
    signal.addEventListener('abort', stop, { once: true });
    socket.setTimeout(CONNECT_MS, () => end(no('no answer')));
    socket.once('connect', () => end(ok(undefined)));
    socket.once('error', (error) => end(no(reason(error))));
  });
}

function reason(error: Error): string {
  const code = errnoOf(error) ?? (error instanceof AggregateError ? errnoOf(error.errors[0]) : undefined);
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ENOTFOUND':
      return 'no such host';
    default:
      return code ?? error.message;
  }
}
