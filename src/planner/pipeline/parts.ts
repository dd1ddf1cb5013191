/** What a delivery is made of while it is being read. */
import type { WorkspaceFacts } from '../context/facts.ts';
import type { InputDraft, TaskDraft } from '../plan.ts';
import { escaped, type Passage } from '../text.ts';

export type PartId =
  | 'install' | 'lint' | 'test' | 'policy' | 'iac-scan' | 'code-build' | 'build' | 'scan' | 'push' | 'infra-plan' | 'infra-apply'
  | 'infra-destroy' | 'cluster' | 'load' | 'platform' | 'backup' | 'migrate' | 'deploy' | 'tekton' | 'rollout' | 'smoke' | 'gate' | 'e2e'
  | 'logs' | 'traces' | 'flux' | 'annotate' | 'sbom' | 'sign' | 'dast' | 'ask-model' | 'watch' | 'cleanup' | 'notify' | 'run' | 'publish' | 'upload' | 'delete'; // prettier-ignore

export interface Part {
  readonly id: PartId;
  /** Where the text first speaks of it. */
  readonly at: number;
  readonly tasks: readonly TaskDraft[];
  /** It comes where the text has it, whatever usually comes first. */
  readonly fixed?: true;
}

export interface PartContext {
  readonly text: Passage;
  readonly facts: WorkspaceFacts;
  readonly inputs: Record<string, InputDraft>;
  readonly secrets: Set<string>;
  readonly finally: TaskDraft[];
  readonly assume: (text: string) => void;
  readonly ask: (text: string) => void;
}

export interface Definition {
  readonly id: PartId;
  readonly words: RegExp;
  tasks(context: PartContext): TaskDraft[];
}

export const slug = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase() || 'app';

export const shell = (
  task: string,
  description: string,
  command: readonly string[],
  more: Partial<TaskDraft> = {},
): TaskDraft => ({
  task,
  type: 'shell',
  description,
  timeout: '15m',
  ...more,
  with: { command: [...command] },
});

/** The folder in the words that `found` has too, longest first. */
export const folderSaid = (text: string, folders: readonly string[]): string | undefined =>
  [...folders]
    .sort((a, b) => b.length - a.length)
    .find((f) => f !== '.' && new RegExp(`(?<![\\w-])${escaped(f)}(?![\\w-])`).test(text));
