import assert from 'node:assert/strict';
import type { VsCode } from '../../src/extension/host.ts';
import { Steps } from '../../src/extension/steps.ts';
import { holdTimers, type HeldTimers } from './held-timers.ts';

type Tab = { readonly input: unknown };

/** The editor's side: what it is told, and a way to open tabs. */
function editor(): { readonly vscode: VsCode; readonly told: string[]; readonly open: (...tabs: Tab[]) => void } {
  const told: string[] = [];
  let changed: (event: { opened: Tab[] }) => void = () => undefined;
  const vscode = {
    commands: { executeCommand: (_: string, name: string, value: boolean) => told.push(`${name} ${String(value)}`) },
    window: {
      tabGroups: {
        all: [],
        onDidChangeTabs: (listener: typeof changed) => {
          changed = listener;
          return { dispose: () => undefined };
        },
      },
    },
  } as unknown as VsCode;
  return { vscode, told, open: (...opened) => changed({ opened }) };
}

describe('the steps of the walkthrough', () => {
  let timers: HeldTimers;
  beforeEach(() => {
    timers = holdTimers();
  });
  afterEach(() => timers.release());

  it('are told of as they are done', () => {
    const { vscode, told } = editor();
    const steps = new Steps(vscode);
    steps.done('hasRun');
    assert.deepEqual(told, ['code.hasRun true']);
    steps.dispose();
  });

  it('are told of as news to each page that was opened since', () => {
    const { vscode, told, open } = editor();
    const steps = new Steps(vscode);
    steps.done('hasRun');
    // The settings, say; then the walkthrough.
    for (const input of [undefined, undefined]) {
      told.length = 0;
      open({ input });
      assert.equal(timers.pass(1), 1);
      assert.deepEqual(told, ['code.hasRun false', 'code.hasRun true']);
    }
    steps.dispose();
  });

  it('are not told of again for files', () => {
    const { vscode, told, open } = editor();
    const steps = new Steps(vscode);
    steps.done('hasRun');
    told.length = 0;
    open({ input: {} });
    timers.pass();
    assert.deepEqual(told, []);
    steps.dispose();
  });
});
