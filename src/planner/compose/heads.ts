/** Services that a description names: `service api`, `db (postgres:16)`, `- web: build ./web`, `worker from image x`. */
import { findApps } from '../catalogue/index.ts';
import { isNameWord } from '../kubernetes/names.ts';

/** The name of a service, and the words behind it that are about it. */
interface Head {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Up to here every word is about it. */
  readonly until: number;
}

const NAME = String.raw`["'\x60]?([a-z][a-z0-9_-]*)["'\x60]?`;
const PATTERNS: readonly RegExp[] = [
  new RegExp(String.raw`(?<![\w./-])${NAME}\s*\((?=(?:[^)]*(?:\bimage\b|\bbuil[dt]\b|\d\s*(?:->|=>|:)\s*\d|\b(?:port|command|runs?)\s|[a-z][\w./-]*:[\w.-]+)|\s*[a-z0-9.-]+\/[a-z]))`, 'gi'),
  new RegExp(String.raw`\b(?:one-off )?services?\s+(?:called |named )?${NAME}(?!\s*(?:discovery|mesh|account))`, 'gi'),
  new RegExp(String.raw`(?:^|\n)\s*[-*]\s*${NAME}\s*:\s`, 'gi'),
  new RegExp(String.raw`(?<![\w./-])${NAME}\s+(?:from|using|with|running|based on|uses|is)\s+(?:the\s+)?image\b`, 'gi'),
  /(?<=(?:^|[\s(,:])["`])([a-z][a-z0-9_-]*)(?=["`]\s+(?:from|using|runs?|running|uses|is|built|builds|on|listens|which|that|with|as)\b|["`]\s*(?:[:=(]|->|-\s))/gi,
  /^[ \t]*(?:\d+[.)]|[-*\u2022])[ \t]*["`]?([a-z][a-z0-9_-]*)["`]?[ \t]*(?:[:=]|->|- |\()/gim,
  /^[ \t]*["`]?([a-z][a-z0-9_-]*)["`]?[ \t]*(?::|=>?|->)(?!\/)(?=[ \t]*(?:$|(?:image|build|built|from|use|using|run)\b|[a-z0-9./-]+:[\w.-]|\.\/))/gim,
  new RegExp(String.raw`(?<=(?:^|[.;]\s+|\n\s*|,\s+and\s+|:\s+))${NAME}(?=:\s+(?:(?:the\s+|an?\s+)?(?:image\b|buil[dt]\b|from\b|\.\/|[a-z0-9][\w./-]*:[\w.-]|[a-z0-9-]+\/[a-z0-9])))`, 'gi'),
  new RegExp(String.raw`(?<=(?:^|[,;:.(\n]\s*|\band\s+|\bplus\s+))${NAME}(?=\s+(?:[a-z0-9.-]+\/)*[a-z0-9][\w.-]*:(?:v?\d[\w.-]*|latest|stable|edge|main|lts|release|[a-z]*alpine[\w.-]*)(?![\w/:]))`, 'gi'),
]; // prettier-ignore

const NOT_SERVICES = /^(?:image|images|build|ports?|data|volumes?|networks?|secrets?|compose|stack|file|both|each|container|version|docker|up|down|modes?|setup|edition|project|service|services|built|repo|repository|folder|directory|program|code|codebase|instance|host|server|site|page|line|end|names?|port|dockerfile|config|configuration|password|user|are|is|in|on|of|for|that|which|here|below|following|should|must|listens|runs|exposed|published|behind|depends|restarts|kept|example|default|inside|outside|name|command|environment|env|two|three|four|all|only|proxy_pass|discovery|healthy|ready|finished|restarted|started|mounted|reachable|done|running|up|plain|official|stock|latest|use|using|run|running|with|plus|our|my|the|an?|one|new|old|small|simple|image|base|from|called|named|then|also|needs?|add|adds?|include|including|behind|via|over|against|front|needed|want|please|it|its|this|that|or|as|at|to|version|tag|tagged|pin|pinned|i|we|you)$/i; // prettier-ignore

/** Words before a name that is no service's. */
const OTHER_NAMES =
  /\b(?:secret|config|volume|network|file|folder|directory|user|database|key|variable|label|host|profile|stage|target|command|password|image|repository|behind|same as|as)s?\s+(?:called |named |name )?["'`]?$/i;

/** "localstack with services s3 and sqs": parts of a component. */
function ofComponent(before: string): boolean {
  const app = findApps(before).at(-1);
  return app !== undefined && /^[\s\d]*with\s+$/i.test(before.slice(app.end));
}

/** "services web (gunicorn), worker and beat (celery beat)": every name of the list is a service. */
const LIST =
  /\bservices?\s*(?:called |named |are |:)?\s*((?:["'`]?[a-z][a-z0-9_-]*["'`]?(?:\s*\([^)]*\))?(?:\s*,\s*(?:and\s+)?|\s+and\s+)?){2,})/gi;

function listed(text: string): Head[] {
  const found: Head[] = [];
  for (const match of text.matchAll(LIST)) {
    const list = match[1] ?? '';
    if (ofComponent(text.slice(0, match.index))) continue;
    const base = match.index + match[0].length - list.length;
    for (const item of list.matchAll(
      /(?:^|,\s*(?:and\s+)?|\band\s+)["'`]?([a-z][a-z0-9_-]*)["'`]?(\s*\([^)]*\))?(?=\s*(?:,|$|\s)|$)/gi,
    )) {
      const name = item[1] ?? '';
      const start = base + item.index + item[0].indexOf(name);
      const end = start + name.length;
      const alone = /^["'`]?\s*(?:,|and\b|[.;:]|$|\()/.test(text.slice(end));
      if (!alone || !isNameWord(name) || NOT_SERVICES.test(name)) continue;
      if (findApps(name).length > 0 && item[2] === undefined) continue;
      found.push({ name: name.toLowerCase(), start, end, until: item[2] === undefined ? end : text.indexOf(')', end) });
    }
  }
  return found.length < 2 ? [] : found;
}

/** "two Node apps web1 and web2", "workers called mail and pdf". */
const CALLED =
  /\b(?:called|named)\s+((?:["'`]?[a-z][a-z0-9_-]*["'`]?\s*,\s*)*["'`]?[a-z][a-z0-9_-]*["'`]?\s*(?:,\s*)?and\s+["'`]?[a-z][a-z0-9_-]*["'`]?)(?=\s*(?:[,.;:(]|$|\s))/gi;
const SEVERAL =
  /\b(?:apps|applications|services|containers|workers|instances|servers|back-?ends|front-?ends|apis|consumers|producers|microservices|sites)\s*(?:called |named |,|:)?\s*((?:["'`]?[a-z][a-z0-9_-]*["'`]?\s*,\s*)*["'`]?[a-z][a-z0-9_-]*["'`]?\s*(?:,\s*and|,|and)\s+["'`]?[a-z][a-z0-9_-]*["'`]?)(?=\s*(?:[,.;:(]|$|both\b|all\b|are\b|from\b|built\b|on\b|with\b))/gi;

/** "alpha and beta, both from acme/echo:2". */
const BOTH =
  /(?:^|[.;:\n]\s+)((?:["'`]?[a-z][a-z0-9_-]*["'`]?\s*,\s*)*["'`]?[a-z][a-z0-9_-]*["'`]?\s+and\s+["'`]?[a-z][a-z0-9_-]*["'`]?)(?=,?\s+(?:both|all)\s+(?:from|built|image|of|running|using|made|with (?:the )?image)\b)/g;

function several(text: string): Head[] {
  const found: Head[] = [];
  for (const m of [...text.matchAll(BOTH), ...text.matchAll(SEVERAL), ...text.matchAll(CALLED)]) {
    if (/\b(?:networks?|volumes?|secrets?|buckets?|databases?|profiles?|queues?|topics?|users?|configs?|files?)\s+(?:are\s+)?$/i.test(text.slice(0, m.index))) continue; // prettier-ignore
    if (found.some((f) => f.start >= m.index && f.end <= m.index + m[0].length)) continue;
    const list = m[1] ?? '';
    const base = m.index + m[0].length - list.length;
    const items = [...list.matchAll(/["'`]?([a-z][a-z0-9_-]*)["'`]?(?=\s*(?:,|and\b|$))/gi)].filter((i) => !/^and$/i.test(i[1] ?? '')); // prettier-ignore
    if (ofComponent(text.slice(0, m.index))) continue;
    const fits = (n: string): boolean =>
      (isNameWord(n) || /^(?:blue|green|canary|stable|test|staging|read|write)$/i.test(n)) &&
      !NOT_SERVICES.test(n) &&
      findApps(n).length === 0;
    if (items.length < 2 || !items.every((i) => fits(i[1] ?? ''))) continue;
    for (const i of items) {
      const start = base + i.index + i[0].indexOf(i[1] ?? '');
      const end = start + (i[1] ?? '').length;
      found.push({ name: (i[1] ?? '').toLowerCase(), start, end, until: end });
    }
  }
  return found;
}

/** In the order of the text; a component's own name is a head only where brackets or quotes give it another image. */
export function findHeads(text: string): Head[] {
  const found: Head[] = listed(text);
  for (const h of several(text)) if (!found.some((f) => h.start < f.end && f.start < h.end)) found.push(h);
  for (const pattern of PATTERNS) {
    for (const match of text.matchAll(pattern)) {
      const name = match[1] ?? '';
      const start = match.index + match[0].lastIndexOf(name);
      const end = start + name.length;
      const quoted = /["`]/.test(text.charAt(start - 1)) && /["`]/.test(text.charAt(end));
      // Words that say something else in prose are names where they stand in quotes or at a bullet.
      const marked = /^(?:front|site|server|host|page|end)$/i.test(name) && (quoted || /(?:^|\n)[ \t]*(?:\d+[.)]|[-*\u2022])[ \t]*$/.test(text.slice(0, start))); // prettier-ignore
      if (
        !(isNameWord(name) || quoted || marked) ||
        (NOT_SERVICES.test(name) && !marked) ||
        OTHER_NAMES.test(text.slice(0, start))
      )
        continue;
      if (/^services/i.test(match[0]) && ofComponent(text.slice(0, match.index))) continue;
      if (found.some((h) => start < h.end && h.start < end)) continue;
      const bracket = text.slice(end).search(/^["'`]?\s*\(/) === 0;
      const close = bracket ? text.indexOf(')', end) : -1;
      if (findApps(name).length > 0 && !bracket) continue;
      // "app" is a name only where something is said to be it.
      if (/^app$/i.test(name) && !bracket && !quoted && !/^["'`]?\s*[:=]/.test(text.slice(end))) continue;
      found.push({ name: name.toLowerCase(), start, end, until: close < 0 ? end : close });
    }
  }
  // "pma: phpmyadmin on 8090"
  for (const m of text.matchAll(
    /(?<=(?:^|[.;,]\s+|\n\s*(?:[-*]\s*)?))["'`]?([a-z][a-z0-9_-]*)["'`]?(?:\s*[:=]|\s+is)\s+(?:an?\s+|the\s+)?(?:stock\s+|official\s+|plain\s+|usual\s+)?(?=([^\n]{3,30}))/gi,
  )) {
    const name = m[1] ?? '';
    const end = m.index + m[0].indexOf(name) + name.length;
    if (!isNameWord(name) || NOT_SERVICES.test(name) || findApps(name).length > 0 || findApps(m[2] ?? '')[0]?.start !== 0) continue; // prettier-ignore
    if (found.some((h) => end - name.length < h.end && h.start < end)) continue;
    found.push({ name: name.toLowerCase(), start: end - name.length, end, until: end });
  }
  return found.sort((a, b) => a.start - b.start);
}
