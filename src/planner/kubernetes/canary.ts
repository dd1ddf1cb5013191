/** A canary beside something stable that is left as it is. */
import { NUMBER, numberOf } from '../grammar/quantities.ts';
import type { Passage } from '../text.ts';
import { findImages } from './images.ts';
import type { K8sObject, Workload } from './model.ts';
import { isNameWord } from './names.ts';
import { object } from './render.ts';

export interface Canary {
  readonly workload: Workload;
  readonly service: K8sObject | undefined;
  readonly assumptions: readonly string[];
}

const ID = String.raw`["'\x60]?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)["'\x60]?`;

/**
 * Reads "stable is deployment A (2 replicas, image i:1) behind service S; add canary B on i:2".
 * @returns nothing where the text is about something else, or does not name what is stable
 */
export function readCanary(passage: Passage, namespace: string | undefined): Canary | undefined {
  const { text } = passage;
  if (!/\bcanary\b/i.test(text) || /\bistio\b|virtual ?service|\bargo rollouts?\b/i.test(text)) return undefined;
  // What follows a kind is its name rather than what stands before it, so the two are looked for one after the other.
  const names = (...patterns: readonly string[]): string[] =>
    patterns
      .flatMap((p) => [...text.matchAll(new RegExp(p, 'gi'))].map((m) => m[1] ?? ''))
      .filter((n) => n !== '' && isNameWord(n));
  const canary = names(
    `\\bcanary(?: version| deployment| release)?\\s+(?:called |named |deployment )?${ID}`,
    `${ID}\\s+(?:as (?:a |the )?canary)`,
  )[0];
  const stable = names(`\\bdeployments?\\s+(?:called |named )?${ID}`, `${ID}\\s+deployment\\b`).find(
    (n) => n !== canary,
  );
  const service = names(`\\bservice\\s+(?:called |named )?${ID}`, `${ID}\\s+service\\b`)[0];
  if (stable === undefined || /canary/.test(stable)) return undefined;
  const images = findImages(text).map((i) => i.image);
  const tag = /\b(?:tag|version)\s+["'`]?v?([\w][\w.-]*\w)/i.exec(text)?.[1];
  const base = images[0];
  const image =
    images[1] ?? (base !== undefined && tag !== undefined ? `${base.replace(/:[^/:]*$/, '')}:${tag}` : base);
  if (image === undefined) return undefined;
  const replicas = readReplicas(text);
  const app =
    /\bapp\s*[=:]\s*["'`]?([\w.-]+)/i.exec(text)?.[1] ??
    service ??
    stable.replace(/[-.]?(?:v?\d[\w.-]*|stable|blue)$/, '');
  const name = canary ?? `${stable}-canary`;
  const version = /(?:^|-)(v?\d+(?:[-.]\d+)*)$/.exec(name)?.[1]?.replaceAll('-', '.') ?? 'canary';
  passage.ledger.use(passage.at, passage.at + text.length);
  const port = Number(/\bport\s+(\d{2,5})/i.exec(text)?.[1] ?? 80);
  const workload = canaryWorkload({ name, namespace, app, version, replicas, image, port });
  const made =
    service === undefined
      ? undefined
      : object('Service', service, namespace, {
          spec: { selector: { app }, ports: [{ name: 'http', port, targetPort: port, protocol: 'TCP' }] },
        });
  return {
    workload,
    service: made,
    assumptions: [
      `${stable} is left as it is; its pods carry app=${app}.`,
      ...(service === undefined
        ? []
        : [
            `Service ${service} selects app=${app} alone from now on, so that both versions get traffic in proportion to their replicas; its port is ${port}.`,
          ]),
    ],
  };
}

interface CanaryFacts {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly app: string;
  readonly version: string;
  readonly replicas: number;
  readonly image: string;
  readonly port: number;
}

function canaryWorkload({ name, namespace, app, version, replicas, image, port }: CanaryFacts): Workload {
  return {
    kind: 'Deployment',
    name,
    ...(namespace === undefined ? {} : { namespace }),
    explicit: true,
    labels: { app, version: version.startsWith('v') || version === 'canary' ? version : `v${version}` },
    annotations: {},
    replicas,
    containers: [{ name: app.slice(0, 63), image, ports: [{ name: 'http', port }], secrets: [], fields: {} }],
    initContainers: [],
    volumes: [],
    claims: [],
    pod: {},
    spec: {},
    services: [],
  };
}

/** As many canary pods as give it its share beside the stable ones. */
function readReplicas(text: string): number {
  const stable = numberOf(
    new RegExp(`\\b(${NUMBER}) (?:stable )?(?:replicas|pods|instances)`, 'i').exec(text)?.[1] ?? '1',
  );
  const own = new RegExp(`\\bcanary\\b[^.;]{0,60}?\\b(?:with )?(${NUMBER}) (?:replicas?|pods?)`, 'i').exec(text)?.[1];
  if (own !== undefined) return numberOf(own);
  const percent = /(\d{1,2})\s?%/.exec(text)?.[1];
  const share =
    percent !== undefined
      ? Number(percent) / 100
      : /\bhalf\b|\bequal|\bevenly\b/i.test(text)
        ? 0.5
        : /\bquarter\b/i.test(text)
          ? 0.25
          : /\bthird\b/i.test(text)
            ? 1 / 3
            : undefined;
  return share === undefined ? 1 : Math.max(1, Math.round((stable * share) / (1 - share)));
}
