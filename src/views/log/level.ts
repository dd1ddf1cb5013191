/** Which lines a person looks for first. */
export type Level = 'error' | 'warning' | 'plain';

const COMMAND = /^(?:::(error|warning)\b|##\[(error|warning)\])/;
/** Words that say so at the start of the line or after a mark that sets them off: `[ERROR]`, `error:`, `level=error`. */
const ERROR =
  /(?:^|[\s[(<"'=:|])(?:e|err|error|errors|fatal|panic|critical|crit|severe|exception|traceback|failed|failure|fail|✗|✘|✖)(?:$|[\s\])>"':!,.|([])|\w+(?:Error|Exception):/i;
const WARNING = /(?:^|[\s[(<"'=:|])(?:w|warn|warning|warnings|deprecated)(?:$|[\s\])>"':!,.|([])/i;
/** Sentences that hold such a word and mean the opposite. */
const HARMLESS =
  /\b(?:0|no|without|zero|any|ignore[ds]?|if|on)[\s-]+(?:\w+[\s-]+)?(?:errors?|failures?|failed|warnings?|exceptions?)\b|\b(?:errors?|failures?|failed|warnings?)\s*[:=]\s*0\b|--\S*(?:error|fail|warn)/i;

export function levelOf(plain: string): Level {
  const command = COMMAND.exec(plain);
  if (command) return (command[1] ?? command[2]) as Level;
  const start = plain.length > 400 ? plain.slice(0, 400) : plain;
  const error = placeOf(start, ERROR);
  const warning = placeOf(start, WARNING);
  if (error === Infinity && warning === Infinity) return 'plain';
  // What the line calls itself first is what it is: `Warning: probe failed`.
  return error < warning ? 'error' : 'warning';
}

function placeOf(text: string, pattern: RegExp): number {
  const match = pattern.exec(text);
  return match && !HARMLESS.test(text) ? match.index : Infinity;
}
