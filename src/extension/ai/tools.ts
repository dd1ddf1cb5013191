/**
 * Tools for the editor's language models. Reading is free; what runs something asks a person first, with what would run, and the
 * engine's own approvals hold all the same.
 */
import type * as vscodeApi from 'vscode';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Method, Params, Results } from '../../run/protocol.ts';
import { folderOf, folders, nextId, type App } from '../host.ts';
import type { KnownRun, Runs } from '../runs.ts';
import type { ToolName } from './register.ts';

type Input = Readonly<Record<string, unknown>>;
type Answer = (app: App, input: Input, token: vscodeApi.CancellationToken) => Promise<unknown>;

interface Tool {
  /** What the editor says while it works. */
  readonly doing: (app: App, input: Input) => string;
  /** Asked before it acts; tools without it only read. */
  readonly confirm?: (app: App, input: Input) => { readonly title: string; readonly message: string };
  readonly answer: Answer;
}

export const TOOLS: Readonly<Record<ToolName, Tool>> = {
  'code-engine_validate': {
    doing: ({ vscode }, { file }) => vscode.l10n.t('Checking {0}', String(file)),
    answer: async (app, input) => request(app, 'workflow/validate', { file: pathOf(app, input) }),
  },
  'code-engine_analyze': {
    doing: ({ vscode }, { file }) => vscode.l10n.t('Analyzing {0}', String(file)),
    answer: async (app, input) => request(app, 'workflow/analyze', asked(app, input)),
  },
  'code-engine_preview': {
    doing: ({ vscode }, { file }) => vscode.l10n.t('Asking the tools what {0} would change', String(file)),
    answer: async (app, input, token) =>
      request(app, 'workflow/preview', { id: nextId(), ...asked(app, input) }, token),
  },
  'code-engine_runs': {
    doing: ({ vscode }) => vscode.l10n.t('Reading the runs'),
    answer: async (app) => {
      await app.runs.refresh();
      return app.runs.all.slice(0, 20).map(({ summary }) => summary);
    },
  },
  'code-engine_run_details': {
    doing: ({ vscode }) => vscode.l10n.t('Reading a run'),
    answer: async (app, input) => details(app.runs, text(input, 'runId')),
  },
  'code-engine_log': {
    doing: ({ vscode }, { task }) => vscode.l10n.t('Reading the log of {0}', String(task)),
    answer: async (app, input) => log(app, text(input, 'runId'), text(input, 'task')),
  },
  'code-engine_run': {
    doing: ({ vscode }, { file }) => vscode.l10n.t('Running {0}', String(file)),
    confirm: ({ vscode }, { file, only }) => ({
      title: vscode.l10n.t('Run a workflow?'),
      message:
        typeof only === 'string'
          ? vscode.l10n.t('{0} of {1} starts at once. Tasks that need approval still wait for you.', only, String(file))
          : vscode.l10n.t('{0} starts at once. Tasks that need approval still wait for you.', String(file)),
    }),
    answer: async (app, input) => {
      const only = typeof input['only'] === 'string' ? { only: input['only'] } : {};
      const started = await request(app, 'runs/start', { ...asked(app, input), ...only });
      await app.runs.refresh();
      return started;
    },
  },
};

function text(input: Input, name: string): string {
  const value = input[name];
  if (typeof value !== 'string' || value === '') throw new Error(`${name} is missing.`);
  return value;
}

/** A path of the workspace; what lies outside of it is not for a model to name. */
function pathOf({ vscode }: App, input: Input): string {
  const name = text(input, 'file');
  const roots = folders(vscode);
  const absolute = roots.some((root) => name.startsWith(`${root}/`) || name.startsWith(`${root}\\`));
  const path = absolute
    ? vscode.Uri.file(name).fsPath
    : vscode.Uri.joinPath(vscode.Uri.file(roots[0] ?? ''), name).fsPath;
  if (!vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path)))
    throw new Error(`${name} lies outside of the workspace.`);
  return path;
}

function asked(app: App, input: Input): { file: string; workspace: string; inputs: JsonObject } {
  const file = pathOf(app, input);
  const inputs = isObject(input['inputs']) ? (input['inputs'] as JsonObject) : {};
  return { file, workspace: folderOf(app.vscode, file), inputs };
}

async function request<M extends Method>(
  { engine }: App,
  method: M,
  params: Params<M>,
  token?: vscodeApi.CancellationToken,
): Promise<Results[M]> {
  const stop = new AbortController();
  token?.onCancellationRequested(() => stop.abort());
  const answer = await engine.request(method, params, stop.signal);
  if (answer.ok) return answer.value;
  const { message, next, detail } = answer.failure;
  throw new Error([message, next, detail].filter((part) => part !== undefined).join(' '));
}

async function loaded(runs: Runs, runId: string): Promise<KnownRun> {
  if (!runs.get(runId)) await runs.refresh();
  await runs.load(runId);
  const run = runs.get(runId);
  if (!run) throw new Error(`There is no run ${runId}.`);
  return run;
}

async function details(runs: Runs, runId: string): Promise<unknown> {
  const run = await loaded(runs, runId);
  const tasks = [...(run.state?.tasks.values() ?? [])].map(
    ({ summary, status, attempt, durationMs, exitCode, reason, next, outputs }) => ({
      task: summary.task,
      type: summary.type,
      stage: summary.stage,
      status,
      attempt,
      durationMs,
      exitCode,
      reason,
      next,
      outputs,
    }),
  );
  return { ...run.summary, tasks };
}

/** What a model is told of a log: its end, for that is where errors are. */
const LOG_BYTES = 16_384;

async function log(app: App, runId: string, task: string): Promise<unknown> {
  const run = await loaded(app.runs, runId);
  const attempt = run.state?.tasks.get(task)?.attempt ?? 0;
  if (attempt === 0) throw new Error(`${task} has not begun.`);
  const parts: Record<string, string> = {};
  for (const stream of ['stdout', 'stderr'] as const) {
    const printed = run.state?.logs.get(task)?.[stream] ?? 0;
    const params = {
      runId,
      workspace: run.workspace,
      task,
      attempt,
      stream,
      offset: Math.max(0, printed - LOG_BYTES),
      length: LOG_BYTES,
    };
    const answer = await app.engine.request('logs/read', params);
    if (answer.ok) parts[stream] = answer.value.text;
  }
  return { task, attempt, ...parts };
}
