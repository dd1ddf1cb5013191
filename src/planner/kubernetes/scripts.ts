/** A script of the workspace that runs by the clock: an image with it, and a CronJob that starts it. */
import { findApps } from '../catalogue/index.ts';
import { readSchedule } from '../grammar/schedule.ts';
import { Ledger, Passage } from '../text.ts';
import type { ClusterBuilder } from './builder.ts';
import { findImages } from './images.ts';
import { findKinds, kindInfo } from './kinds.ts';
import { entityOf, type Entity } from './model.ts';
import { dnsName } from './names.ts';

const FILE = String.raw`([\w./-]*\w\.(?:sh|bash|py|m?js|ts|rb|pl|php))`;
const START = String.raw`(?:run|runs|running|execut\w+|starts?|started|calls?|called|launch\w*|schedule[sd]?|do|kick off)`;
const WHAT = String.raw`(?:(?:the|this|my|our|a|that|its|one)\s+){0,3}(?:[a-z-]+\s+){0,2}?(?:script|program|batch|routine|task|job)\b`;
const WISHES = [
  new RegExp(String.raw`\b${START}\s+(?:the\s+|my\s+|our\s+|script\s+|file\s+)*${FILE}(?:\s+(?:in|from|of)\s+(?:this|the|my|our)\s+(?:folder|repo\w*|directory|project|workspace))?`, 'i'),
  new RegExp(String.raw`(?<![\w./-])[./-]*\b${FILE}\s+(?:(?:in|from|of)\s+(?:this|the)\s+\w+\s+)?(?:should|must|has to|needs to|is to|to)\s+(?:be\s+)?${START}`, 'i'),
  new RegExp(String.raw`\b${START}\s+${WHAT}(?:\s+(?:in|from|of|here)(?:\s+(?:this|the|my|our)\s+(?:folder|repo\w*|directory|project|workspace))?)?`, 'i'),
  new RegExp(String.raw`(?<![\w-])${WHAT}(?:\s+(?:in|from|of)\s+(?:this|the|my|our)\s+(?:folder|repo\w*|directory|project|workspace))?\s+(?:should|must|has to|needs to|is to)\s+(?:be\s+)?${START}`, 'i'),
]; // prettier-ignore

interface Runtime {
  readonly files: RegExp;
  readonly image: string;
  readonly run: readonly string[];
}

const RUNTIMES: readonly Runtime[] = [
  { files: /\.py$/, image: 'python:3.13-slim', run: ['python'] },
  { files: /\.(?:m?js|ts)$/, image: 'node:22-slim', run: ['node'] },
  { files: /\.rb$/, image: 'ruby:3.4-slim', run: ['ruby'] },
  { files: /\.php$/, image: 'php:8.4-cli', run: ['php'] },
  { files: /\.pl$/, image: 'perl:5.40-slim', run: ['perl'] },
  { files: /\.(?:sh|bash)$/, image: 'debian:12-slim', run: ['bash'] },
];

/** @returns what runs, where the description is about nothing else */
export function readScript(builder: ClusterBuilder): Entity | undefined {
  const { text } = builder;
  if (findApps(text.text).length > 0 || findImages(text.text).length > 0) return undefined;
  if (findKinds(text.text).some((k) => k.info.workload === true && k.info.kind !== 'Job')) return undefined;
  const schedule = readSchedule(new Passage(text.text, 0, new Ledger(text.text)));
  const wish = WISHES.map((w) => text.take(w)).find((m) => m !== undefined);
  if (wish === undefined || schedule === undefined) return undefined;
  const { facts, registry } = builder.options;
  const here = facts.files.filter((f) => /^(?:scripts?\/|bin\/)?[\w.-]+\.(?:sh|bash|py|m?js|rb|pl|php)$/.test(f));
  const named = wish[1] === undefined ? undefined : (facts.files.find((f) => f === wish[1] || f.endsWith(`/${wish[1] ?? ''}`)) ?? wish[1]); // prettier-ignore
  const file = named ?? here[0] ?? 'run.sh';
  if (named === undefined)
    builder.assume(here[0] === undefined ? 'The script is taken to be run.sh; name it in the description where it is another file.' : `The script is taken to be ${file}.`); // prettier-ignore
  const name =
    dnsName(
      file
        .split('/')
        .at(-1)
        ?.replace(/\.\w+$/, '')
        .replace(/_/g, '-') ?? 'script',
    ) || 'script';
  const runtime = RUNTIMES.find((r) => r.files.test(file)) ?? { files: /$^/, image: 'debian:12-slim', run: ['bash'] };
  const image = `${registry}/${name}`;
  const build = facts.builds[0];
  builder.builds.push(
    build === undefined
      ? { file: 'Dockerfile', dir: '.', name, image, tag: '1.0.0', text: dockerfile(runtime, file, facts.files) }
      : { ...build, name, image, tag: '1.0.0' },
  );
  builder.assume(build === undefined ? `There is no Dockerfile: one is written that holds ${file} on ${runtime.image}.` : `${build.file} is built as ${image}:1.0.0; it must hold ${file}.`); // prettier-ignore
  const start = `command "${[...runtime.run, file].join(' ')}"`;
  const blank =
    text.text.slice(0, wish.index) + ' '.repeat(wish[0].length) + text.text.slice(wish.index + wish[0].length);
  const passages = [new Passage(blank, text.at, text.ledger), new Passage(start, text.at, new Ledger(start))];
  return entityOf(0, {
    kind: kindInfo('CronJob'),
    name,
    image: `${image}:1.0.0`,
    explicit: true,
    passages,
    said: blank,
  });
}

const dockerfile = ({ image, run }: Runtime, file: string, files: readonly string[]): string =>
  [
    `FROM ${image}`,
    'WORKDIR /app',
    'COPY . .',
    ...(run[0] === 'python' && files.includes('requirements.txt')
      ? ['RUN pip install --no-cache-dir -r requirements.txt']
      : []),
    ...(run[0] === 'node' && files.includes('package-lock.json') ? ['RUN npm ci --omit=dev'] : []),
    'USER 65534',
    `CMD ${JSON.stringify([...run, file])}`,
    '',
  ].join('\n');
