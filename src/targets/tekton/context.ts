/** What a plan is compiled with, and what comes out. */
import type { Json, JsonObject } from '../../core/json.ts';
import type { Plan } from '../../graph/plan.ts';
import type { Reads } from './reads.ts';

export interface TektonRequest {
  readonly plan: Plan;
  /** Where the shell texts run. */
  readonly image: string;
  /** Has code-engine and the tools that the other tasks drive. */
  readonly engineImage: string;
  /** The workflow, relative to the plan's root. */
  readonly file: string;
  readonly approvers: readonly string[];
  /** Where the sources come from; otherwise whoever starts the pipeline binds a volume that has them. */
  readonly git?: { readonly url: string; readonly revision?: string; readonly image: string };
  readonly namespace?: string;
  /** The PersistentVolumeClaim that holds the folder's files; otherwise each run claims a volume of its own. */
  readonly claim?: string;
  /** For a run that is started at once: the values of its inputs. Otherwise whoever starts the pipeline fills them in. */
  readonly inputs?: Readonly<Record<string, Json>>;
}

export interface TektonLoss {
  /** The task's id; none for what concerns the whole pipeline. */
  readonly task?: string;
  readonly kind: 'lost' | 'changed';
  readonly message: string;
}

export interface TektonPipeline {
  /** The Pipeline, then the PipelineRun. */
  readonly objects: readonly JsonObject[];
  readonly losses: readonly TektonLoss[];
}

export interface Context {
  readonly request: TektonRequest;
  /** The name in the pipeline of each task, by its id. */
  readonly names: ReadonlyMap<string, string>;
  readonly reads: Reads;
  readonly losses: TektonLoss[];
}

/** A name for the cluster: lower case, digits and minus. */
export function nameOf(text: string, most = 63): string {
  const slug = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, most)
    .replace(/-+$/, '');
  return slug === '' ? 'task' : slug;
}

export const secretName = (plan: Plan): string => `${nameOf(plan.workflow, 50)}-secrets`;
