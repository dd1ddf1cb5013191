/** Plans from a description for a window: as text that a person looks at. Only what they accept is written. */
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { FailureError, must } from '../../core/failure.ts';
import { packContext, scanRequest } from '../../planner/context/pack.ts';
import { gatherFacts } from '../../planner/context/workspace.ts';
import { currentText, writePlanned } from '../../planner/files.ts';
import type { PlanResult } from '../../planner/plan.ts';
import type { ContextReport, DeploymentPlan } from '../../run/answers.ts';
import type { PlanSummary } from '../../run/events.ts';
import type { Params } from '../../run/protocol.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { allFiles, WORKFLOW_FILE } from '../commands/deploy.ts';
import type { Io } from '../io.ts';
import { checkedPlan, componentsAsTheyCome, planWith } from '../plan-with.ts';
import { CONTEXT_BUDGET } from '../show-context.ts';
import { editorModel } from './editor-model.ts';
import { planForGraph } from './workflows.ts';

type Asked = Params<'deploy/plan'>;

/** Where a key stands for the provider that `auto` is to take. */
const KEYS: ReadonlySet<string> = new Set([
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_BASE_URL',
  'OLLAMA_HOST',
  'OPENAI_BASE_URL',
  'OPENAI_API_KEY',
]);

/** The environment with keys that a window sent; nothing else of it can be set from there. */
export const withKeys = (env: Io['env'], keys: Readonly<Record<string, string>> = {}): Io['env'] => ({
  ...env,
  ...Object.fromEntries(Object.entries(keys).filter(([name]) => KEYS.has(name))),
});

/** Says in a few words how far it has come, and which components are chosen by now. */
export type TellProgress = (phase: string, components?: readonly string[]) => void;

export async function planForReview(
  asked: Asked,
  io: Io,
  connection: MessageConnection,
  signal: AbortSignal,
  tell: TellProgress,
): Promise<DeploymentPlan> {
  const { workspace, description, provider = 'auto', model } = asked;
  const env = withKeys(io.env, asked.keys);
  tell('Reading the workspace');
  const facts = gatherFacts(workspace);
  const ours: Io = { ...io, env, cwd: workspace, onSignal: onAbort(signal) };
  tell('Choosing components');
  const chosen: string[] = [];
  const components = componentsAsTheyCome((id) => {
    chosen.push(id);
    tell('Choosing components', [...chosen]);
  });
  const planned = await planWith(
    description,
    facts,
    { provider, ...(model === undefined ? {} : { model }) },
    ours,
    (budget) => packContext(workspace, facts, description, budget).text,
    {
      sent: () => tell('Asking the model'),
      text: components.text,
      repair: (fault) => {
        components.repair(fault);
        chosen.length = 0;
        tell(`Asking again: ${fault.slice(0, 200)}`, []);
      },
    },
    asked.editorModel === undefined ? undefined : editorModel(connection, asked.editorModel),
  );
  const { result, error } = await checkedPlan(must(planned), catalogue);
  tell('Drawing the workflow', result.draft.components);
  return answer(result, error, await graphOf(result, error, workspace, io), workspace);
}

/** Of a plan that can be used. */
async function graphOf(
  result: PlanResult,
  error: string | undefined,
  workspace: string,
  io: Io,
): Promise<PlanSummary | undefined> {
  if (result.workflow === '' || error !== undefined) return undefined;
  const file = `${workspace}/${WORKFLOW_FILE}`;
  const inputs = Object.fromEntries(
    Object.entries(result.draft.inputs).map(([name, input]) => [name, input.default ?? placeholder(input.type)]),
  );
  try {
    return await planForGraph({ file, text: result.workflow, workspace, inputs }, io);
  } catch (problem) {
    if (problem instanceof FailureError) return undefined; // the picture is missing, the plan is not
    throw problem;
  }
}

/** For an input that a person is asked for when it runs. */
const placeholder = (type: 'string' | 'number' | 'boolean'): string | number | boolean =>
  type === 'string' ? '…' : type === 'number' ? 0 : false;

function answer(
  result: PlanResult,
  error: string | undefined,
  graph: PlanSummary | undefined,
  workspace: string,
): DeploymentPlan {
  const { draft, provider, reason, repairs, usage, costUsd } = result;
  return {
    provider,
    ...(reason === undefined ? {} : { reason }),
    workflow: result.workflow === '' ? '' : WORKFLOW_FILE,
    files: allFiles(result).map(({ path, text, origin }) => {
      const before = currentText(workspace, path);
      return { path, text, origin, ...(before === undefined ? {} : { before }) };
    }),
    components: draft.components,
    inputs: Object.entries(draft.inputs).map(([name, { description, default: value }]) => ({
      name,
      description,
      value: value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value),
    })),
    secrets: draft.secrets,
    assumptions: draft.assumptions,
    unplaced: draft.unplaced,
    questions: draft.questions,
    destructive: draft.destructive,
    repairs,
    ...(usage === undefined ? {} : { usage }),
    ...(costUsd === undefined ? {} : { costUsd }),
    ...(error === undefined ? {} : { error }),
    ...(graph === undefined ? {} : { graph }),
  };
}

/** Writes what a person accepted, never outside of the workspace. */
export function writeAccepted({ workspace, files }: Params<'deploy/write'>): void {
  for (const { path, text } of files) must(writePlanned(workspace, path, text));
}

export function contextForWindow({ workspace, description }: Params<'deploy/context'>): ContextReport {
  const packed = packContext(workspace, gatherFacts(workspace), description, CONTEXT_BUDGET);
  const blocked = scanRequest(packed.text);
  return {
    tokens: packed.tokens,
    budget: CONTEXT_BUDGET,
    ...(blocked === undefined ? {} : { blocked }),
    files: packed.files.map(({ text: _text, ...file }) => file),
    text: packed.text,
  };
}

/** A window that gives up is to the planner what Ctrl-C is on a terminal. */
const onAbort =
  (signal: AbortSignal): Io['onSignal'] =>
  (_name, act) => {
    signal.addEventListener('abort', act, { once: true });
    return () => signal.removeEventListener('abort', act);
  };
