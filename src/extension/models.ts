/** Models that plan: which one is asked, with which key, and the editor's own models as one of them. */
import type * as vscodeApi from 'vscode';
import type { CancellationToken } from 'vscode-jsonrpc/node';
import { errorMessage, failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { ModelQuestion, ModelReply } from '../run/window-requests.ts';
import type { App, VsCode } from './host.ts';

/** Variables of the environment whose values the editor keeps for a person, by provider. */
const KEYS = { claude: 'ANTHROPIC_API_KEY', openai: 'OPENAI_API_KEY' } as const;
const secretName = (variable: string): string => `code.key.${variable}`;

export interface PlannerChoice {
  readonly provider: string;
  readonly model?: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly editorModel?: string;
}

/** What `deploy/plan` is told of models. */
export async function plannerChoice(vscode: VsCode, secrets: vscodeApi.SecretStorage): Promise<PlannerChoice> {
  const settings = vscode.workspace.getConfiguration('code');
  const provider = settings.get<string>('planner.provider', 'auto');
  const model = settings.get<string>('planner.model', '');
  const keys: Record<string, string> = {};
  for (const variable of Object.values(KEYS)) {
    const value = await secrets.get(secretName(variable));
    if (value !== undefined) keys[variable] = value;
  }
  const wantsEditor = provider === 'editor' || (provider === 'auto' && Object.keys(keys).length === 0);
  const editorModel = wantsEditor ? await ownModel(vscode, model) : undefined;
  return {
    provider,
    keys,
    ...(model === '' ? {} : { model }),
    ...(editorModel === undefined ? {} : { editorModel: editorModel.id }),
  };
}

async function ownModel(vscode: VsCode, wanted: string): Promise<vscodeApi.LanguageModelChat | undefined> {
  const models = await vscode.lm.selectChatModels();
  return models.find(({ id, family }) => id === wanted || family === wanted) ?? models[0];
}

/** Asks a model of the editor; the first time the editor asks the person whether it may. */
export async function askEditorModel(
  vscode: VsCode,
  { model, system, user, schema }: ModelQuestion,
  token: CancellationToken,
): Promise<Result<ModelReply>> {
  const chosen = (await vscode.lm.selectChatModels({ id: model }))[0];
  if (!chosen) return err(failure('missing', vscode.l10n.t('The editor has no model {0} any more.', model)));
  const message = vscode.LanguageModelChatMessage.User(
    `${system}\nThe schema of the answer:\n${JSON.stringify(schema)}\n\n${user}`,
  );
  try {
    const justification = vscode.l10n.t('CODE plans the deployment that you described.');
    const response = await chosen.sendRequest([message], { justification }, token);
    let text = '';
    for await (const part of response.text) text += part;
    const [inputTokens, outputTokens] = await Promise.all([chosen.countTokens(message), chosen.countTokens(text)]);
    return ok({ text, inputTokens, outputTokens });
  } catch (error) {
    if (token.isCancellationRequested) return err(failure('cancelled', vscode.l10n.t('Given up.')));
    const detail = errorMessage(error);
    const next = vscode.l10n.t('Choose another model with "CODE: Connect a Model".');
    return err(failure('unreachable', vscode.l10n.t('{0} did not answer: {1}', chosen.name, detail), { next, detail }));
  }
}

interface ProviderItem extends vscodeApi.QuickPickItem {
  readonly provider: string;
}

/** Chooses who plans; a key goes into the editor's secret storage and nowhere else. */
export async function connectModel({ vscode, context: { secrets }, steps }: App): Promise<void> {
  const { l10n } = vscode;
  const own = await vscode.lm.selectChatModels();
  const settings = vscode.workspace.getConfiguration('code');
  const current = settings.get<string>('planner.provider', 'auto');
  const items: ProviderItem[] = [
    { provider: 'catalog', label: l10n.t('Built-in planner'), description: l10n.t('offline, no model') },
    {
      provider: 'editor',
      label: l10n.t("The editor's models"),
      description: own.length === 0 ? l10n.t('none is there now') : own.map(({ name }) => name).join(', '),
    },
    { provider: 'claude', label: 'Claude', description: l10n.t('with an API key') },
    {
      provider: 'claude-code',
      label: l10n.t('Claude Code'),
      description: l10n.t('as it is installed; it reads the settings of a folder that you trust'),
    },
    { provider: 'ollama', label: 'Ollama', description: l10n.t('on this machine, or where OLLAMA_HOST says') },
    {
      provider: 'openai',
      label: l10n.t('OpenAI-compatible server'),
      description: l10n.t('where OPENAI_BASE_URL says'),
    },
    { provider: 'auto', label: l10n.t('Automatic'), description: l10n.t('the first of these that is set up') },
  ];
  const picked = await vscode.window.showQuickPick(
    items.map((item) => (item.provider === current ? { ...item, label: `$(check) ${item.label}` } : item)),
    {
      title: l10n.t('Connect a Model'),
      placeHolder: l10n.t('Who plans from a description?'),
      ignoreFocusOut: true, // the walkthrough's page takes the focus back once its button was pressed
    },
  );
  if (!picked) return;
  const variable = picked.provider === 'claude' || picked.provider === 'openai' ? KEYS[picked.provider] : undefined;
  if (variable !== undefined && !(await storeKey(vscode, secrets, variable))) return;
  await settings.update('planner.provider', picked.provider, vscode.ConfigurationTarget.Global);
  steps.done('hasModel');
  void vscode.window.setStatusBarMessage(`$(check) ${l10n.t('Plans are made by: {0}', picked.label)}`, 6000);
}

/** @returns whether the person went on */
async function storeKey(vscode: VsCode, secrets: vscodeApi.SecretStorage, variable: string): Promise<boolean> {
  const { l10n } = vscode;
  const there = (await secrets.get(secretName(variable))) !== undefined;
  const value = await vscode.window.showInputBox({
    title: variable,
    prompt: there
      ? l10n.t('A key is kept already. Leave this empty to go on with it.')
      : l10n.t("It is kept in the editor's secret storage. Leave it empty to use the environment's."),
    password: true,
    ignoreFocusOut: true,
  });
  if (value === undefined) return false;
  if (value !== '') await secrets.store(secretName(variable), value);
  return true;
}
