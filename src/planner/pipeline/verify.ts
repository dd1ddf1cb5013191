/** What is looked at before and after: policies, answers, error rates, attacks, and who is told. */
import type { TaskDraft } from '../plan.ts';
import { escaped } from '../text.ts';
import { folderSaid, type PartContext } from './parts.ts';

/** The address that the words give for a check or for a scan: the one nearest to what it is for. */
function addressOf(text: string, purpose: 'check' | 'scan'): string | undefined {
  const all = [...text.matchAll(/\bhttps?:\/\/[^\s,;"'`)]+|(?<![\w.])localhost:\d+(?:\/[\w./-]*)?/gi)].filter(
    (m) => !/hooks\./.test(m[0]),
  );
  const scan = (m: RegExpMatchArray): boolean =>
    /\b(?:zap|dast|baseline|scan)\b[^.;]{0,40}$/i.test(text.slice(0, m.index));
  const found = all.find((m) => scan(m) === (purpose === 'scan')) ?? (purpose === 'scan' ? all.at(-1) : undefined);
  const url = found?.[0].replace(/[.]$/, '');
  return url === undefined ? undefined : url.startsWith('http') ? url : `http://${url}`;
}

export function smokeTasks(context: PartContext): TaskDraft[] {
  const { text, inputs } = context;
  const url = addressOf(text.text, 'check');
  if (url !== undefined) text.take(new RegExp(escaped(url).replace(/^http:\\?\/\\?\//, '(?:http://)?')));
  const path = /\s(\/[a-z][\w./-]*)/i.exec(text.text)?.[1];
  if (url === undefined) {
    inputs['url'] = {
      type: 'string',
      default: `http://localhost:8080${path ?? '/'}`,
      description: 'Address that must answer after the deployment.',
    };
    context.assume(`The smoke test asks http://localhost:8080${path ?? '/'}; it is the input url.`);
  }
  const status = /\b(2\d\d|3\d\d)\b/.exec(text.text)?.[1];
  return [
    {
      task: 'smoke_test',
      type: 'http',
      description: 'Check that it answers.',
      timeout: '3m',
      with: {
        url: url ?? '${{ inputs.url }}',
        for: '2m',
        interval: '5s',
        ...(status === undefined ? {} : { expect: { status: Number(status) } }),
      },
    },
  ];
}

export function gateTasks(context: PartContext): TaskDraft[] {
  const { text, inputs } = context;
  const percent = text.take(/\b(\d+(?:\.\d+)?)\s?(?:%|percent)/i)?.[1];
  inputs['prometheus_url'] = {
    type: 'string',
    default: 'http://localhost:9090',
    description: 'Prometheus that is asked.',
  };
  return [
    {
      task: 'error_rate',
      type: 'prometheus',
      description: 'The error rate stays low.',
      timeout: '15m',
      with: {
        url: '${{ inputs.prometheus_url }}',
        query: 'sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))',
        expect: `< ${percent === undefined ? 0.01 : Number(percent) / 100}`,
        for: '5m',
      },
    },
  ];
}

export function dastTasks({ text, inputs }: PartContext): TaskDraft[] {
  const url = addressOf(text.text, 'scan');
  if (url === undefined)
    inputs['url'] ??= { type: 'string', default: 'http://localhost:8080/', description: 'Address that is scanned.' };
  else text.take(new RegExp(escaped(url)));
  const scan = text.take(/\b(full|api|baseline)\b(?= ?(?:scan|zap)?)/i)?.[1]?.toLowerCase();
  return [
    {
      task: 'zap',
      type: 'zap',
      description: 'Scan the running application.',
      timeout: '30m',
      with: { url: url ?? '${{ inputs.url }}', ...(scan === undefined || scan === 'baseline' ? {} : { scan }) },
    },
  ];
}

export function notifyTasks(context: PartContext): TaskDraft[] {
  const url = context.text.take(/\bhttps:\/\/hooks\.[^\s,;"'`]+/i);
  const { text } = context;
  const own = text.take(
    /\b(?:webhook|url|address|token)\b[^.;]{0,24}?\b(?:secret|variable)\s+(?:called |named )?["'`]?([A-Z][A-Z0-9_]{2,})\b|\bsecret\s+(?:called |named )?["'`]?([A-Z][A-Z0-9_]*(?:WEBHOOK|SLACK|TEAMS|NOTIFY)[A-Z0-9_]*)\b/,
  );
  const secret = own?.[1] ?? own?.[2] ?? 'NOTIFY_URL';
  context.secrets.add(secret);
  if (url !== undefined) context.assume(`The address of the webhook is a secret: it is asked for as ${secret}.`);
  const channel = text
    .take(/\b(?:to |in |on )?(?:the )?(slack|teams|mattermost)\b(?: channel)?(?: #?[\w-]+)?/i)?.[1]
    ?.toLowerCase();
  const failing =
    text.take(
      /\b(?:on|in case of|after|upon|when (?:it|something|anything|a \w+)|if (?:it|something|anything|that|a \w+|one))\s+(?:an? )?(?:fail\w*|error|goes wrong|breaks)\b/i,
    ) !== undefined;
  const base = { type: 'notify', timeout: '1m' };
  const format = channel === undefined ? {} : { format: channel };
  const address = { url: `\${{ secrets.${secret} }}`, ...format };
  const always =
    /\b(?:either way|always|in any case|whatever happens|success(?:ful)? (?:or|and) fail|fail\w* (?:or|and) success)/i.test(
      text.text,
    );
  if (failing || always)
    context.finally.push({
      task: 'notify_failure',
      description: 'Tell people that it went wrong.',
      ...base,
      when: 'failure()',
      with: { ...address, title: 'Failed', text: 'The run has failed.', level: 'failure' },
    });
  // A message on failure only is no part of what runs when all is well; it still ends the run's story.
  return failing && !always
    ? []
    : [
        {
          task: 'notify',
          description: 'Tell people.',
          ...base,
          with: { ...address, title: 'Deployment', text: 'The deployment is done.' },
        },
      ];
}

export const policyTasks = ({ facts, text }: PartContext): TaskDraft[] => [
  {
    task: 'policy',
    type: 'opa',
    description: 'Check the files against the policies.',
    timeout: '5m',
    with: {
      policy: folderSaid(text.text, facts.policies) ?? facts.policies[0] ?? 'policy',
      files: facts.manifests.length > 0 ? facts.manifests.map((f) => `${f}/**/*.yaml`) : ['**/*.yaml'],
    },
  },
];
