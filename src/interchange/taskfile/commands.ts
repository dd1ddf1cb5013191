/** The commands of one task of a Taskfile: stretches of shell text, and calls of other tasks between them. */
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Path, Report } from '../report.ts';
import { listOf, textOf } from '../source.ts';

export type Command =
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly at: Path;
      readonly ignoreError: boolean;
      readonly deferred: boolean;
    }
  | { readonly kind: 'call'; readonly task: string; readonly vars: JsonObject; readonly at: Path };

/** @param task a task in any of its forms: a text, a list, or a mapping with `cmd` or `cmds` */
export function commandsOf(task: Json, at: Path, report: Report): readonly Command[] {
  if (!isObject(task))
    return listOf(task).flatMap((item, i) => commandOf(item, Array.isArray(task) ? [...at, i] : at, report));
  const cmds = task['cmds'] ?? task['cmd'];
  const key = task['cmds'] === undefined ? 'cmd' : 'cmds';
  return listOf(cmds).flatMap((item, i) =>
    commandOf(item, Array.isArray(cmds) ? [...at, key, i] : [...at, key], report),
  );
}

function commandOf(item: Json, at: Path, report: Report): Command[] {
  const text = textOf(item);
  if (text !== undefined) return [{ kind: 'text', text, at, ignoreError: false, deferred: false }];
  if (!isObject(item)) return [];
  if (item['for'] !== undefined) return loop(item, at, report);
  if (item['platforms'] !== undefined)
    report.add('changed', [...at, 'platforms'], 'The command runs wherever the task does.');
  const { defer } = item;
  if (defer !== undefined) {
    const last = commandOf(defer, at, report)[0];
    if (last?.kind === 'text') return [{ ...last, deferred: true }];
    report.add('lost', at, 'A task that is called at the end whatever happened: write it under finally.');
    return [];
  }
  const call = textOf(item['task']);
  if (call !== undefined) return [{ kind: 'call', task: call, vars: isObject(item['vars']) ? item['vars'] : {}, at }];
  const command = textOf(item['cmd']);
  if (command === undefined) return [];
  return [{ kind: 'text', text: command, at, ignoreError: item['ignore_error'] === true, deferred: false }];
}

/** A loop over words that stand in the file is written out; over anything else it cannot be. */
function loop(item: JsonObject, at: Path, report: Report): Command[] {
  const { for: over, ...body } = item;
  const words = listOf(over).map(textOf);
  if (!Array.isArray(over) || words.some((word) => word === undefined)) {
    report.add(
      'lost',
      [...at, 'for'],
      'A loop over what only a run knows: write it in the shell text, or as a matrix.',
    );
    return [];
  }
  return words.flatMap((word = '') => commandOf(withItem(body, word), at, report));
}

function withItem(value: JsonObject, word: string): JsonObject {
  return JSON.parse(
    JSON.stringify(value).replaceAll(/\{\{\s*\.ITEM\s*\}\}/g, () => JSON.stringify(word).slice(1, -1)),
  ) as JsonObject;
}
