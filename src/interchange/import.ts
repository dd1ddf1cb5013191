/** From another tool's file to the text of a workflow, and what was lost on the way. */
import { failure } from '../core/failure.ts';
import type { JsonObject } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { importActions, isActions } from './actions/jobs.ts';
import { draftYaml, type WorkflowDraft } from './draft.ts';
import { Losses, type Loss } from './report.ts';
import { readSources, type Source } from './source.ts';
import { importTaskfile, isTaskfile } from './taskfile/taskfile.ts';
import { importTekton, isTekton } from './tekton/pipelines.ts';

export type { Loss } from './report.ts';

export interface Imported {
  /** What the file was: for people. */
  readonly from: 'GitHub Actions' | 'Taskfile' | 'Tekton';
  /** The workflow's text; whether it is valid, the language says. */
  readonly text: string;
  /** In the order of the file. */
  readonly losses: readonly Loss[];
}

interface Format {
  readonly from: Imported['from'];
  matches(value: JsonObject): boolean;
  convert(sources: readonly [Source, ...Source[]], name: string, losses: Losses): WorkflowDraft;
}

const FORMATS: readonly Format[] = [
  { from: 'Tekton', matches: isTekton, convert: importTekton },
  {
    from: 'GitHub Actions',
    matches: isActions,
    convert: ([source], name, losses) => importActions(source, name, losses.of(source)),
  },
  {
    from: 'Taskfile',
    matches: isTaskfile,
    convert: ([source], name, losses) => importTaskfile(source, name, losses.of(source)),
  },
];

/**
 * @param name for a file that has no name of its own
 * @param origin the file's name, for the comment at the top
 * @returns a failure where the file is no YAML, or nothing that can be imported
 */
export function importWorkflow(text: string, name: string, origin: string): Result<Imported> {
  const read = readSources(text, origin);
  if (!read.ok) return read;
  const sources = read.value;
  const format = FORMATS.find((one) => sources.some(({ value }) => one.matches(value)));
  if (format === undefined)
    return err(
      failure('invalid', `${origin} is no workflow of GitHub Actions, no Taskfile and nothing of Tekton.`, {
        next: 'What can be imported: a file with jobs (GitHub Actions), version 3 and tasks (Taskfile), or kind Pipeline, PipelineRun, Task, TaskRun (Tekton).',
      }),
    );
  const [first, ...others] = sources.filter(({ value }) => format.matches(value));
  if (first === undefined) return err(failure('invalid', `There is nothing in ${origin}.`));
  const losses = new Losses();
  const draft = format.convert([first, ...others], name, losses);
  if (draft.stages.every(({ tasks }) => tasks.length === 0) && draft.finally.length === 0) {
    const why = losses.all.find(({ kind }) => kind === 'lost')?.message ?? '';
    return err(failure('invalid', `There is nothing in ${origin} that could become a task. ${why}`.trim()));
  }
  return ok({
    from: format.from,
    text: draftYaml(draft, `Imported from ${origin} (${format.from}).`),
    losses: losses.all,
  });
}
