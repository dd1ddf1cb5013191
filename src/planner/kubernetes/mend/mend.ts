/** Manifests that the API would refuse, or that do nothing, made whole: what a person who knows the API would change, and no more. */
import type { DraftObject, K8sObject } from '../model.ts';
import { kinds } from '../schema.ts';
import { mendFields } from './fields.ts';
import { mendAmounts, mendHead, mendRequired } from './heads.ts';
import { mendRelations } from './relations.ts';
import { APPS, appOfImage } from '../../catalogue/index.ts';
import { distance } from '../../grammar/spelling.ts';
import { allContainers, mapOf, nameOf, podSpecOf, wordOf, type Note } from './shape.ts';

/** Something is said not to work. */
const BROKEN =
  /\b(?:fix\w*|repair\w*|correct\w*|mend\w*|broken|wrong|invalid|fail\w*|errors?|does(?: not|n['o]?t)|doesn't|won't|will not|can(?:not|'t| not)|never|no endpoints|mismatch\w*|crash\w*|pending|debug\w*|problems?|issues?|reject\w*|refus\w*|troubleshoot\w*|unreachable|not (?:reachable|working|found|scheduled|bound|match\w*)|mistakes?|typos?|bugs?|migrat\w*|deprecat\w*|removed api|up to date|current (?:api|version))\b/i;

export const isRepair = (words: string): boolean => BROKEN.test(words);

/** What a container is started with is said to be wrong, and its image's own would do. */
const WRONG_START =
  /\b(?:start |entry ?)?(?:command|entry ?point|args|arguments)\b[^.;]*\b(?:wrong|needs?|requires?|(?:is|are) (?:not|missing)|does(?:n't| not) exist|typo|nonsense|fails?|crash\w*)\b|\b(?:wrong|bad|broken|faulty|invalid)\b[^.;]*\b(?:command|entry ?point|args|arguments)\b/i;
const OWN_START =
  /\b(?:by default|default (?:command|entry ?point)|the image's own|(?:its|the) own entry ?point|as (?:the image|nginx|it) (?:does|intends|ships)|without (?:a |the |any )?(?:command|override))\b/i;

function mendStart(object: DraftObject, words: string, note: Note): void {
  if (!WRONG_START.test(words) || !OWN_START.test(words)) return;
  for (const container of allContainers(podSpecOf(object))) {
    if (container['command'] === undefined && container['args'] === undefined) continue;
    delete container['command'];
    delete container['args'];
    note(`${wordOf(container['name'])} starts as its image does by itself.`);
  }
}

/** `ngnix` as `nginx`: an image that nobody has, a letter away from one that all have. */
function mendImages(object: DraftObject, note: Note): void {
  for (const container of allContainers(podSpecOf(object))) {
    const image = wordOf(container['image']);
    const [, name = '', rest = ''] = /^([a-z]+)((?:[:@].*)?)$/.exec(image) ?? [];
    if (name.length < 5 || appOfImage(name) !== undefined) continue;
    const right = APPS.find((a) => a.official === true && a.image.length > 4 && distance(a.image, name) === 1)?.image;
    if (right === undefined) continue;
    container['image'] = `${right}${rest}`;
    note(`${wordOf(container['name'])} runs ${right}${rest}, not ${image}.`);
  }
}

/** "the app listens on 3000": probes that ask another port. */
function mendPorts(object: DraftObject, words: string, note: Note): void {
  const listens =
    /\b(?:app(?:lication)?|it|process|server|container|program)\b[^.;,]{0,20}\blisten\w*\s+(?:only\s+)?on\s+(?:port\s+)?(\d{2,5})/i.exec(
      words,
    )?.[1];
  const containers = allContainers(podSpecOf(object));
  const [container] = containers;
  if (listens === undefined || container === undefined || containers.length > 1) return;
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'])
    for (const handler of ['httpGet', 'tcpSocket', 'grpc']) {
      const asked = mapOf(mapOf(container[probe])[handler]);
      if (asked['port'] === undefined || asked['port'] === Number(listens) || typeof asked['port'] !== 'number')
        continue;
      asked['port'] = Number(listens);
      note(`The ${probe} asks port ${listens}.`);
    }
}

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
  if (isRepair(words)) {
    mendRelations(objects, (text) => notes.push(text), words);
    for (const object of objects) {
      mendStart(object, words, (text) => notes.push(text));
      mendImages(object, (text) => notes.push(text));
      mendPorts(object, words, (text) => notes.push(text));
    }
  }
  return { objects, notes: [...new Set(notes)] };
}
