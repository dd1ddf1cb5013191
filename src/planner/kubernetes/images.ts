/** Image references in running text. */
import { appOfImage, findApps } from '../catalogue/index.ts';
import type { App } from '../catalogue/index.ts';
import type { Said } from './attributes.ts';

export interface ImageMention {
  readonly image: string;
  readonly app: App | undefined;
  readonly start: number;
  readonly end: number;
}

const REFERENCE =
  /(?<![\w./:@-])((?:[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?\/|localhost(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::([\w][\w.-]{0,127}))?(@sha256:[0-9a-f]{64})?(?![\w/@-]|:\w)/g;
const MARKER = /\bimages?(?: is| are| of|:|=)?\s+["'`]?$|\bimage\s*[:=]\s*["'`]?$/i;

/** Full references (`nginx:1.25`, `ghcr.io/o/x@sha256:…`, `gcr.io/o/x`) and any word right after "image". */
export function findImages(text: string): ImageMention[] {
  const found: ImageMention[] = [];
  for (const match of text.matchAll(REFERENCE)) {
    const [whole, repository = '', tag, digest] = match;
    const start = match.index;
    const before = text.slice(Math.max(0, start - 24), start);
    const marked =
      MARKER.test(before) &&
      /[a-z]/.test(repository) &&
      !/^(?:from|of|is|the|a|built|to|tag|tagged|should|and|in|pull|name|registry|that|with|on|for|again|as|everywhere|throughout|too|also|but|runs?|once|through|via|under|using|instead|by|over|into|at|or|please|rather|only|behind|beside|next|here|there)$/i.test(
        repository,
      );
    // "foo (hashicorp/http-echo)": what stands in brackets behind a name.
    const bracketed =
      repository.includes('/') && /[\w"'`]\s*\(\s*$/.test(before) && /^\s*[,;)]/.test(text.slice(start + whole.length));
    const catalogued = repository.includes('/') && !/^\s*\//.test(repository) && appOfImage(repository) !== undefined;
    const host = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?\//.test(repository) || repository.startsWith('localhost');
    if (!(
      marked ||
      bracketed ||
      catalogued ||
      digest !== undefined ||
      isTagged(repository, tag) ||
      (host && isRegistry(repository))
    ))
      continue;
    if (/^(?:autoscaling|apps|batch|policy|[\w.]+\.k8s\.io)\/v\d\w*$/.test(whole)) continue;
    if (/^\s*(?:=|:\s)/.test(text.slice(start + whole.length)) && /^[\w.-]+\.[a-z]+\/[\w.-]+$/.test(whole)) continue;
    // A label's key, "(topology.kubernetes.io/zone)": no registry has that name.
    if (tag === undefined && /^(?:[\w-]+\.)*kubernetes\.io\//.test(whole)) continue;
    if (/:\/\/$/.test(before) || /\bpath \S*$/.test(before)) continue;
    const image = whole.replace(/[.]+$/, '');
    found.push({ image, app: appOfImage(image), start, end: start + image.length });
  }
  return found;
}

/** `name:tag` is an image where the tag looks like a version, or the name is a known component; `host:8080` is not. */
function isTagged(repository: string, tag: string | undefined): boolean {
  if (tag === undefined || /^(?:https?|tcp|udp|key|port|label|env|path|host|note|to|from)$/.test(repository))
    return false;
  const known = appOfImage(repository);
  if (known !== undefined) return !Object.values(known.ports).includes(Number(tag));
  if (/^\d{2,5}$/.test(tag)) return repository.includes('/');
  return /^(?:latest|stable|edge|main|v?\d+(?:[.-]\w+)*|alpine|slim|lts|[\w.-]*\d[\w.-]*)$/.test(tag);
}

const isRegistry = (repository: string): boolean =>
  /^(?:docker\.io|ghcr\.io|gcr\.io|quay\.io|registry\.|[\w.-]*\.(?:azurecr\.io|amazonaws\.com|pkg\.dev)|mcr\.|public\.ecr|us-docker|k8s\.gcr|lscr\.|codeberg\.|[\w-]+\.(?:io|com|org|dev|net)(?::\d+)?\/[\w.-]+\/)/.test(
    repository,
  );

/** The image for a bare word such as `nginx`, where the description names an object in so many words. */
export function bareImage(text: string): { readonly image: string; readonly app: App } | undefined {
  const mention = findApps(text)[0];
  if (mention === undefined) return undefined;
  const word = text.slice(mention.start, mention.end).toLowerCase();
  const image =
    mention.app.official === true && word === mention.app.image
      ? mention.app.image
      : `${mention.app.image}:${mention.app.tag}`;
  return { image, app: mention.app };
}

/** "Postgres 16", "elasticsearch 8.15.0", "traefik v3": a version after the component's name, with the suffix of the usual tag. */
export function versionSaid(said: Said, app: App): string | undefined {
  const match = said.take(
    new RegExp(
      `(?:${app.names})(?:\\s+version)?\\s+(?:v(?=\\d))?(\\d{1,2}(?:\\.\\d+){0,2})(?!\\d|:\\S|\\s*(?:replicas?|nodes?|pods?|instances?|brokers?|servers?|members?|days?|hours?|weeks?|months?|minutes?|times|gigs?|Gi|GB|Mi|G\\b|%|->|=>))`,
      'i',
    ),
  );
  if (match?.[1] === undefined) return undefined;
  const suffix = /-(?:alpine|slim|apache|management)\b.*/.exec(app.tag)?.[0] ?? '';
  return `${/^v\d/.test(app.tag) ? 'v' : ''}${match[1]}${suffix}`;
}
