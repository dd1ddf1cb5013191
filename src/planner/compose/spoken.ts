/** The words of a Compose wish that name a service: its own name, an image, a component, what it is written in, the folder it is built from. */
import { findApps, type App } from '../catalogue/index.ts';
import type { WorkspaceFacts } from '../context/facts.ts';
import { findImages } from '../kubernetes/images.ts';
import { isNameWord } from '../kubernetes/names.ts';
import { findHeads } from './heads.ts';

export type Spoken = { readonly start: number; readonly end: number } & (
  | { readonly is: 'head'; readonly name: string; readonly until: number }
  | { readonly is: 'image'; readonly image: string; readonly app: App | undefined }
  | { readonly is: 'app'; readonly app: App }
  | { readonly is: 'build'; readonly word: string }
  | { readonly is: 'folder'; readonly folder: string }
);

const FRAME = String.raw`(?:node(?:\.?js)?|deno|bun|express(?:\.?js)?|nest\.?js|nuxt(?:\.?js)?|next\.?js|react(?:\.?js)?|vue(?:\.?js)?|angular|svelte(?:kit)?|astro|remix|flask|django|fast ?api|starlette|streamlit|gradio|ruby on rails|rails|ruby|sinatra|laravel|symfony|php(?:-fpm)?|spring(?: ?boot)?|spark ?java|java|kotlin|ktor|quarkus|micronaut|scala|golang|go|gin|fiber|rust|actix|axum|rocket|python|(?<![\w])\.net(?: core)?|asp\.?net(?: core)?|dotnet|blazor|elixir|phoenix|typescript|javascript|wsgi|celery)`;
const ABOUT = String.raw`(?:web|rest|graphql|grpc|mobile|customer|internal|public|http|json|background|queue|sample|demo|stateless|checkout|payments?|orders?|users?|billing|inventory|catalog(?:ue)?|cart|auth|search|email|notification|shop|video|image|admin|static|single[- ]page)`;
const ROLE = String.raw`(?:apps?|applications?|apis?|web ?apps?|web ?sites?|back ?-?ends?|front ?-?ends?|micro-?services?|workers?|beat|web ?servers?|sites?|consumers?|producers?|scheduler|crawler|scraper|bot|spa)`;
const WRITTEN = String.raw`(?:projects?|services?|containers?|servers?|programs?|code ?base|ui|client|image|binary|daemon)`;
const ALONE = String.raw`(?:flask|django|fast ?api|express(?:\.?js)?|nest\.?js|nuxt(?:\.?js)?|react(?:\.?js)?|vue(?:\.?js)?|angular|svelte(?:kit)?|next\.?js|rails|laravel|symfony|spring ?boot|asp\.?net(?: core)?|golang|rust|spark ?java|streamlit|quarkus)`;

/** What is a part or a belonging of a service and no service. */
const PART_OF = String.raw`(?! ?-?(?:pages?|ui|interface|console|ports?|keys?|tokens?|folder|directory|dir|data|root|processes|threads|files?|secrets?|traffic|url|networks?|tier|user|password|dashboard|path|name|logs?|level|socket|version|sources?|code|admin|listens)\b)(?!'s (?:data|own|password))`;
const BUILD = new RegExp(
  String.raw`(?<![\w./@:=-])(?:(?:(?:${FRAME}|${ABOUT})[ -])*${ROLE}|(?:${ABOUT}[ -])*(?:${FRAME}[ -])+${WRITTEN}|web service|web|${ALONE})(?![\w/@=-]|\.\w|:\S)${PART_OF}`,
  'gi',
);

const overlaps = (a: { start: number; end: number }, b: { start: number; end: number }): boolean => a.start < b.end && b.start < a.end; // prettier-ignore

/** Runtimes that are only what an application of the workspace is written in. */
export const RUNTIMES: ReadonlySet<string> = new Set(['node', 'python', 'php', 'celery']);

/** A file of the workspace or by its ending, whatever its shape. */
const isFile = (word: string, facts: WorkspaceFacts): boolean =>
  facts.files.some((f) => f === word || f.startsWith(`${word}/`)) ||
  /\.(?:txt|env|conf|cnf|cfg|ini|ya?ml|json|toml|sql|sh|py|js|ts|pem|crt|key|html?|xml|properties|md|log|lua|rb|go|php)$/i.test(word); // prettier-ignore

/** A component by the last part of an image, whoever built it. */
export function appOfName(image: string): App | undefined {
  const name = image.replace(/[:@][^/]*$/, '').split('/').at(-1) ?? ''; // prettier-ignore
  const found = findApps(name.replace(/[-_](?:server|ce|oss|ngx|ee|enterprise|community|alpine)$/i, ''))[0];
  return found !== undefined && found.start === 0 && (found.end === name.length || /^[-_]?(?:server|ce|oss|ngx|\d)/i.test(name.slice(found.end))) ? found.app : undefined; // prettier-ignore
}

/** "apache inside", "PHP with Apache": what an image holds. */
const INSIDE = /^\s+(?:inside|in it|in the (?:image|container)|image inside)\b/i;

/** Everything that names a service, in order; of two that overlap the more exact one. */
export function spokenOf(
  text: string,
  facts: WorkspaceFacts,
  blocked: (start: number, end: number) => boolean,
): Spoken[] {
  // prettier-ignore
  const all: Spoken[] = findHeads(text).map((h) => ({ is: 'head', ...h }));
  for (const h of namedServices(text, facts)) if (!all.some((o) => overlaps(o, h))) all.push(h);
  const free = (m: { start: number; end: number }): boolean =>
    !blocked(m.start, m.end) && !all.some((o) => overlaps(o, m));
  for (const { image, app, start, end } of findImages(text))
    if (free({ start, end }) && !isFile(image, facts) && !/^\d+:|:\d+\.\d+\.\d+\.\d+$/.test(image) && !/\b(?:extra[_ ]hosts?|add[-_ ]host|host entry)\W*$/i.test(text.slice(0, start))) all.push({ is: 'image', image, app: app ?? appOfName(image), start, end }); // prettier-ignore
  for (const m of plainImages(text, facts)) if (free(m)) all.push(m);
  for (const m of builtIn(text, facts)) if (free(m)) all.push(m);
  const built = [...text.matchAll(BUILD)].map((m) => ({ start: m.index, end: m.index + m[0].length }));
  const apps = findApps(text);
  for (const { app, start, end } of apps) {
    const before = text.slice(0, start);
    if (/\b(?:scraped|monitored|collected|watched|discovered|managed|scanned|read) by (?:the )?$/i.test(before))
      continue;
    if (/\b(?:app|component|tier|role|labels?|name|user|router|tag)\s*[:=]\s*["'`]?$/i.test(before)) continue;
    if (INSIDE.test(text.slice(end)) || /^(?:\/|:\/\/|=)/.test(text.slice(end)) || /[/=]$/.test(before)) continue;
    if (/^\s+(?:ports?|urls?|uri|credentials|passwords?|driver|client|dsn|connection)\b/i.test(text.slice(end)) && /(?:\bthe|\ba|\bits|,)\s+$/i.test(before)) continue; // prettier-ignore
    // "the alpine image", "debian-based", "on ubuntu": what something is made of.
    if (/^(?:alpine|debian|ubuntu|busybox)$/.test(app.id) && (/^(?:[- ]based| (?:image|variant|version|flavou?r|edition|base)\b)/i.test(text.slice(end)) || /\b(?:based on|the)\s+$/i.test(before))) continue; // prettier-ignore
    if (!free({ start, end })) continue;
    if (RUNTIMES.has(app.id) && facts.builds.length > 0 && built.some((b) => overlaps(b, { start, end }) && b.end - b.start > end - start)) continue; // prettier-ignore
    // What the workspace builds is only written in it.
    if (RUNTIMES.has(app.id) && facts.builds.length > 0)
      all.push({ is: 'build', word: app.id === 'celery' ? 'celery worker' : `${app.id} app`, start, end }); // prettier-ignore
    else all.push({ is: 'app', app, start, end });
  }
  for (const m of text.matchAll(BUILD)) {
    const mention: Spoken = { is: 'build', word: m[0], start: m.index, end: m.index + m[0].length };
    if (/\b(?:\d+|two|three|four|five|six|eight) $/i.test(text.slice(0, m.index)) && /^workers?$/i.test(m[0]) && /\b(?:gunicorn|uvicorn|puma|with|runs?)\b[^,;.]*$/i.test(text.slice(0, m.index))) continue; // prettier-ignore
    if (/\b(?:label(?:led|ed|s)?|called|named|user|path|key|tier|group|database|db|folder|directory|in|--?\w+) ["'`]?$/i.test(text.slice(0, m.index)) && !/\bin $/i.test(text.slice(0, m.index))) continue; // prettier-ignore
    if (/\bdefault $/i.test(text.slice(0, m.index)) && /^site$/i.test(m[0])) continue;
    if (/^Go /.test(m[0]) || !/^go\b/i.test(m[0]) || /^go(?:lang)\b/i.test(m[0])) if (free(mention)) all.push(mention);
  }
  return all.sort((a, b) => a.start - b.start);
}

/** "an etl service", "the mailer container": a word before "service" that is spoken of again or is a folder's name. */
function namedServices(text: string, facts: WorkspaceFacts): Spoken[] {
  const found: Spoken[] = [];
  for (const m of text.matchAll(
    /(?<![\w./-])(?:an?|the|our|one|and|,|with|plus)\s+["'`]?([a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)["'`]?\s+(?:service|container|job|task|sidecar|process|server)\b/g,
  )) {
    const name = m[1] ?? '';
    const start = m.index + m[0].indexOf(name, 1);
    if (
      !isNameWord(name) ||
      /^(?:web|app|api|docker|compose|single|small|tiny|simple|separate|same|whole|own|debug|one-off|side-?car|helper|init|database|backing|main|little|running|finished|built)$/.test(
        name,
      )
    )
      continue;
    if (findApps(name).length > 0 || new RegExp(`^(?:${FRAME})$`, 'i').test(name)) continue;
    const again = [...text.matchAll(new RegExp(`(?<![\\w-])${name}(?![\\w-])`, 'g'))].length > 1;
    if (again || facts.builds.some((b) => b.dir.split('/').at(-1) === name))
      found.push({ is: 'head', name, start, end: start + name.length, until: start + name.length });
  }
  return found;
}

/** "redis is redislabs/redismod": an image without a tag, where it can only be one. */
function plainImages(text: string, facts: WorkspaceFacts): Spoken[] {
  const found: Spoken[] = [];
  for (const m of text.matchAll(
    /(?<=(?:\b(?:is|from|using|uses?|runs?|running|image|on|via|of|with|be|by|an?|the)|[:=>,;(]|[-–])\s*["'`]?)(?<![\w./:@-])([a-z0-9]+(?:[._-][a-z0-9]+)*\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)?)(?![\w/:@-]|\.\w)/g,
  )) {
    const image = m[1] ?? '';
    if (isFile(image, facts) || facts.builds.some((b) => b.dir === image || b.dir.startsWith(`${image}/`))) continue;
    if (/^(?:tcp|udp|and|or|read|write|linux|amd64|arm64|text|http|https|input|client|on|app|src|etc|var|usr|data|tmp|opt|srv|docker|config|front|back|\d+)\/|\/(?:tcp|udp|or|and|write|off|on|\d+|amd64|arm64|html|socket)$/.test(image)) continue; // prettier-ignore
    if (/\b(?:in|folder|directory|path|under|at|dockerfile|context)\s+["'`]?$/i.test(text.slice(0, m.index))) continue;
    found.push({ is: 'image', image, app: appOfName(image), start: m.index, end: m.index + image.length });
  }
  return found;
}

/** Folders that something is built from: "build ./frontend and ./api". */
function builtIn(text: string, facts: WorkspaceFacts): Spoken[] {
  const found: Spoken[] = [];
  for (const m of text.matchAll(
    /(?<![\w./-])(\.\/[\w.-]+(?:\/[\w.-]+)*)\/?(?![\w/])(?!\s*(?:mounted|->|=>|:\S|\bto \/))/g,
  )) {
    const folder = (m[1] ?? '').replace(/\.$/, '');
    const dir = folder.replace(/^\.\//, '');
    const before = text.slice(0, m.index);
    const asked = /\bbuil(?:d|ds|t|ding)\s+(?:from\s+|in\s+)?(?:the\s+)?(?:folder\s+|directory\s+)?["'`]?$/i.test(
      before,
    );
    if (/\.\w+$/.test(dir) || !(asked || facts.builds.some((b) => b.dir === dir))) continue;
    found.push({ is: 'folder', folder, start: m.index, end: m.index + m[0].length });
  }
  return found;
}

/** The short name of an image without its registry, fit for a service. */
export const imageName = (image: string): string =>
  (image.replace(/[:@][^/]*$/, '').split('/').at(-1) ?? 'app').toLowerCase().replace(/[^a-z0-9_-]+/g, '-'); // prettier-ignore
