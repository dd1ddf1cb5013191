/** What the editor's models and its chat are offered; the answers are loaded when the first is asked for. */
import type * as vscodeApi from 'vscode';
import type { Disposable } from '../emitter.ts';
import { mayRun, type App } from '../host.ts';
import { later } from '../load.ts';

/** As in package.json. */
const PARTICIPANT = 'code.chat';
const TOOL_NAMES = [
  'code-engine_validate',
  'code-engine_analyze',
  'code-engine_preview',
  'code-engine_runs',
  'code-engine_run_details',
  'code-engine_log',
  'code-engine_run',
] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

type Input = Readonly<Record<string, unknown>>;

export function registerTools(app: App): Disposable[] {
  const { vscode } = app;
  return TOOL_NAMES.map((name) =>
    vscode.lm.registerTool<Input>(name, {
      prepareInvocation: async ({ input }) => {
        const { confirm, doing } = (await later(app)).TOOLS[name];
        return {
          invocationMessage: doing(app, input),
          ...(confirm === undefined ? {} : { confirmationMessages: confirm(app, input) }),
        };
      },
      invoke: async ({ input }, token) => {
        if (!mayRun(vscode))
          throw new Error(vscode.l10n.t('The folder is not trusted, or there is none: nothing is started.'));
        const value = await (await later(app)).TOOLS[name].answer(app, input, token);
        return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(value))]);
      },
    }),
  );
}

export function registerChat(app: App): Disposable[] {
  const { vscode, context } = app;
  const answer: vscodeApi.ChatRequestHandler = async (request, _context, stream, token) => {
    await (await later(app)).answerChat(app, request, stream, token);
    return {};
  };
  const participant = vscode.chat.createChatParticipant(PARTICIPANT, answer);
  participant.iconPath = vscode.Uri.joinPath(context.extensionUri, 'media', 'icon.png');
  return [participant];
}
