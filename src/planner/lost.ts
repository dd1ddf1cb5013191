/**
 * A check of intent: what a description names letter by letter (a host, an image, a path, a port, an amount) has to stand somewhere in
 * the plan. What does not is told, whoever planned: a grammar may have read a word and put it nowhere, and a model leaves things out.
 */
import type { PlanDraft } from './plan.ts';

/** One thing that was said, and how it may stand in the plan. */
interface Fact {
  readonly said: string;
  readonly found: (plan: Corpus) => boolean;
}

interface Corpus {
  /** Everything that the plan would write or do, in lower case, blanks as one. */
  readonly text: string;
  readonly numbers: ReadonlySet<string>;
  /** Its words, among which most of what is looked for stands as it is. */
  readonly words: ReadonlySet<string>;
}

const MOST = 12;

/** @returns what the description names and the plan holds nowhere, in its own words; the first dozen */
export function lostFacts(description: string, draft: PlanDraft): string[] {
  if (draft.stages.every((stage) => stage.tasks.length === 0)) return []; // a question is no plan
  const plan = corpusOf(draft);
  const lost = factsOf(description).filter((fact) => !fact.found(plan));
  return [...new Set(lost.map(({ said }) => said))].slice(0, MOST);
}

function corpusOf({ name, files, stages, finally: last, inputs, secrets, assumptions }: PlanDraft): Corpus {
  const rest = JSON.stringify([name, stages, last ?? [], inputs, secrets, assumptions]);
  const text = `${files.map((f) => `${f.path}\n${f.text}`).join('\n')}\n${rest}`.toLowerCase().replace(/\s+/g, ' ');
  return { text, numbers: new Set(text.match(/\d+(?:\.\d+)?/g) ?? []), words: new Set(text.match(/[^\s"'`,;()[\]{}<>]+/g) ?? []) }; // prettier-ignore
}

const verbatim = (said: string, sought = said): Fact => {
  const low = sought.toLowerCase();
  return { said, found: ({ text, words }) => words.has(low) || text.includes(low) };
};

function factsOf(description: string): Fact[] {
  const facts: Fact[] = [];
  for (const [token] of description.matchAll(/[^\s,;()[\]{}"'`<>|]+/g)) {
    const word = token.replace(/^[.:]+(?!\/)|[.:!?]+$/g, '');
    const fact = word === '' ? undefined : factOf(word);
    if (fact !== undefined) facts.push(fact);
  }
  for (const [, name] of description.matchAll(NAMED)) if (name !== undefined) facts.push(verbatim(name));
  return facts;
}

/** "called web-server", "namespace `team-a`": a name by the word before it. */
const NAMED =
  /\b(?:called|named|namespace|ns|service ?account|secret|config ?map|bucket|queue|topic|table|role|claim|pvc)\s+["'`]?([a-z0-9]+(?:[-_][a-z0-9]+)+)\b/gi;

const FILE = /\.(?:ya?ml|json|toml|conf|cfg|ini|sh|py|rb|php|m?[jt]s|tsx?|sql|txt|md|tf|tpl|html?|css|env|lock|xml|properties|zip|gz|tar|pem|crt|key)$/i; // prettier-ignore

function factOf(word: string): Fact | undefined {
  const url = /^[a-z][a-z+.-]*:\/\/([^/:@\s]+)/i.exec(word)?.[1];
  if (url !== undefined) return verbatim(word, url);
  if (/^[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]$/.test(word)) return verbatim(word);
  if (/^\/[\w.-]+(?:\/[\w.*-]+)*$/.test(word)) return verbatim(word, word.slice(1)); // some take a path without its first slash
  if (/^[a-z0-9][\w.-]*(?:\/[\w.-]+)*:[\w][\w.-]*$/i.test(word) && /[a-z]/i.test(word)) return imageOf(word);
  if (/^(?:[a-z0-9-]+\.)+[a-z]{2,}$/i.test(word) && !FILE.test(word) && /\.[a-z-]*[a-z][a-z-]*\./i.test(`.${word}`))
    return /\d/.test(word) || word.split('.').length > 2 ? verbatim(word) : undefined;
  return amountOf(word);
}

/** `nginx:1.27`, `registry.example.com/shop/web:2.4`: the image and its tag, which may stand apart. */
function imageOf(word: string): Fact {
  const at = word.lastIndexOf(':');
  const [image, tag] = [word.slice(0, at).toLowerCase(), word.slice(at + 1).toLowerCase()];
  const low = word.toLowerCase();
  return { said: word, found: ({ text, words }) => words.has(low) || (text.includes(image) && text.includes(tag)) };
}

const TIMES = [1, 60, 3600, 86_400, 7 * 86_400, 1000, 60_000, 1024, 1024 * 1024, 100];

/** A port, a size, a time, a share: its number in any unit that the plan may give it in. */
function amountOf(word: string): Fact | undefined {
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(word);
  if (clock !== null) {
    const [hour, minute] = [Number(clock[1]), Number(clock[2])];
    return {
      said: word,
      found: ({ text }) => text.includes(word) || new RegExp(`(?:^|\\D)${minute} ${hour}(?:\\D|$)`).test(text),
    };
  }
  const amount = /^(\d{2,}(?:\.\d+)?)([a-zA-Z%]{0,3})$/.exec(word);
  if (amount === null) return undefined;
  // A file's mode is said in octal digits.
  const value = /^0[0-7]{3}$/.test(word) ? Number.parseInt(word, 8) : Number(amount[1]);
  const asSaid = TIMES.flatMap((times) => [value * times, value / times]).filter((n) => n >= 0.001);
  return { said: word, found: ({ numbers }) => asSaid.some((n) => numbers.has(String(Number(n.toFixed(4))))) };
}
