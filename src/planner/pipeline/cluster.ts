/** Clusters of one's own, what is put on them first, pipelines that run in them, and releases in steps. */
import { findNamespaces } from '../kubernetes/namespaces.ts';
import type { TaskDraft } from '../plan.ts';
import { imagesOf } from './images.ts';
import { slug, type PartContext } from './parts.ts';

const nameOf = ({ facts, text }: PartContext): string =>
  text.take(/\bkind cluster\s+(?:called |named )["'`]?([a-z0-9][a-z0-9-]*)/i)?.[1] ??
  slug(facts.name).replace(/_/g, '-');

export function clusterTasks(context: PartContext): TaskDraft[] {
  const name = nameOf(context);
  if (context.text.has(/\bk3s\b/i))
    return [{ task: 'cluster', type: 'k3s', description: 'A local cluster.', timeout: '10m', with: {} }];
  return [{ task: 'cluster', type: 'kind', description: 'A local cluster.', timeout: '10m', with: { name } }];
}

export const loadTasks = (context: PartContext): TaskDraft[] => [
  {
    task: 'load_images',
    type: 'kind',
    description: 'Load the images into the nodes.',
    timeout: '10m',
    with: { action: 'load', name: nameOf(context), images: imagesOf(context) },
  },
];

/** Deletes only the cluster that this workflow itself made. */
export function cleanupTasks(context: PartContext): TaskDraft[] {
  context.finally.push({
    task: 'delete_cluster',
    type: 'kind',
    description: 'Remove the cluster that was made for this.',
    timeout: '5m',
    when: 'always()',
    with: { action: 'delete', name: nameOf(context) },
  });
  return [];
}

const PLATFORM: readonly (readonly [RegExp, TaskDraft])[] = [
  [/\bfalco\b/i, { task: 'install_falco', type: 'helm', description: 'Install Falco.', timeout: '15m', with: { chart: 'falco', repo: 'https://falcosecurity.github.io/charts', release: 'falco', namespace: 'falco', set: { 'driver.kind': 'modern_ebpf', 'falco.file_output.enabled': true } } }],
  [/\bistio\b/i, { task: 'install_istio', type: 'istio', description: 'Install Istio.', timeout: '15m', with: { action: 'install', profile: 'minimal' } }],
  [/\blinkerd\b/i, { task: 'install_linkerd', type: 'linkerd', description: 'Install Linkerd.', timeout: '15m', with: { action: 'install' } }],
]; // prettier-ignore

/** What is installed into the cluster before anything of one's own. */
export const platformTasks = ({ text }: PartContext): TaskDraft[] =>
  PLATFORM.filter(([word]) =>
    new RegExp(`\\b(?:install|set up|put|add)\\w*\\b[^.;]{0,24}${word.source}`, 'i').test(text.text),
  ).map(([, task]) => task);

export const watchTasks = ({ text }: PartContext): TaskDraft[] => [
  {
    task: 'falco_events',
    type: 'falco',
    description: 'No alarming behaviour was seen.',
    timeout: '5m',
    with: { fail_on: text.take(/\b(critical|high|medium|low|any)\b/i)?.[1]?.toLowerCase() ?? 'high' },
  },
];

export function tektonTasks({ text }: PartContext): TaskDraft[] {
  const pipeline = text.take(
    /\b(?:tekton )?pipeline\s+(?:called |named )?["'`]?([a-z0-9][a-z0-9-]*)|["'`]?([a-z0-9]+(?:-[a-z0-9]+)+)["'`]?\s+(?:tekton )?pipeline\b/i,
  );
  const task = text.take(/\btekton task\s+(?:called |named )?["'`]?([a-z0-9][a-z0-9-]*)/i)?.[1];
  const name = [pipeline?.[1], pipeline?.[2]].find(
    (n) => n !== undefined && !/^(?:in|with|and|that|run|for|to|from|on)$/.test(n),
  );
  const params = Object.fromEntries(
    text
      .takeAll(/\b(?:param(?:eter)?s?\s+)?([a-zA-Z][\w-]*)\s*=\s*["'`]?([^\s,;"'`]+)/g)
      .map((m) => [m[1] ?? '', (m[2] ?? '').replace(/[.]$/, '')]),
  );
  const account = text.take(/\bservice ?account\s+(?:called |named )?["'`]?([a-z0-9][a-z0-9-]*)/i)?.[1];
  const namespace = findNamespaces(text)[0]?.name;
  text.take(/\btekton\b/i);
  text.take(
    /\b(?:and )?wait(?:s|ing)?(?: for it)?(?: until)?(?: it)? (?:to )?(?:ends?|finish\w*|is done|complet\w*)\b/i,
  );
  return [
    {
      task: 'run_pipeline',
      type: 'tekton',
      description: 'Run the pipeline in the cluster and wait for its end.',
      timeout: '1h',
      with: {
        ...(task === undefined ? (name === undefined ? {} : { pipeline: name }) : { task }),
        ...(Object.keys(params).length === 0 ? {} : { params }),
        ...(account === undefined ? {} : { service_account: account }),
        ...(namespace === undefined ? {} : { namespace }),
      },
    },
  ];
}

export function modelTasks({ text }: PartContext): TaskDraft[] {
  const model = text
    .take(
      /\b((?:llama|qwen|mistral|gemma|phi|deepseek|codellama|smollm|granite|command-r|tinyllama)[\w.-]*(?::[\w.-]+)?)\b/i,
    )?.[1]
    ?.toLowerCase();
  const ask = text.take(
    /\b(?:ask(?:s)? it to|and have it|let it|prompt(?: it)?(?: to| with)?|to)\s+((?:summari[sz]e|explain|write|review|describe|translate|list|find|check|classify)\b[^.;]*?)(?=,?\s+(?:and|then)\s+(?:post|send|write|notify|tell|publish)\b|[.;]|$)/i,
  )?.[1];
  const files = [
    ...text.text.matchAll(/(?<![\w/.-])((?:[\w.-]+\/)*[\w-]+\.(?:md|txt|log|json|ya?ml|ts|js|py|go))\b/g),
  ].map((m) => m[1] ?? '');
  text.take(/\bollama\b/i);
  text.take(/\bpull\w*\b/i);
  return [
    {
      task: 'ask',
      type: 'ollama',
      description: ask === undefined ? 'See to it that the model is there.' : 'Ask the model.',
      timeout: '30m',
      with: {
        ...(model === undefined ? {} : { model }),
        pull: 'missing',
        ...(ask === undefined ? {} : { prompt: ask.trim() }),
        ...(files.length === 0 || ask === undefined ? {} : { files }),
      },
    },
  ];
}
