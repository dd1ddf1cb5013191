/** What a task says about itself: the file that `$CODE_OUTPUT` names, in the form that users of GitHub Actions know. */
import { readFileSync, statSync } from 'node:fs';
import type { JsonObject } from '../core/json.ts';
import { logFile } from '../run/layout.ts';
import type { AttemptRequest } from './attempt-request.ts';
import type { AttemptServices } from './attempt-services.ts';

const MOST_BYTES = 1024 * 1024;

export function readDeclaredOutputs(services: AttemptServices, request: AttemptRequest): JsonObject {
  const file = logFile(services.layout, request.task.id, request.attempt, 'outputs');
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return {};
  return parseOutputs(readFileSync(file).subarray(0, MOST_BYTES).toString('utf8'));
}

/** `name=value` lines, and `name<<END` … `END` for values of several lines. Other lines are ignored. */
export function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    const heredoc = /^([A-Za-z_][A-Za-z0-9_-]*)<<(\S+)$/.exec(line);
    if (heredoc !== null) {
      const [, name = '', end] = heredoc;
      const value: string[] = [];
      for (i++; i < lines.length && lines[i] !== end; i++) value.push(lines[i] ?? '');
      outputs[name] = value.join('\n');
      continue;
    }
    const pair = /^([A-Za-z_][A-Za-z0-9_-]*)=(.*)$/.exec(line);
    if (pair !== null) outputs[pair[1] ?? ''] = pair[2] ?? '';
  }
  return outputs;
}
