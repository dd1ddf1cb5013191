/** Why a task failed: the rules that its words, its exit code or its end match, the most specific first. */
import { filled, type Explanation, type FailedTask, type Finding, type Rule } from './rule.ts';
import { RULES } from './rules/index.ts';

const MOST_ALSO = 3;
const LONGEST_EVIDENCE = 400;

/**
 * @param task what is known of the failed task
 * @param rules in order: the first one that matches explains, further ones are named beside it
 */
export function explainTask(task: FailedTask, rules: readonly Rule[] = RULES): Explanation {
  const lines = linesOf(task);
  const found = rules.flatMap((rule) => match(rule, task, lines) ?? []);
  const [first, ...others] = found;
  const head = { task: task.task, type: task.type, status: task.status };
  if (first === undefined) return { ...head, source: 'unknown', ...unknown(task), also: [] };
  const { rule, what, cause, evidence } = first;
  // What the type itself advises knows this very task: it comes first, unless the rule says the same.
  const own = task.next === undefined || first.next.includes(task.next) ? [] : [task.next];
  return {
    ...head,
    source: 'rule',
    rule,
    what,
    cause,
    next: [...own, ...first.next],
    ...(evidence === undefined ? {} : { evidence }),
    also: others.filter((o) => o.what !== what).slice(0, MOST_ALSO),
  };
}

/** The reason first, then the log from its end: the last complaint is mostly the one that ended it. */
function linesOf({ reason, lines }: FailedTask): string[] {
  return [...(reason?.split('\n') ?? []), ...[...lines].reverse()]
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function match(rule: Rule, task: FailedTask, lines: readonly string[]): Finding | undefined {
  if (rule.types !== undefined && !rule.types.includes(task.type)) return undefined;
  if (rule.exitCode !== undefined && (task.exitCode === undefined || !rule.exitCode.includes(task.exitCode)))
    return undefined;
  if (rule.signal !== undefined && task.signal !== rule.signal) return undefined;
  if (rule.status !== undefined && task.status !== rule.status) return undefined;
  const { line } = rule;
  if (line === undefined) return finding(rule, {}, undefined);
  for (const text of lines) {
    const found = line.exec(text);
    if (found !== null) return finding(rule, found.groups ?? {}, text);
  }
  return undefined;
}

function finding(
  rule: Rule,
  groups: Readonly<Record<string, string | undefined>>,
  evidence: string | undefined,
): Finding {
  return {
    rule: rule.id,
    what: filled(rule.what, groups),
    cause: filled(rule.cause, groups),
    next: rule.next.map((text) => filled(text, groups)),
    ...(evidence === undefined
      ? {}
      : { evidence: evidence.length > LONGEST_EVIDENCE ? `${evidence.slice(0, LONGEST_EVIDENCE)}…` : evidence }),
  };
}

/** Honest where nothing is known: what the task said itself, and where to look. */
function unknown(task: FailedTask): Pick<Explanation, 'what' | 'cause' | 'next' | 'evidence'> {
  const ended =
    task.signal !== undefined
      ? `It was ended by ${task.signal}.`
      : task.exitCode === undefined
        ? `It ended ${task.status}.`
        : `It ended with exit code ${task.exitCode}.`;
  const last =
    task.lines.findLast((line) => /\b(?:error|fatal|failed|denied|refused|cannot|exception)\b/i.test(line)) ??
    task.lines.at(-1);
  return {
    what: task.reason ?? ended,
    cause: 'This is no failure that is known here.',
    next: [
      ...(task.next === undefined ? [] : [task.next]),
      `Read what it printed: code-engine runs logs${task.runId === undefined ? '' : ` ${task.runId}`} --task ${task.task}`,
    ],
    ...(last === undefined ? {} : { evidence: last.trim().slice(0, LONGEST_EVIDENCE) }),
  };
}
