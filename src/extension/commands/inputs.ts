/** Asks for the inputs that a workflow declares; those with a default may be left as they are. */
import type * as vscodeApi from 'vscode';
import type { InputDefinition } from '../../core/input.ts';
import type { Json } from '../../core/json.ts';
import { showFailure, type App } from '../host.ts';
import { openDocument } from '../open-files.ts';

type Definitions = Readonly<Record<string, InputDefinition>>;

/**
 * @param go what going on with the defaults is called
 * @returns the values that differ from the defaults; `undefined` where the person gave up
 */
export async function askInputs(
  app: App,
  uri: vscodeApi.Uri,
  go: string,
): Promise<Readonly<Record<string, Json>> | undefined> {
  const found = await definitionsOf(app, uri);
  if (!found) return undefined;
  const definitions = Object.entries(found);
  const values: Record<string, Json> = {};
  const needed = definitions.filter(([, input]) => input.default === undefined);
  const asked = needed.length > 0 || definitions.length === 0 ? needed : await chooseToChange(app, definitions, go);
  if (!asked) return undefined;
  for (const [index, [name, input]] of asked.entries()) {
    const value = await ask(app, name, input, `${index + 1}/${asked.length}`);
    if (value === undefined) return undefined;
    values[name] = value;
  }
  return values;
}

/** Where every input has a default one can go on at once. */
async function chooseToChange(
  app: App,
  definitions: readonly [string, InputDefinition][],
  label: string,
): Promise<readonly [string, InputDefinition][] | undefined> {
  const { vscode } = app;
  const go = { label: `$(play) ${label}`, inputs: [] as [string, InputDefinition][] };
  const items = definitions.map((each) => ({
    label: each[0],
    description: JSON.stringify(each[1].default),
    detail: each[1].description ?? '',
    inputs: [each],
  }));
  const picked = await vscode.window.showQuickPick([go, ...items], {
    placeHolder: vscode.l10n.t('Go on, or choose an input to change'),
  });
  return picked?.inputs;
}

async function ask(app: App, name: string, input: InputDefinition, step: string): Promise<Json | undefined> {
  const { vscode } = app;
  const title = `${name} (${step})`;
  const prompt = input.description ?? '';
  const options = input.options ?? (input.type === 'boolean' ? [true, false] : undefined);
  if (options) {
    const picked = await vscode.window.showQuickPick(
      options.map((value) => ({ label: plain(value), value })),
      { title, placeHolder: prompt },
    );
    return picked?.value;
  }
  const text = await vscode.window.showInputBox({
    title,
    prompt,
    value: input.default === undefined ? '' : plain(input.default),
    ignoreFocusOut: true,
    validateInput: (typed) =>
      input.type === 'number' && (typed.trim() === '' || !Number.isFinite(Number(typed)))
        ? vscode.l10n.t('A number is needed.')
        : undefined,
  });
  if (text === undefined) return undefined;
  return input.type === 'number' ? Number(text) : text;
}

/** The engine reads it, for the thread here is everybody's. What one sees counts, saved or not. */
async function definitionsOf(app: App, uri: vscodeApi.Uri): Promise<Definitions | undefined> {
  const open = openDocument(app.vscode, uri);
  const text = open?.isDirty === true ? { text: open.getText() } : {};
  const answer = await app.engine.request('workflow/inputs', { file: uri.fsPath, ...text });
  if (answer.ok) return answer.value.inputs;
  await showFailure(app, answer.failure);
  return undefined;
}

const plain = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
