/** Small changes to what runs already: variables, labels, annotations, limits, by programs with fixed arguments. */
import type { TaskDraft } from '../plan.ts';
import type { Passage } from '../text.ts';
import { findImages } from './images.ts';
import { isNameWord } from './names.ts';
import { kubectl } from './kubectl.ts';

interface Edit {
  readonly tasks: readonly TaskDraft[];
  readonly assumption: string;
}

const ID = String.raw`["'\x60]?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)["'\x60]?`;
const KIND = String.raw`(deployments?|stateful ?sets?|daemon ?sets?|cron ?jobs?|pods?|services?|namespaces?|nodes?|config ?maps?|secrets?)`;

/** What a clause changes: `deployment checkout`, `the namespace payments`. */
function subjectOf(text: string): { kind: string; name: string } | undefined {
  for (const m of [
    ...text.matchAll(new RegExp(`\\b${KIND}\\s+(?:named |called )?${ID}`, 'gi')),
    ...[...text.matchAll(new RegExp(`${ID}\\s+${KIND}\\b`, 'gi'))].map((b) => [b[0], b[2], b[1]] as const),
  ]) {
    const name = m[2] ?? '';
    if (isNameWord(name) && !/^(?:and|there|with)$/.test(name))
      return { kind: (m[1] ?? 'deployment').toLowerCase().replace(/\s/g, '').replace(/s$/, ''), name };
  }
  return undefined;
}

/** Whether somebody makes this object in the same breath; then nothing is edited. */
const MAKES =
  /\b(?:create|deploy|make|define|write|run|add an?|new|launch|set ?up)\b[^.;]*\b(?:deployment|stateful ?set|daemon ?set|pod|cron ?job|job|namespace|service|config ?map|secret)\b|\bimage\b/i;

/** "Pod web, label app=web": what an object is like, no order. */
const DESCRIBES = new RegExp(`^\\s*(?:an?\\s+|the\\s+)?(?:pod|deployment|stateful ?set|daemon ?set)\\s+(?:named |called )?${ID}\\s*,\\s*labels?\\s`, 'i'); // prettier-ignore

const clauses = (text: string): string[] =>
  text.split(/(?:,\s*(?:and\s+|then\s+)?|\s+and\s+(?:then\s+)?)(?=(?:then\s+)?(?:label|annotate|set|restart|add)\b)/i);

/** @returns nothing where the sentence asks for no such change */
export function readEdits(sentence: Passage, namespace: string | undefined): Edit | undefined {
  const { text } = sentence;
  if (MAKES.test(text) || findImages(text).length > 0 || DESCRIBES.test(text)) return undefined;
  const tasks: TaskDraft[] = [];
  let last: { kind: string; name: string } | undefined;
  for (const clause of clauses(text)) {
    const about = subjectOf(clause) ?? last;
    const task = about === undefined ? undefined : editOf(clause, about, namespace);
    last = about;
    if (task !== undefined) tasks.push(task);
  }
  if (tasks.length === 0) return undefined;
  if (last !== undefined && /\brestart\b/i.test(text) && /^(?:deployment|statefulset|daemonset)$/.test(last.kind))
    tasks.push({
      ...kubectl(`restart_${idOf(last.name)}`, `Restart ${last.name}.`, [
        'rollout',
        'restart',
        `${last.kind}/${last.name}`,
        ...where(namespace),
      ]),
      dependsOn: [tasks.at(-1)?.task ?? ''],
    });
  return { tasks, assumption: `${last?.name ?? 'What is changed'} is there already.` };
}

function editOf(
  clause: string,
  { kind, name }: { kind: string; name: string },
  namespace: string | undefined,
): TaskDraft | undefined {
  const id = idOf(name);
  const place = /^(?:namespace|node)$/.test(kind) ? [] : where(namespace);
  if (
    /\benv(?:ironment)?(?: variable)?s?\b/i.test(clause) &&
    /^\s*(?:(?:please|then|also|now)\s+)*(?:set|add|change|update)\b/i.test(clause)
  ) {
    const pairs = [
      ...clause.matchAll(/\b([A-Z][A-Z0-9_]+)["'`]?\s*(?:=|to|with(?: the)? value|:)\s*["'`]?([^\s,;"'`]+)/g),
    ].map((m) => `${m[1] ?? ''}=${(m[2] ?? '').replace(/[.]$/, '')}`);
    // A value that must not be seen is no argument of a program.
    if (pairs.length === 0 || pairs.some((p) => /^\w*(?:PASS|SECRET|TOKEN|KEY|CREDENTIAL)\w*=/i.test(p)))
      return undefined;
    return kubectl(`set_env_${id}`, `Set ${pairs.map((p) => p.split('=')[0]).join(', ')} of ${name}.`, [
      'set',
      'env',
      `${kind}/${name}`,
      ...place,
      ...pairs,
    ]);
  }
  const asked =
    /^\s*(?:(?:please|then|also|now)\s+)*(?:(label|annotate)\b(?!\s*[=:])|(?:add|put|set)\b[^.;]*\b(label|annotation)s?\b)/i.exec(
      clause,
    );
  const verb = asked === null ? undefined : /^l/i.test(asked[1] ?? asked[2] ?? '') ? 'label' : 'annotate';
  if (verb === undefined) return undefined;
  const pairs = [...clause.matchAll(/["'`]?\b([a-zA-Z][\w./-]*)["'`]?\s*(?:=|:\s?)\s*["'`]?([\w.-]*\w)/g)].map(
    (m) => `${m[1] ?? ''}=${m[2] ?? ''}`,
  );
  if (pairs.length === 0) return undefined;
  return kubectl(`${verb}_${id}`, `${verb === 'label' ? 'Label' : 'Annotate'} ${kind} ${name} with ${pairs.join(', ')}.`, [verb, kind, name, ...place, '--overwrite', ...pairs]); // prettier-ignore
}

const where = (namespace: string | undefined): string[] => (namespace === undefined ? [] : ['--namespace', namespace]);
const idOf = (name: string): string => name.replace(/[^a-z0-9]+/g, '_');
