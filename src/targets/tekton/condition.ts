/** Conditions as when expressions of Tekton. https://tekton.dev/docs/pipelines/pipelines/#guard-task-execution-using-when-expressions */
import type { JsonObject } from '../../core/json.ts';
import type { PlannedTask } from '../../graph/plan.ts';
import type { Context } from './context.ts';

const NEVER: JsonObject = { input: 'false', operator: 'in', values: ['true'] };

/** One comparison: a value with a text, a number or a truth, or a value in a list of texts. */
const COMPARISON = /^([\w.]+)\s*(==|!=)\s*(?:"([^"\\]*)"|'([^'\\]*)'|(true|false|\d+(?:\.\d+)?))$/;
const MEMBER = /^(!?)\(?\s*([\w.]+)\s+in\s+(\[[^\]]*\])\s*\)?$/;
const TRUTH = /^(!?)\s*([\w.]+)$/;

/** @param condition an expression of ours without braces */
export function conditionOf(condition: string, task: PlannedTask, context: Context): JsonObject[] {
  const parts = condition.split('&&').map((part) =>
    part
      .trim()
      .replace(/^\((.*)\)$/, '$1')
      .trim(),
  );
  const made = parts.map((part) => comparison(part, context));
  if (made.every((one) => one !== undefined)) return made;
  context.losses.push({
    task: task.id,
    kind: 'lost',
    message: `Its condition, ${condition}, is more than a comparison: in the pipeline the task never runs. Write its when yourself.`,
  });
  return [NEVER];
}

function comparison(part: string, context: Context): JsonObject | undefined {
  const same = COMPARISON.exec(part);
  if (same !== null) {
    const input = inputOf(same[1] ?? '', context);
    const value = same[3] ?? same[4] ?? same[5] ?? '';
    return input === undefined ? undefined : { input, operator: same[2] === '==' ? 'in' : 'notin', values: [value] };
  }
  const member = MEMBER.exec(part);
  if (member !== null) {
    const input = inputOf(member[2] ?? '', context);
    const values = textsOf(member[3] ?? '');
    return input === undefined || values === undefined
      ? undefined
      : { input, operator: member[1] === '!' ? 'notin' : 'in', values };
  }
  const truth = TRUTH.exec(part);
  const input = truth === null ? undefined : inputOf(truth[2] ?? '', context);
  return input === undefined ? undefined : { input, operator: truth?.[1] === '!' ? 'notin' : 'in', values: ['true'] };
}

function textsOf(list: string): string[] | undefined {
  try {
    const values: unknown = JSON.parse(list.replaceAll("'", '"'));
    return Array.isArray(values) ? values.map(String) : undefined;
  } catch {
    return undefined;
  }
}

function inputOf(path: string, { request, names, reads }: Context): string | undefined {
  const [root = '', name = '', what, output] = path.split('.');
  if (root === 'inputs' && what === undefined && request.plan.inputDefinitions[name] !== undefined)
    return `$(params.${name})`;
  const producer = reads.producerOf(name);
  if (root !== 'tasks' || what !== 'outputs' || output === undefined || producer === undefined) return undefined;
  return `$(tasks.${names.get(producer.id) ?? ''}.results.${output})`;
}
