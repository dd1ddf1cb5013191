/** "database shop, user shopper": what the first database of a store is called, and who logs in to it. */
import { escaped, type Passage } from '../text.ts';

const NAME = String.raw`["'\x60]?([a-z][a-z0-9_-]*)["'\x60]?`;
const NOT_A_NAME =
  /^(?:and|with|for|from|on|in|is|as|of|the|a|an|that|which|password|server|container|service|host|port|must|only|to|by|via|not|data|files?|itself|stays?|too|also|always|at|there|then|who|where|can|may|can't|cannot|this|these|its|their|come|comes|up|down|name|named|called|user|behind|volume|healthy|ready|it|or|should|waits?|starts?|will|has|are|using|keeps?|stays?|runs?|both|first|out|per|one|gets?|needs?|tier|layer|client|clients|instance|cluster|node|nodes|pod|pods|secret|so|again|once|over|after|before|when|while|until|but|inside|outside|image|storage|disk|lives?|sits?|uses?|wants?)$/i;

/** Where the name of a database, or of its user, follows. */
const LOGIN_WORDS = {
  database: String.raw`(?:\b(?:database|db)(?:\s+name)?(?:\s*[:=]\s*|\s+(?:is |of |called |named |= ?|: ?)*)|\b(?:called|named) (?=\S+ (?:database|db)\b))`,
  user: String.raw`\b(?:user(?:name)?|owner)\s+(?:is |of |called |named |= ?|: ?)*`,
} as const;

/** @returns the first name that is one, marked as understood */
export function loginName(said: Pick<Passage, 'take' | 'text'>, of: keyof typeof LOGIN_WORDS): string | undefined {
  for (const match of said.text.matchAll(new RegExp(`${LOGIN_WORDS[of]}${NAME}(?![\\w./:-])`, 'gi'))) {
    const name = match[1] ?? '';
    const rest = said.text.slice(match.index + match[0].length);
    if (NOT_A_NAME.test(name) || /^\s+(?:waits?|depends?|starts?|runs?|is|has|listens?)\b/i.test(rest)) continue;
    if (/\badmin\s+$/i.test(said.text.slice(0, match.index))) continue;
    said.take(new RegExp(escaped(match[0]), 'i'));
    return name;
  }
  return undefined;
}

/** Variables of an engine's image for its first database and user. */
export const LOGIN_VARIABLES: Readonly<Record<string, { readonly database: string; readonly user: string }>> = {
  postgres: { database: 'POSTGRES_DB', user: 'POSTGRES_USER' },
  timescaledb: { database: 'POSTGRES_DB', user: 'POSTGRES_USER' },
  mysql: { database: 'MYSQL_DATABASE', user: 'MYSQL_USER' },
  mariadb: { database: 'MYSQL_DATABASE', user: 'MYSQL_USER' },
  mongo: { database: 'MONGO_INITDB_DATABASE', user: 'MONGO_INITDB_ROOT_USERNAME' },
};

/** What an application is told the same by, at the end of its variable's name. */
export const LOGIN_TOLD = {
  database: /(?:DB_?NAME|DATABASE|_DB|DBNAME|__NAME)$|^DB$/i,
  user: /USER(?:NAME)?$/i,
} as const;
