/**
 * Whether a journal line has everything that the folds read from an event of its kind. A checksum proves that a line is complete, not that
 * it makes sense; one that does not is reported as damaged, like a torn one. Unknown kinds are accepted, and kept.
 */
import { isObject, type JsonObject } from '../core/json.ts';
import { TASK_OUTCOMES } from './events.ts';

export function isSound(line: JsonObject): boolean {
  switch (line['type']) {
    case 'run.started':
      return isPlan(line['plan']) && isObject(line['supervisor']);
    case 'run.resumed':
      return isPlan(line['plan']) && isObject(line['supervisor']) && isTexts(line['reset']);
    case 'run.warning':
      return typeof line['message'] === 'string';
    case 'run.finished':
      return typeof line['status'] === 'string';
    case 'tasks.admitted':
      return isTexts(line['tasks']);
    case 'task.waiting':
      return isTask(line) && isObject(line['on']) && typeof line['on']['kind'] === 'string';
    case 'task.output':
      return (
        isTask(line) &&
        (line['stream'] === 'stdout' || line['stream'] === 'stderr') &&
        typeof line['offset'] === 'number' &&
        typeof line['length'] === 'number'
      );
    case 'task.process':
      return isTask(line) && isObject(line['process']);
    case 'task.finished':
      return isTask(line) && OUTCOMES.has(line['status']) && isObject(line['outputs']);
    case 'task.retrying':
      return isTask(line) && (line['status'] === 'failed' || line['status'] === 'timed_out');
    case 'task.started':
    case 'task.adopted':
    case 'task.preview':
    case 'task.approved':
    case 'task.rolling_back':
    case 'task.rolled_back':
      return isTask(line);
    default:
      return true;
  }
}

const OUTCOMES: ReadonlySet<unknown> = new Set(TASK_OUTCOMES);

const isTask = (line: JsonObject): boolean => typeof line['task'] === 'string';

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((text) => typeof text === 'string');

const isPlan = (plan: unknown): boolean =>
  isObject(plan) &&
  isTexts(plan['stages']) &&
  Array.isArray(plan['tasks']) &&
  plan['tasks'].every(
    (task) =>
      isObject(task) &&
      typeof task['task'] === 'string' &&
      typeof task['stage'] === 'string' &&
      isTexts(task['dependsOn']),
  );
