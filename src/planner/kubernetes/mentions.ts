/** The words of a description that name something: kinds of objects, components, images, applications that somebody wrote. */
import { findApps, type App } from '../catalogue/index.ts';
import { findImages } from './images.ts';
import { findKinds, type KindInfo } from './kinds.ts';
import { nameAfter } from './names.ts';

export type Mention = { readonly start: number; readonly end: number } & (
  | { readonly is: 'kind'; readonly info: KindInfo; readonly plural: boolean }
  | { readonly is: 'app'; readonly app: App }
  | { readonly is: 'image'; readonly image: string; readonly app: App | undefined }
  | { readonly is: 'build'; readonly word: string }
);

/** Applications that somebody wrote: `Flask app`, `web app`, `API`, `worker`, `front end`, `this app`. */
export const BUILD =
  /\b(?:(?:the|this|my|our|a|an)\s+)?((?:(?:node(?:\.?js)?|express|react|vue(?:\.?js)?|angular|next\.?js|svelte|flask|django|fast ?api|rails|ruby|laravel|symfony|php|spring(?: boot)?|java|kotlin|quarkus|go|golang|rust|python|\.net|asp\.?net(?: core)?|dotnet|elixir|phoenix|typescript|javascript|wsgi|web|rest|graphql|grpc|mobile|customer|internal|public|http|json|background|queue|sample|demo|stateless|checkout|payments?|orders?|users?|billing|inventory|catalog(?:ue)?|cart|auth|search|email|notification|shop|video|image|online|booking|reporting|chat|to-?do) ?-?)*(?:apps?|applications?|api|web ?apps?|web ?site|web ?shop|(?<=\b(?:an?|our|my|online)\s)(?:shop|portal|forum)|back ?-?ends?|front ?-?ends?|micro-?services?|workers?|web ?servers?|web|site|consumer|producer)|(?:flask|django|fast ?api|express|react|vue(?:\.?js)?|angular|next\.?js|rails|laravel|spring boot|asp\.?net(?: core)?|golang|rust|spark ?java)(?! (?:app|api|back|front|site|web|service)))\b(?!\s*[:=]\s*v?\d)/gi;

/** "app: web" where the words speak of labels. */
const isLabelKey = (text: string, word: string, end: number): boolean =>
  /^app$/i.test(word) &&
  /^["'`]?\s*[:=]\s*["'`]?[\w.-]+(?![\w./-]*[:/])/.test(text.slice(end)) &&
  (/^["'`]?\s*=/.test(text.slice(end)) || /\b(?:labels?|labell?ed|select\w*|match\w*|pods?)\b/i.test(text));

/** "not an Ingress", "instead of a StatefulSet": what is not wished for. */
const DENIED =
  /(?:\b(?:not|no need for|instead of|rather than|don't (?:want|need)|do not (?:want|need)|never|neither|nor)\s+(?:as\s+|use\s+|using\s+|via\s+)?(?:an?\s+|any\s+|the\s+)?|(?:^|[,;(-]\s*)no\s+)(?:replication\s+)?$/i;

/** Everything the text mentions, in order; overlapping mentions resolved in favour of the more exact. */
export function mentions(text: string, blocked: (start: number, end: number) => boolean): Mention[] {
  const all: Mention[] = [];
  const free = (m: { start: number; end: number }): boolean =>
    !/\b(?:ns|namespaces?)\s*[:=]?\s*(?:called |named )?["'`]?$/i.test(
      text.slice(Math.max(0, m.start - 24), m.start),
    ) &&
    !blocked(m.start, m.end) &&
    !DENIED.test(text.slice(Math.max(0, m.start - 32), m.start)) &&
    !all.some((other) => m.start < other.end && other.start < m.end);
  for (const { image, app, start, end } of findImages(text))
    if (free({ start, end })) all.push({ is: 'image', image, app, start, end });
  for (const { app, start, end } of findApps(text)) {
    // "headless service cassandra": a component that was spoken of before gives its name to a Service.
    const before = text.slice(0, start);
    if (/\bservices?\s+(?:called |named )?["'`]?$/i.test(before) && findApps(before).some((m) => m.app === app))
      continue;
    if (/\b(?:services?|hpa|pdb|ingress|config ?map|secret|role|namespace)\s+(?:called |named )?["'`]$/i.test(before))
      continue;
    // "redis://cache:6379" is an address.
    if (/^:\/\//.test(text.slice(end))) continue;
    // "label app: redis" names no component.
    if (/\b(?:app|component|tier|role|labels?|name)\s*[:=]\s*["'`]?$/i.test(before)) continue;
    // "scraped by Prometheus": somebody else's.
    if (/\b(?:scraped|monitored|collected|watched|discovered|managed|scanned|read) by (?:the )?$/i.test(before))
      continue;
    if (free({ start, end })) all.push({ is: 'app', app, start, end });
  }
  const kinds = findKinds(text);
  const names = kinds.map((k) => nameAfter(text, k.end)).filter((n) => n !== undefined);
  for (const { info, start, end, plural } of kinds) {
    // "deployment gateway", "pod named job": a kind's word that is another object's name.
    const name = names.some((n) => n.start === start && n.end === end);
    const quoted = /["'`]$/.test(text.slice(0, start)) && /^["'`]/.test(text.slice(end));
    if (!name && !quoted && free({ start, end })) all.push({ is: 'kind', info, plural, start, end });
  }
  for (const match of text.matchAll(BUILD)) {
    const word = match[1] ?? '';
    const start = match.index + match[0].length - word.length;
    const mention = { is: 'build' as const, word, start, end: start + word.length };
    if (names.some((n) => start < n.end && n.start < mention.end) || /[=:/]$/.test(text.slice(0, start))) continue;
    if (isLabelKey(text, word, mention.end)) continue;
    if (/\bfirst\s+$/i.test(text.slice(0, start)) && /^consumer/i.test(word)) continue;
    if (free(mention) && !/[\w-]-$/.test(text.slice(0, start)) && !/^[-.:=/]\w/.test(text.slice(mention.end)))
      all.push(mention);
  }
  return all.sort((a, b) => a.start - b.start);
}
