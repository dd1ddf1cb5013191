/** Images: how they are called, built, looked through and pushed. */
import { findImages } from '../kubernetes/images.ts';
import { registryOf } from '../kubernetes/plan.ts';
import type { TaskDraft } from '../plan.ts';
import { slug, type PartContext } from './parts.ts';

interface Named {
  readonly image: string;
  readonly tags: readonly string[];
  readonly id: string;
}

/** The whole reference that the words give to the one image of the workspace: `ghcr.io/acme/web`, `registry.io/api:1.0`. */
function saidImage(context: PartContext): { image: string; tag: string | undefined } | undefined {
  const t = context.text.text;
  const slashed =
    /(?<![\w/.:-])((?:[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?|localhost:\d+)\/(?:[\w.-]+\/)*[\w.-]*\w)(?::([\w][\w.-]*\w))?/i.exec(
      t.replace(/https?:\/\/\S+/g, (u) => ' '.repeat(u.length)),
    );
  const found = slashed === null ? findImages(t).find((i) => i.image.includes('/')) : undefined;
  const image = slashed?.[1] ?? found?.image.replace(/:[^/:]*$/, '');
  // "the image shop:test": one that stays on this machine needs no registry.
  const local = image === undefined && !/\bpush|\bpublish|\bregistry\b/i.test(t) ? /\bimages?\s+(?:called |named |as )?["'`]?([a-z][\w-]*):([\w][\w.-]*\w)/i.exec(t) : null; // prettier-ignore
  if (local !== null) return { image: (local[1] ?? 'app').toLowerCase(), tag: local[2] };
  if (image === undefined) return undefined;
  const tag = slashed?.[2] ?? (found === undefined ? undefined : /:([^/:]+)$/.exec(found.image)?.[1]);
  return { image, tag };
}

/** How an image of the workspace is called. */
export function imageOf(context: PartContext, dir: string): Named {
  const base = dir === '.' ? context.facts.name : (dir.split('/').at(-1) ?? 'app');
  const name = base.toLowerCase().replace(/[^a-z0-9._-]+/g, '-');
  const said = saidImage(context);
  const { registry, assumption } = registryOf(context.text);
  const several = context.facts.builds.length > 1;
  // A host with one name behind it may be the image or a place for several.
  const whole = said !== undefined && !several;
  if (!whole && assumption !== undefined) context.assume(assumption);
  const image = whole
    ? said.image
    : said !== undefined
      ? `${said.image}/${name}`
      : registry.endsWith(`/${name}`)
        ? registry
        : `${registry}/${name}`;
  return { image, tags: tagsOf(context, said?.tag), id: slug(base) };
}

function tagsOf(context: PartContext, tag: string | undefined): string[] {
  const t = context.text.text;
  const listed =
    /\b(?:tag(?:s|ged)?(?: it)?(?: as| with)?|version)\s+["'`]?v?((?:\d[\w.-]*|latest|stable|edge)(?:\s*(?:,|and)\s*v?(?:\d[\w.-]*|latest|stable|edge))*)/i.exec(
      t,
    )?.[1];
  const tags = (listed ?? '')
    .split(/\s*(?:,|\band\b)\s*/)
    .map((x) => x.replace(/[.]$/, ''))
    .filter((x) => x !== '');
  return tags.length > 0 ? tags : [tag ?? '1.0.0'];
}

const builds = (context: PartContext): readonly { file: string; dir: string }[] =>
  context.facts.builds.length > 0 ? context.facts.builds : [{ file: 'Dockerfile', dir: '.' }];

export function buildTasks(context: PartContext): TaskDraft[] {
  const { facts, assume, text } = context;
  const engine = text.take(/\b(podman|buildah)\b/i)?.[1]?.toLowerCase();
  const platforms = [
    ...new Set(
      text.takeAll(/\b(?:linux\/)?(amd64|arm64|arm\/v7)\b/gi).map((m) => `linux/${(m[1] ?? '').toLowerCase()}`),
    ),
  ];
  const multi = platforms.length === 0 && text.take(/\bmulti-?(?:arch|platform)\b/i) !== undefined;
  const platform = multi ? 'linux/amd64,linux/arm64' : platforms.join(',');
  const target = text.take(/\b(?:target|stage)\s+["'`]?([a-z][\w-]*)["'`]?(?= of the (?:dockerfile|image))/i)?.[1];
  const args = Object.fromEntries(
    text.takeAll(/\bbuild[- ]?arg(?:ument)?s?\s+([A-Za-z_]\w*)=([^\s,;]+)/gi).map((m) => [m[1] ?? '', m[2] ?? '']),
  );
  if (facts.builds.length === 0) assume('There is no Dockerfile yet: one is expected in the root.');
  return builds(context).map((b) => {
    const { image, tags, id } = imageOf(context, b.dir);
    return {
      task: `build_${id}`,
      type: 'docker',
      description: `Build ${b.file}.`,
      timeout: '20m',
      with: {
        context: b.dir,
        file: b.file,
        image,
        tags: [...tags],
        ...(platform === '' ? {} : { platform }),
        ...(target === undefined ? {} : { target }),
        ...(Object.keys(args).length === 0 ? {} : { args }),
        ...(engine === undefined ? {} : { engine }),
      },
    };
  });
}

export const imagesOf = (context: PartContext): string[] =>
  builds(context).flatMap((b) => {
    const { image, tags } = imageOf(context, b.dir);
    return tags.map((tag) => `${image}:${tag}`);
  });

export function scanTasks(context: PartContext): TaskDraft[] {
  const t = context.text.text;
  const level =
    context.text
      .take(
        /\b(critical|high|medium)\b(?: (?:or (?:higher|worse|above)|vulnerabilit\w+|findings|severity|cves?))*/i,
      )?.[1]
      ?.toLowerCase() ?? 'high';
  const wanted: readonly (readonly [RegExp, string])[] = [
    [/\bsecrets?\b(?! manager)/i, 'secret'],
    [/\bdependenc\w+|\bvulnerabilit\w+|\bcves?\b|\bpackages\b/i, 'vuln'],
    [/\bmisconfig\w*|\biac\b/i, 'misconfig'],
    [/\blicen[cs]es?\b/i, 'license'],
  ];
  const repository =
    /\b(?:repo(?:sitory)?|source|file ?system|dependenc\w+|secrets?|code)\b/i.test(t) &&
    !/\bscan\w* (?:the |it|them|our )?(?:docker )?images?\b|\bimages?\b[^.;]{0,24}\bscan/i.test(t);
  const scanners = repository ? wanted.filter(([p]) => p.test(t)).map(([, s]) => s) : [];
  const image = !repository && /\bbuil(?:d|t|ds)\b|\bimages?\b|\bcontainer\b/i.test(t);
  if (scanners.length > 0) for (const [p] of wanted) context.text.take(p);
  return [
    {
      task: 'scan',
      type: 'trivy',
      description: image ? 'Look for known vulnerabilities.' : 'Look through the repository.',
      timeout: '15m',
      with: image
        ? { images: imagesOf(context), fail_on: level }
        : { path: '.', ...(scanners.length === 0 ? {} : { scanners }), fail_on: level },
    },
  ];
}

export const pushTasks = (context: PartContext): TaskDraft[] => [
  {
    task: 'push',
    type: 'registry',
    description: 'Push the images.',
    timeout: '15m',
    with: { images: imagesOf(context) },
  },
];
