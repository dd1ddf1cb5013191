/** All components that run as containers, and how to find them in a text. */
import type { App } from './app.ts';
import { DATA_APPS } from './apps-data.ts';
import { HOME_APPS } from './apps-home.ts';
import { MORE_APPS } from './apps-more.ts';
import { PLATFORM_APPS } from './apps-platform.ts';
import { WEB_APPS } from './apps-web.ts';

export type { App, Probe, Role } from './app.ts';

export const APPS: readonly App[] = [...DATA_APPS, ...WEB_APPS, ...PLATFORM_APPS, ...MORE_APPS, ...HOME_APPS];

const byId = new Map(APPS.map((app) => [app.id, app]));

export const appById = (id: string): App | undefined => byId.get(id);

/** The component that an image reference belongs to: `docker.io/library/nginx:1.25` is nginx. */
export function appOfImage(image: string): App | undefined {
  const bare = image
    .replace(/@.*$/, '')
    .replace(/:[^/:]*$/, '')
    .replace(/^(?:docker\.io\/)?(?:library\/)?/, '');
  return (
    APPS.find((app) => app.image === bare) ??
    APPS.find((app) => bare.endsWith(`/${app.image}`) || app.image.endsWith(`/${bare}`))
  );
}

export interface AppMention {
  readonly app: App;
  readonly start: number;
  readonly end: number;
}

let compiled: RegExp | undefined;

/** Longest names first, so that `mongo-express` is not read as MongoDB. */
function pattern(): RegExp {
  const alternatives = APPS.map((app, index) => ({ index, names: app.names })).sort(
    (a, b) => b.names.length - a.names.length,
  );
  compiled ??= new RegExp(
    `(?<![\\w./-])(?:${alternatives.map(({ index, names }) => `(?<a${index}>${names})`).join('|')})(?![\\w-]|\\.\\w|/)`,
    'gi',
  );
  return compiled;
}

/** Components named in the text, in order, without overlaps; of two that begin at one place the longer wins. */
export function findApps(text: string): AppMention[] {
  const found: AppMention[] = [];
  for (const match of text.matchAll(pattern())) {
    const key = Object.entries<string | undefined>(match.groups ?? {}).find(([, value]) => value !== undefined)?.[0];
    const app = key === undefined ? undefined : APPS[Number(key.slice(1))];
    if (app !== undefined) found.push({ app, start: match.index, end: match.index + match[0].length });
  }
  return found;
}
