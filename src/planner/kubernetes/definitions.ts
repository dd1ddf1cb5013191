/** Kinds that somebody defines: CustomResourceDefinitions with their names, versions and the fields of their spec. */
import type { Said } from './attributes.ts';
import type { Reader } from './companions.ts';
import type { DraftObject } from './model.ts';
import { object } from './render.ts';

const TYPES: Readonly<Record<string, string>> = {
  text: 'string',
  int: 'integer',
  bool: 'boolean',
  float: 'number',
  list: 'array',
  map: 'object',
};
const TYPE = '(strings?|text|integers?|int|numbers?|float|booleans?|bool|arrays?|list|objects?|map)';

/** "cronSpec (string), replicas (integer)", "a string image", "size: integer": fields with their types. */
function fieldsOf(said: Said): DraftObject {
  const found: DraftObject = {};
  for (const m of said.takeAll(
    new RegExp(String.raw`["'\x60]?\b([a-z][A-Za-z0-9]*)["'\x60]?\s*(?:\(|:\s?|=|\sas\s(?:an?\s)?|\sof type\s)(?:an?\s+|required\s+|optional\s+)?${TYPE}\b`, 'gi'), // prettier-ignore
  )) {
    const word = (m[2] ?? 'string').toLowerCase().replace(/s$/, '');
    const type = TYPES[word] ?? word;
    found[m[1] ?? ''] =
      type === 'array'
        ? { type, items: { type: 'string' } }
        : type === 'object'
          ? { type, additionalProperties: { type: 'string' } }
          : { type };
  }
  return found;
}

/** "group stable.example.com, version v1, namespaced, kind CronTab, plural crontabs, short name ct; its spec has …". */
export const customResource: Reader = (entity, said) => {
  const word = (lead: string): string | undefined =>
    said.take(new RegExp(String.raw`\b${lead}(?:\s+name)?\s*(?:is|of|=|:)?\s*["'\x60]?([A-Za-z][\w.-]*\w)`, 'i'))?.[1];
  const full = entity.name ?? said.take(/\b([a-z][a-z0-9-]*(?:\.[a-z0-9-]+){2,})\b/)?.[1];
  const group = word('(?:api )?group') ?? full?.split('.').slice(1).join('.');
  const kind = word('kind');
  const plural = word('plural') ?? full?.split('.')[0];
  if (group === undefined || group === '' || plural === undefined) return undefined;
  const singular = word('singular') ?? kind?.toLowerCase() ?? plural.replace(/s$/, '');
  const short = said.take(/\bshort ?-?names?\s*(?:is|are|of|=|:)?\s*(["'`]?[a-z]+["'`]?(?:(?:\s*,\s*|\s+and\s+|\s*,\s*and\s+)["'`]?[a-z]{1,5}["'`]?(?=\s*(?:[,;.)]|and\b|$)))*)/i)?.[1]; // prettier-ignore
  const version = said.take(/\bversion\s*(?:is|of|=|:)?\s*["'`]?(v\d\w*)/i)?.[1] ?? 'v1';
  const wide = said.take(/\bcluster[ -]?(?:scoped|wide)\b|\bscope:? cluster\b/i) !== undefined;
  said.takeAll(/\bnamespaced?\b|\bserved\b|\bstored\b|\bstorage\b/gi);
  const properties = fieldsOf(said);
  const shortNames = short?.match(/[a-z]+/gi)?.filter((n) => n !== 'and');
  return object('CustomResourceDefinition', `${plural}.${group}`, undefined, {
    spec: {
      group,
      scope: wide ? 'Cluster' : 'Namespaced',
      names: {
        plural,
        singular,
        kind: kind ?? singular.charAt(0).toUpperCase() + singular.slice(1),
        ...(shortNames === undefined ? {} : { shortNames }),
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  ...(Object.keys(properties).length === 0 ? { 'x-kubernetes-preserve-unknown-fields': true } : { properties }), // prettier-ignore
                },
              },
            },
          },
        },
      ],
    },
  });
};
