/** What an application cannot do without and nobody mentioned: "we want WordPress" needs a database. */
import { appById, type App } from '../catalogue/index.ts';
import type { ClusterBuilder } from './builder.ts';
import { entityOf, type Entity } from './model.ts';

/** Applications that do not start without a store, and which one they get. */
const STORES: Readonly<Record<string, string>> = {
  wordpress: 'mariadb', joomla: 'mariadb', matomo: 'mariadb', bookstack: 'mariadb', mediawiki: 'mariadb', odoo: 'postgres',
  mattermost: 'postgres', wikijs: 'postgres', umami: 'postgres', hasura: 'postgres', temporal: 'postgres', zabbix: 'postgres',
}; // prettier-ignore

const ELSEWHERE =
  /\b(?:existing|external|managed|rds|cloud ?sql|already|sqlite|embedded)\b|\b(?:database|db|mysql|mariadb|postgres\w*)\s+(?:host|server|is|at|on|url)\b|_HOST\b|_URL\b/i;

/** @returns the stores that are missing */
export function neededStores(builder: ClusterBuilder, entities: readonly Entity[]): Entity[] {
  if (ELSEWHERE.test(builder.text.text)) return [];
  const found: Entity[] = [];
  const engines = new Set([...entities.map((e) => e.app?.engine)]);
  for (const { app, explicit } of entities) {
    const store = app === undefined || explicit ? undefined : appById(STORES[app.id] ?? '');
    if (app === undefined || store?.engine === undefined || has(app, engines)) continue;
    engines.add(store.engine);
    builder.assume(`${app.id} cannot run without a database: ${store.id} is added.`);
    found.push(entityOf(entities.length + found.length, { app: store }));
  }
  return found;
}

const has = (app: App, engines: ReadonlySet<string | undefined>): boolean =>
  (app.uses ?? []).some((engine) => engine !== 'redis' && engines.has(engine));
