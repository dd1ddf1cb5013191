/** What belongs to the words about one thing, and what stands beside it. */
import type { App } from '../catalogue/index.ts';
import type { Entity } from './model.ts';

/** What else may be named in the words about an object. */
export const PARTS =
  /(?<![=:/.-])\b(?:containers?|side-?cars?|volumes?|keys?|secrets?|claims?|pvcs?|maps?|config ?maps?|accounts?|class(?:es)?|ports?|files?|templates?|services?|variables?|headers?|namespaces?|scripts?|metrics?|users?|groups?|databases?|queues?|buckets?|policy|policies|roles?|bindings?|gateways?|ingress(?:es)?|listeners?|issuers?|hpas?|pdbs?|cluster|directory|folder|topics?|emptydirs?|empty dirs?|nodes?)["'`]?\s*[,(]?\s*$/i;

/** How a sentence begins that goes on about an Ingress or a route. */
export const ROUTES =
  /^\s*(?:and\s+|also\s+)?(?:it\b|the (?:ingress|route|gateway|rule)\b|(?:use |with |enable |terminate )?(?:tls|https|ssl)\b|(?:all )?(?:paths?|requests?|traffic|hosts?|annotat\w+|listeners?|everything else|anything else|the rest|all (?:the )?other|default back-?end|route|redirect|rewrite)\b|\/|[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:\/\S*)? (?:to|goes|->|=>|is|should))/i;

/** Who is said to have one each of its own. */
export function ownersOfEach(before: string, entities: readonly Entity[]): string[] {
  // Of one sentence and no longer than people write: the pattern's work grows with the square of the text.
  const sentence = before.slice(Math.max(before.lastIndexOf('.'), before.lastIndexOf(';')) + 1).slice(-600);
  if (!/\b(?:each|both)\b/i.test(sentence)) return [];
  const list =
    /((?:["'`]?[a-z0-9][a-z0-9-]*["'`]?\s*(?:,\s*(?:and\s+)?|\s+and\s+))+["'`]?[a-z0-9][a-z0-9-]*["'`]?)\s+(?:services?\s+)?(?:each|both)\s+(?:ha(?:s|ve)|needs?|uses?|gets?|keeps?)\b[^.;]*$/i.exec(
      sentence,
    )?.[1];
  const names = (list ?? '').match(/[a-z0-9][a-z0-9-]*/g) ?? [];
  return names.filter((n) => entities.some((e) => e.name === n));
}

/** "…, api (acme/api:1), redis and a postgres db", "orders publishes to RabbitMQ": beside an object that has its image, not in it. */
export function isOwnComponent(
  current: Entity,
  app: App | undefined,
  image: string | undefined,
  before: string,
  after: string,
): boolean {
  if (current.image === undefined || app === undefined) return false;
  if (!/^(?:database|cache|queue|monitoring|storage)$/.test(app.role)) return false;
  if (
    /^\s*(?:side-?car|containers?|exporter|client|init|image|password|secret|host|url|user|config|driver|-)/i.test(
      after,
    ) ||
    /^[-.:/=]\w/.test(after)
  )
    return false;
  const behind =
    /\)\s*(?:,\s*(?:and\s+)?|\s+and\s+|,?\s+plus\s+)(?:[\w-]+\s*(?:,\s*(?:and\s+)?|\s+and\s+))?(?:an?\s+|the\s+)?$/i.test(
      before,
    );
  // An image in full stands beside only behind the brackets of the one before it.
  if (image !== undefined) return behind && !/^\s*(?:side|container)/i.test(after);
  return (
    behind ||
    /^\s*["'`]?[a-z0-9-]+["'`]?(?:(?:\s*,\s*|\s+and\s+)["'`]?[a-z0-9-]+["'`]?)*\s+(?:(?:both|each|all|also)\s+)?(?:needs?|uses?|ha(?:s|ve)|publish\w*|connects?|talks?|stores?|writes?|depends?|consumes?|keeps?|sends?)\b[^.;,(]{0,40}$/i.test(
      before,
    )
  );
}
