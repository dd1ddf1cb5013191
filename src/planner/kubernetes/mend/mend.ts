/** Manifests that the API would refuse, or that do nothing, made whole: what a person who knows the API would change, and no more. */
import type { K8sObject } from '../model.ts';
import { kinds } from '../schema.ts';
import { mendFields } from './fields.ts';
import { mendAmounts, mendHead, mendRequired } from './heads.ts';
import { mendRelations } from './relations.ts';
import { nameOf, type Note } from './shape.ts';

/** Something is said not to work. */
const BROKEN =
  /\b(?:fix\w*|repair\w*|correct\w*|mend\w*|broken|wrong|invalid|fail\w*|errors?|does(?: not|n['o]?t)|doesn't|won't|will not|can(?:not|'t| not)|never|no endpoints|mismatch\w*|crash\w*|pending|debug\w*|problems?|issues?|reject\w*|refus\w*|troubleshoot\w*|unreachable|not (?:reachable|working|found|scheduled|bound|match\w*)|mistakes?|typos?|bugs?|migrat\w*|deprecat\w*|removed api|up to date|current (?:api|version))\b/i;

export const isRepair = (words: string): boolean => BROKEN.test(words);

export interface Mended {
  readonly objects: readonly K8sObject[];
  /** What was changed, object by object. */
  readonly notes: readonly string[];
}

/** @param words what is said about the manifests: only where something does not work is it looked at what they say of each other */
export function mendObjects(given: readonly K8sObject[], words: string): Mended {
  const notes: string[] = [];
  const objects = given.map((one) => structuredClone(one));
  for (const object of objects) {
    const note: Note = (text) => notes.push(`${nameOf(object)}: ${text}`);
    mendHead(object, note);
    const model = kinds[`${object.apiVersion}/${object.kind}`];
    if (model === undefined) continue;
    mendFields(object, model, note);
    mendRequired(object, note);
    mendAmounts(object, note);
  }
  if (isRepair(words)) mendRelations(objects, (text) => notes.push(text));
  return { objects, notes: [...new Set(notes)] };
}
