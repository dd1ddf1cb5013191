/** Claims that are only spoken of where they are mounted. */
import { SIZE } from '../grammar/quantities.ts';
import type { Said } from './attributes.ts';
import type { ClusterBuilder } from './builder.ts';
import type { Entity } from './model.ts';

/** "the PVC x mounted at /y": a claim of which nothing is said but where it goes is there already. */
export function isMountedOnly(builder: ClusterBuilder, entity: Entity, said: Said): boolean {
  const { name } = entity;
  if (
    name === undefined ||
    !builder.refs.claims.has(name) ||
    builder.objects.some((o) => o.kind === 'PersistentVolume')
  )
    return false;
  const own = said.text.replace(/\bmount\w*\b[^.;,]*/gi, ' ');
  return (
    !said.has(new RegExp(SIZE)) &&
    !/\b(?:class|read ?write|RW[OX]|ROX|bind\w*|bound|snapshot|clon\w+|restor\w+)\b/i.test(own) &&
    !new RegExp(
      `\\b(?:create|make|add|new|define)\\b[^.;]{0,40}\\b(?:pvc|claim)s?\\b[^.;]{0,20}\\b${name}\\b`,
      'i',
    ).test(builder.text.text)
  );
}
