import * as z from 'zod';
import { failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { defineTask, duration, secret, text, type TaskContext } from '../core/task-type.ts';
import { request } from './shared/request.ts';
import { milliseconds, until } from './shared/until.ts';

const parameters = z.strictObject({
  url: secret('The webhook’s address. It is a secret by itself: who has it can post.'),
  format: z
    .enum(['json', 'slack', 'mattermost', 'teams'])
    .meta({ description: 'Body that the receiver expects. Default: by the address, else `json`.' })
    .optional(),
  title: text('Headline. Default: the name of the workflow.').optional(),
  text: text('What to say; Markdown. Default: that the run has come to this task.').optional(),
  level: z.enum(['info', 'success', 'warning', 'failure']).meta({ description: 'Sets the colour.' }).default('info'),
  fields: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .meta({ description: 'Named facts shown below the text.' })
    .default({}),
  headers: z
    .record(z.string(), z.string())
    .meta({ description: 'More headers; their values are never logged.' })
    .default({}),
  for: duration('Try again after a failure, for so long.').default('30s'),
  interval: duration('Pause between two tries.').default('3s'),
});

type Parameters = z.output<typeof parameters>;

/** A message to people, through the webhook of a chat or of anything else that takes JSON. */
export const notify = defineTask({
  type: 'notify',
  aliases: ['webhook'],
  category: 'glue',
  systems: ['Webhooks'],
  summary: 'Post a message to a webhook: Slack, Mattermost, Microsoft Teams or plain JSON.',
  docs: 'https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks',
  licence: 'Apache-2.0',
  class: 'io',
  parameters,
  outputs: z.strictObject({ status: z.int().meta({ description: 'Status code of the receiver.' }) }),
  conventions: [{ parameter: 'title', from: 'workflow' }],
  examples: [
    {
      title: 'Tell the team',
      with: {
        url: '${{ secrets.CHAT_WEBHOOK }}',
        text: 'The shop is live.',
        level: 'success',
        fields: { region: 'eu-west-1' },
      },
    },
  ],
  execution: {
    kind: 'inline',
    async run(p, context) {
      const forMs = milliseconds(p.for, 'for');
      if (!forMs.ok) return forMs;
      const intervalMs = milliseconds(p.interval, 'interval');
      if (!intervalMs.ok) return intervalMs;
      const sent = await until(
        (signal) => post(p, context, signal),
        { forMs: forMs.value, intervalMs: intervalMs.value },
        context,
      );
      return sent.ok ? ok({ status: sent.value }) : sent;
    },
  },
});

async function post(p: Parameters, context: TaskContext, signal: AbortSignal): Promise<Result<number>> {
  const body = JSON.stringify(bodyOf(p, context));
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'code-engine',
    ...p.headers,
  };
  const sent = await request({
    url: p.url,
    method: 'POST',
    headers,
    body,
    timeoutMs: 15_000,
    redirects: 3,
    env: context.env,
    signal,
  });
  const host = hostOf(p.url);
  if (!sent.ok) {
    // The address is the secret: the path that other failures show stays out of this one.
    return err(
      failure(sent.failure.kind, `The webhook at ${host} could not be called.`, {
        detail: sent.failure.detail ?? sent.failure.kind,
      }),
    );
  }
  const { status } = sent.value;
  if (status >= 200 && status < 300) {
    context.log(`${host} took the message (${status})`);
    return ok(status);
  }
  return err(
    failure(
      status === 401 || status === 403 || status === 404 ? 'denied' : 'tool',
      `The webhook at ${host} refused the message: status ${status}.`,
      {
        next: 'Check that the address is still valid and that `format` is what it expects.',
        detail: sent.value.body.slice(0, 500),
      },
    ),
  );
}

/** The JSON that a receiver of the given format understands. */
export function bodyOf(p: Parameters, context: Pick<TaskContext, 'workflow' | 'task' | 'runId'>): object {
  const title = p.title ?? context.workflow;
  const message = p.text ?? `Run ${context.runId} has come to ${context.task}.`;
  const facts = Object.entries(p.fields).map(([name, value]) => ({ name, value: String(value) }));
  switch (p.format ?? formatOf(p.url)) {
    case 'slack':
      return {
        text: `${title}: ${message}`,
        attachments: [
          {
            color: COLOURS[p.level],
            blocks: [
              { type: 'section', text: { type: 'mrkdwn', text: `*${title}*\n${message}` } },
              ...tens(facts).map((ten) => ({
                type: 'section',
                fields: ten.map((f) => ({ type: 'mrkdwn', text: `*${f.name}*\n${f.value}` })),
              })),
            ],
          },
        ],
      };
    case 'mattermost':
      return {
        attachments: [
          {
            fallback: `${title}: ${message}`,
            color: COLOURS[p.level],
            title,
            text: message,
            fields: facts.map((f) => ({ short: true, title: f.name, value: f.value })),
          },
        ],
      };
    case 'teams':
      return {
        type: 'message',
        attachments: [
          { contentType: 'application/vnd.microsoft.card.adaptive', content: card(title, message, p.level, facts) },
        ],
      };
    case 'json':
      return {
        title,
        text: message,
        level: p.level,
        workflow: context.workflow,
        task: context.task,
        runId: context.runId,
        fields: p.fields,
      };
  }
}

const COLOURS = { info: '#3b82f6', success: '#16a34a', warning: '#d97706', failure: '#dc2626' } as const;
const CARD_COLOURS = { info: 'accent', success: 'good', warning: 'warning', failure: 'attention' } as const;

type Fact = { readonly name: string; readonly value: string };

function card(title: string, message: string, level: Parameters['level'], facts: readonly Fact[]): object {
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      { type: 'TextBlock', text: title, weight: 'bolder', size: 'medium', color: CARD_COLOURS[level], wrap: true },
      { type: 'TextBlock', text: message, wrap: true },
      ...(facts.length === 0
        ? []
        : [{ type: 'FactSet', facts: facts.map((f) => ({ title: f.name, value: f.value })) }]),
    ],
  };
}

/** Slack takes at most ten fields in a section. */
function tens(facts: readonly Fact[]): readonly (readonly Fact[])[] {
  return Array.from({ length: Math.ceil(facts.length / 10) }, (_, n) => facts.slice(n * 10, n * 10 + 10));
}

function formatOf(url: string): 'json' | 'slack' | 'teams' {
  const host = hostOf(url);
  if (host.endsWith('slack.com')) return 'slack';
  return /(^|\.)(webhook\.office\.com|logic\.azure\.com|powerplatform\.com)(:\d+)?$/.test(host) ? 'teams' : 'json';
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'the given address');
