/** What other tools say of a delivery, and what is done to its images beside building them: logs, traces, marks, lists of parts, signatures. */
import { DURATION, NUMBER, numberOf, secondsOf } from '../grammar/quantities.ts';
import { findNamespaces } from '../kubernetes/namespaces.ts';
import type { TaskDraft } from '../plan.ts';
import { imagesOf } from './images.ts';
import { shell, slug, type PartContext } from './parts.ts';

/** The sentence that speaks of something, from where it begins to speak of it. */
function clauseOf(text: string, words: RegExp): string {
  const match = words.exec(text);
  if (match === null) return '';
  const from = Math.max(...['. ', '; ', '\n'].map((s) => text.lastIndexOf(s, match.index)), 0);
  const rest = text.slice(from).slice(1);
  return `${text.charAt(from)}${/^[^]*?(?:[.;](?=\s|$)|\n|$)/.exec(rest)?.[0] ?? rest}`;
}

/** "no line", "fewer than 5", "at least 10": a figure as tasks expect it. */
function expected(clause: string, usual: string): string {
  const bound = new RegExp(`\\b(no more than|at most|fewer than|less than|under|below|more than|over|at least)\\s+(${NUMBER})\\b`, 'i').exec(clause); // prettier-ignore
  if (bound !== null) {
    const word = (bound[1] ?? '').toLowerCase();
    const sign = /fewer|less|under|below/.test(word) ? '<' : /at most|no more/.test(word) ? '<=' : /at least/.test(word) ? '>=' : '>'; // prettier-ignore
    return `${sign} ${numberOf(bound[2] ?? '1')}`;
  }
  return /\b(?:no|none|without|zero|nothing|not any|never)\b/i.test(clause) ? 'none' : usual;
}

const since = (clause: string): string | undefined => {
  const span = new RegExp(`\\b(?:last|past|within|for|over)\\s+(?:the\\s+)?(?:last\\s+)?${DURATION}`, 'i').exec(clause);
  return span?.[1] === undefined ? undefined : `${secondsOf(span[1], span[2] ?? 'm')}s`;
};

const NO_APP =
  /^(?:app|service|traces?|errors?|loki|jaeger|level|no|lines?|it|them|this|all|any|the|a|an|that|there|which|its|our|is|was|has|for|in|of|with|by|and|logs?)$/i;

/** Whose logs or traces count: "service checkout", else what they are "of" or "from". */
function appIn(clause: string): string | undefined {
  const named = (lead: string): string | undefined =>
    [...clause.matchAll(new RegExp(`\\b(?:${lead})\\s+(?:called |named |the (?:app|service) )?["'\`]?([a-z][\\w-]*)["'\`]?`, 'gi'))].map((m) => m[1] ?? '').find((n) => !NO_APP.test(n)); // prettier-ignore
  return named('app(?:lication)?|service|container|deployment') ?? named('from|of|for');
}

export function lokiTasks({ text, inputs, facts }: PartContext): TaskDraft[] {
  const words = /\blogql\b|\bloki\b/i;
  const clause = clauseOf(text.text, words);
  const written = /["`](\{[^"`]+)["`]|(\{\w+[=~!][^}]*\}(?:\s*\|[=~]\s*"[^"]*")*)/.exec(clause);
  const app = appIn(clause) ?? facts.name;
  const level = /\blevel\s*[=:]\s*["'`]?(\w+)/i.exec(clause)?.[0]?.replace(/\s/g, '');
  const word = level ?? /["`]([^"`{}]+)["`]/.exec(clause)?.[1] ?? /\b(panics?|exceptions?|errors?|fatal|timeouts?)\b/i.exec(clause)?.[1]?.replace(/s$/i, '') ?? 'error'; // prettier-ignore
  const query = written?.[1] ?? written?.[2] ?? `{app="${app}"} |= "${word}"`;
  text.take(/\b(?:logql|loki)\b(?: (?:check|query|gate))?(?: (?:in|over|against) loki)?/i);
  const url = /\bhttps?:\/\/[^\s,;"'`)]*(?:loki|3100)[^\s,;"'`)]*/i.exec(text.text)?.[0];
  inputs['loki_url'] = { type: 'string', default: url ?? 'http://localhost:3100', description: 'Loki that is asked.' };
  const back = since(clause);
  return [
    {
      task: 'logs',
      type: 'loki',
      description: 'The logs say that all is well.',
      timeout: '10m',
      with: { url: '${{ inputs.loki_url }}', query, ...(back === undefined ? {} : { since: back }), expect: expected(clause, 'none') }, // prettier-ignore
    },
  ];
}

export function jaegerTasks({ text, inputs, facts }: PartContext): TaskDraft[] {
  const words = /\bjaeger\b|\btraces?\b/i;
  const clause = clauseOf(text.text, words);
  const service = appIn(clause) ?? facts.name;
  const p95 = new RegExp(`\\b(?:p95|95(?:th)?(?: percentile)?|95 ?%)\\b[^.;,\\d]{0,24}?(\\d+)\\s?(ms|milliseconds?|s|seconds?)`, 'i').exec(clause); // prettier-ignore
  const errors = /\b(?:errors?|fail\w*)\b/i.test(clause);
  text.take(/\b(?:query |ask |check )?jaeger\b/i);
  text.take(/\b(?:has |have )?traces?(?: (?:with(?:out)?|no) (?:any )?(?:errors?|failures?))?/i);
  const url = /\bhttps?:\/\/[^\s,;"'`)]*(?:jaeger|16686)[^\s,;"'`)]*/i.exec(text.text)?.[0];
  inputs['jaeger_url'] = { type: 'string', default: url ?? 'http://localhost:16686', description: 'Jaeger that is asked.' }; // prettier-ignore
  const back = since(clause);
  return [
    {
      task: 'traces',
      type: 'jaeger',
      description: `Traces of ${service} are there and sound.`,
      timeout: '10m',
      with: {
        url: '${{ inputs.jaeger_url }}',
        service,
        ...(back === undefined ? {} : { since: back }),
        ...(errors ? { errors: expected(clause, 'none') } : {}),
        ...(p95?.[1] === undefined ? {} : { p95: `${p95[1]}${/^m/i.test(p95[2] ?? '') ? 'ms' : 's'}` }),
      },
    },
  ];
}

const FLUX_KINDS: readonly (readonly [RegExp, string])[] = [
  [/\bhelm ?releases?\b/i, 'HelmRelease'],
  [/\bgit ?repositor(?:y|ies)\b/i, 'GitRepository'],
  [/\bkustomizations?\b/i, 'Kustomization'],
];

/** "let Flux reconcile the kustomization apps". */
export function fluxTasks({ text }: PartContext): TaskDraft[] {
  const clause = clauseOf(text.text, /\bflux\b/i);
  const kind = FLUX_KINDS.find(([words]) => words.test(clause));
  const name = /\b(?:kustomization|helm ?release|git ?repository)\s+(?:called |named )?["'`]?([a-z0-9][a-z0-9-]*)/i.exec(clause)?.[1] ?? /\breconcil\w+\s+(?:the\s+)?["'`]?([a-z0-9]+(?:-[a-z0-9]+)*)["'`]?\s+(?:kustomization|helm ?release)/i.exec(clause)?.[1]; // prettier-ignore
  text.take(/\b(?:let |have )?flux\b[^.;,]*?\breconcil\w*(?: the)?(?: \w+)?(?: [\w-]+)?/i);
  const namespace = findNamespaces(text)[0]?.name;
  const action = /\bsuspend/i.test(clause) ? 'suspend' : /\bresume/i.test(clause) ? 'resume' : 'reconcile';
  return [
    {
      task: `flux_${action}`,
      type: 'flux',
      description: 'Have Flux fetch and apply, and wait until it is ready.',
      timeout: '15m',
      with: {
        ...(action === 'reconcile' ? {} : { action }),
        ...(kind === undefined ? {} : { kind: kind[1] }),
        ...(name === undefined || /^(?:and|the|in|with|for|to|now)$/.test(name) ? {} : { name }),
        ...(namespace === undefined ? {} : { namespace }),
      },
    },
  ];
}

/** A mark in every graph. */
export function annotateTasks({ text, inputs, facts }: PartContext): TaskDraft[] {
  const said = /\bannotat\w*[^.;"'`]{0,40}["'`]([^"'`]+)["'`]/i.exec(text.text)?.[1];
  text.take(/\bannotat\w+[^.;,]*/i);
  inputs['grafana_url'] = { type: 'string', default: 'http://localhost:3000', description: 'Grafana that is told.' };
  return [
    {
      task: 'annotate',
      type: 'grafana',
      description: 'Mark the deployment in the graphs.',
      timeout: '2m',
      with: { url: '${{ inputs.grafana_url }}', annotate: said ?? `${facts.name} is deployed` },
    },
  ];
}

/** A list of what is in the images. */
export function sbomTasks(context: PartContext): TaskDraft[] {
  const { text } = context;
  const format = text.take(/\b(cyclone ?-?dx|spdx)\b/i)?.[1];
  const kind = /^c/i.test(format ?? '') ? 'cyclonedx-json' : 'spdx-json';
  const trivy = text.has(/\bsbom\b[^.;,]{0,24}\btrivy\b|\btrivy\b[^.;,]{0,24}\bsbom\b/i);
  text.take(/\b(?:generate |create |make )?(?:an? )?(?:sboms?|software bills? of materials?)(?: (?:with|by|using) \w+)?|\bsyft\b/i); // prettier-ignore
  return imagesOf(context).map((image, i) =>
    shell(
      `sbom${i === 0 ? '' : `_${slug(image)}`}`,
      `List what is in ${image}.`,
      trivy
        ? ['trivy', 'image', '--format', kind === 'spdx-json' ? 'spdx-json' : 'cyclonedx', '--output', `sbom${i === 0 ? '' : `-${i + 1}`}.json`, image] // prettier-ignore
        : ['syft', image, '--output', `${kind}=sbom${i === 0 ? '' : `-${i + 1}`}.json`],
    ),
  );
}

/** Images are signed after they are in their registry: a signature lies beside them there. */
export function signTasks(context: PartContext): TaskDraft[] {
  const { text, secrets } = context;
  const key = text.take(/\bkey\s+(?:in |from |called )?(?:the )?(?:secret\s+|file\s+)?["'`]?([A-Z][A-Z0-9_]+|[\w./-]+\.key)\b/)?.[1]; // prettier-ignore
  const secret = key !== undefined && /^[A-Z0-9_]+$/.test(key) ? key : undefined;
  if (secret !== undefined) secrets.add(secret);
  text.take(
    /\bsign(?:s|ed|ing)?\b(?: (?:the |it|them|all |both )*(?:images?)?)?(?: (?:with|by|using) cosign)?|\bcosign\b/i,
  );
  const by = secret !== undefined ? ['--key', `env://${secret}`] : key === undefined ? [] : ['--key', key];
  return imagesOf(context).map((image, i) =>
    shell(`sign${i === 0 ? '' : `_${slug(image)}`}`, `Sign ${image}.`, ['cosign', 'sign', '--yes', ...by, image], {
      ...(secret === undefined ? {} : { env: { [secret]: `\${{ secrets.${secret} }}` } }),
    }),
  );
}
