/** Stretches of a description that name no service, though their words could: what something is built like, a part's port, a command line. */
import type { Passage } from '../text.ts';
import { findApps } from '../catalogue/index.ts';
import { flavourSpans } from './flavours.ts';

/** A program with arguments, as it stands in brackets or quotes. */
export const PROGRAM = String.raw`(?:celery|pytest|tox|mix|deno|bun|make|uv|poetry|pipenv|composer|artisan|alembic|flyway|prisma|knex|sequelize|typeorm|psql|mongosh|kafka-topics\.sh|redis-server|mysqld|mongod|gunicorn|uvicorn|hypercorn|python3?|node|npm|npx [\w@/-]+|npx|yarn|pnpm|php|rails|bundle|flask|django-admin|java|dotnet|cargo|go|sidekiq|rq|dramatiq|air|\.\/[\w./-]+)`;

/** What follows a program and is no name of a component. */
export const ARGUMENT = String.raw`(?:-|run\b|artisan\b|test\b|serve\b|dev\b|build\b|migrate\b|upgrade\b|exec\b|start\b|manage|[\w/-]*[./:][\w./:-]*)`;

const NOT_THINGS: readonly RegExp[] = [
  /(?<=\b(?:command|cmd|entrypoint)\s*:?\s+)[a-z][\w.-]*\s+-[^,;)\n]*/gi,
  /\bsame (?:build|image|code|Dockerfile|container|folder)(?: and \w+)?(?: (?:as|of) (?:the )?[\w-]+)?/gi,
  /\bHost\([^)]*\)/g,
  /`[^`]*`/g,
  new RegExp(String.raw`(?<=\b(?:command|cmd|entrypoint|runs?|running|executes?)\s*:?\s+)${PROGRAM}\s+${ARGUMENT}[^,;()\n]*?(?=[,;()\n]|\.\s|$|\s(?:and|with|on)\s)`, 'gi'),
  new RegExp(String.raw`(?<=[(,]\s*)${PROGRAM}\s+${ARGUMENT}[^(),]*`, 'g'),
  /\bconnected to it\b/gi,
  // "UPSTREAM=orders:8081": where another one is found.
  /(?<![\w$])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\s*=\s*[^\s,;()]+/g,
  /\b(?:app|application|api|web|worker|site|server|back ?-?end|front ?-?end)(?=\s+image\s+["'`]?[a-z0-9][\w.-]*[/:])/gi,
  /\b(?:tagged|image tag|tag(?:ged)?(?: it)? as|image name|called image)\s+["'`]?[a-z0-9][\w./-]*(?::[\w.-]+)?/gi,
]; // prettier-ignore

/** "API on 9000 and console on 9001": parts of a component, where these are its ports. */
const PART = /(?<![\w-])(?:s3 )?(?:api|web|ui|web ?ui|console|admin|dashboard|http|frontend|server|app)(?: ui| port| interface)?\s+(?:(?:is |available |published )?(?:on|at|port|via|under)\s+)*(\d{2,5})\b/gi; // prettier-ignore

/** "with database shop and user shop": names inside a store, not services. */
const NAMED_IN_STORE =
  /\b(?:database|db|user(?:name)?|owner|schema)(?: name)?\s+(?:is |called |named )?["'`]?(?!(?:an?|the|its|which|that|until|once|when|behind|beside|has|is|are|gets?|must|should|waits?|runs?|on|in|with|from|and|for|by|keeps?|publishes|restarts?|uses|stays|needs|only|at|to|as|also|port|image|container|service|server|password|of)\b)([a-z][\w-]*)/gi;

/** @returns whether a stretch of the text lies in one of them */
export function notThings(passage: Passage): (start: number, end: number) => boolean {
  const { text } = passage;
  const own = new Set(findApps(text).flatMap((m) => Object.values(m.app.ports)));
  const spans = NOT_THINGS.flatMap((p) => [...text.matchAll(p)].map((m) => [m.index, m.index + m[0].length] as const));
  spans.push(...flavourSpans(text));
  // What stands in quotes is said, where it is more than a name; quotes go in pairs.
  for (const m of text.matchAll(/"[^"]*"/g))
    if (m[0].includes(' ') && m[0].length < 90) spans.push([m.index, m.index + m[0].length]);
  for (const m of text.matchAll(NAMED_IN_STORE))
    if (/^(?:user|owner|schema)/i.test(m[0]) || findApps(m[1] ?? '').every((f) => f.app.role !== 'database'))
      spans.push([m.index, m.index + m[0].length]);
  for (const m of text.matchAll(PART)) {
    if (!own.has(Number(m[1]))) continue;
    spans.push([m.index, m.index + m[0].length]);
    passage.slice(m.index, m.index + m[0].length).take(/^[\w ]+?(?=\s(?:(?:on|at|port|via|under)\b|\d))/i);
  }
  return (start, end) => spans.some(([from, to]) => start < to && from < end);
}
