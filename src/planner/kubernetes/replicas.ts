/** More or fewer copies of what runs already: "scale to 5", "halve the replicas", "take it down to zero pods". */
import { NUMBER, numberOf } from '../grammar/quantities.ts';
import { findImages } from './images.ts';
import { kubectl } from './kubectl.ts';
import { awaits, idOf, subject, where, type Operation } from './operation.ts';

const COUNT = `(zero|no|${NUMBER})`;
const COPIES = '(?:replicas?|pods?|copies|copy|instances?)';
const VERB =
  /^\s*(?:then |and |please |now )?(?:scale|resize)\b|\bscale (?:up|down|out|in|the|deployment|it|to)\b|\b(?:increase|decrease|reduce|change|set|raise|lower) (?:the )?(?:number of )?(?:replicas|pods|replica count)\b/i;
/** What is done to the number of copies, wherever it stands in the sentence. */
const CHANGE = new RegExp(
  String.raw`\b(?:take|bring|get|move|go|turn|put|shrink|grow|raise|lower|reduce|run)\b[^.;]*\b(?:down|up|back|from \S+)?\s*to\s+${COUNT}\s+${COPIES}\b`,
  'i',
);
const FACTOR = new RegExp(
  String.raw`\b(twice|double|thrice|triple|halve|half)\b[^.;]{0,30}\b${COPIES}\b|\b${COUNT}\s+(more|additional|extra|further|fewer|less)\s+${COPIES}\b`,
  'i',
);
const NOW = [
  new RegExp(String.raw`\b(?:currently|at present|at the moment|today|now|already|so far)\s+(?:it )?(?:runs? |has |have |is |are |at |with |there are )*${COUNT}\b`, 'i'),
  new RegExp(String.raw`\b(?:runs?|has|have|is|are)\s+(?:at |with |on )?${COUNT}\b(?:\s+${COPIES})?\s+(?:now|currently|at (?:the moment|present)|today|so far)\b`, 'i'),
  new RegExp(String.raw`\bfrom\s+${COUNT}\s+(?:${COPIES}\s+)?to\b`, 'i'),
]; // prettier-ignore

const amount = (word: string): number => (/^(?:zero|no)$/i.test(word) ? 0 : numberOf(word));

/** How many there are to be; nothing where that hangs on a number that nobody said. */
function wanted(text: string, whole: string): number | 'unknown' | undefined {
  const change = FACTOR.exec(text);
  if (change !== null) {
    const now = NOW.map((pattern) => pattern.exec(whole)?.[1]).find((n) => n !== undefined);
    if (now === undefined) return 'unknown';
    const [, times, step = '1', way = ''] = change;
    if (times === undefined) return Math.max(0, amount(now) + amount(step) * (/^(?:fewer|less)$/i.test(way) ? -1 : 1));
    return Math.round(amount(now) * (/^h/i.test(times) ? 0.5 : /^t(?:w|$)|^d/i.test(times) ? 2 : 3));
  }
  const count = new RegExp(`\\b(?:to|=|at)\\s+(?:exactly\\s+)?${COUNT}\\b|\\b${COUNT} ${COPIES}`, 'i').exec(text);
  return count === null ? undefined : amount(count[1] ?? count[2] ?? '1');
}

/** @returns whether the sentence is about the number of copies of what is there */
export const scale: Operation = (sentence, namespace, out, whole) => {
  const { text } = sentence;
  const verb = VERB.test(text);
  if (!verb && !CHANGE.test(text) && !FACTOR.test(text)) return false;
  if (/auto-?scal|\bhpa\b|\bpvc\b|\bclaim\b|\bvolume\b/i.test(text)) return false;
  if (!verb && (findImages(text).length > 0 || /\b(?:creat|updat|rollout|roll(?:s|ed|ing)? out|surge|new version|drain|budget|scal(?:es|ed|ing))\w*\b/i.test(text))) return false; // prettier-ignore
  const about =
    subject(text, /\bscale(?: up| down| out| in)?|\bof|\bfor/i) ??
    (/\bit\b/i.test(text) ? subject(whole, /\bof/i) : undefined);
  if (about === undefined) return false;
  const replicas = wanted(text, whole);
  if (typeof replicas !== 'number') {
    const step = new RegExp(`\\b(?:by|down by|up by)\\s+(${NUMBER})`, 'i').exec(text);
    out.questions.push(
      replicas === undefined && step === null
        ? `To how many replicas should ${about.name} be scaled?`
        : `How many replicas does ${about.name} have now? ${step === null ? 'A change of it' : `"By ${step[1] ?? ''}"`} needs the present number.`,
    );
    return true;
  }
  const id = idOf(about.name);
  out.tasks.push(
    kubectl(`scale_${id}`, `Scale ${about.name} to ${replicas} replicas.`, [
      'scale',
      `${about.kind}/${about.name}`,
      ...where(namespace),
      `--replicas=${replicas}`,
    ]),
    awaits(about, namespace, `scale_${id}`),
  );
  out.assumptions.push(`${about.name} exists in ${namespace ?? 'the current namespace'}.`);
  return true;
};
