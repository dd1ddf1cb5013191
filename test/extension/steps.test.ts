import assert from 'node:assert/strict';
import type { VsCode } from '../../src/extension/host.ts';
import { Steps } from '../../src/extension/steps.ts';
import { holdTimers, type HeldTimers } from './held-timers.ts';

interface Tab {
  readonly input?: unknown;
  readonly label: string;
}

/** The editor's side: what it is told, and a way to open tabs. */
function editor(language = 'en'): {
  readonly vscode: VsCode;
  readonly told: string[];
  readonly open: (tab: Tab) => void;
} {
  const told: string[] = [];
  const tabs: Tab[] = [];
  let changed = (): void => undefined;
  const vscode = {
    env: { language },
    commands: { executeCommand: (_: string, name: string, value: boolean) => told.push(`${name} ${String(value)}`) },
    window: {
      tabGroups: {
        all: [{ tabs }],
        onDidChangeTabs: (listener: () => void) => {
          changed = listener;
          return { dispose: () => undefined };
        },
      },
    },
  } as unknown as VsCode;
  return {
    vscode,
    told,
    open: (tab) => {
      tabs.push(tab);
      changed();
    },
  };
}

describe('the steps of the walkthrough', () => {
  let timers: HeldTimers;
  beforeEach(() => {
    timers = holdTimers();
  });
  afterEach(() => timers.release());

  it('are told of once their page is open, which takes all from before for old news', () => {
    const { vscode, told, open } = editor();
    const steps = new Steps(vscode);
    steps.done('hasRun');
    for (const tab of [{ label: 'Settings' }, { label: 'Welcome.md', input: {} }]) open(tab);
    timers.pass();
    assert.deepEqual(told, []);
    open({ label: 'Welcome' });
    timers.pass();
    assert.deepEqual(told, ['code.hasRun true']);
    steps.done('hasPreviewed');
    assert.deepEqual(told, ['code.hasRun true', 'code.hasPreviewed true']);
    steps.dispose();
  });

  it('are told of to any page of the editor where nobody knows what it is called', () => {
    const { vscode, told, open } = editor('de');
    const steps = new Steps(vscode);
    steps.done('hasRun');
    open({ label: 'Willkommen' });
    timers.pass();
    assert.deepEqual(told, ['code.hasRun true']);
    steps.dispose();
  });
});
