/** The whole extension in plain Node, in a folder of its own: real engine, real runs, a stand-in for the editor. Called inside of `describe`. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import type * as vscodeApi from 'vscode';
import type { App } from '../../src/extension/host.ts';
import { startExtension } from '../../src/extension/start.ts';
import type { Panel } from './fake-parts.ts';
import { fakeVsCode, type Fake } from './fake-vscode.ts';

export const WORKFLOW = (check: string): string => `name: hello
parallel_deployment:
  build:
    - task: compile
      type: shell
      with: { run: 'echo compiling' }
    - task: check
      type: shell
      depends_on: compile
      with: { run: '${check}' }
  deliver:
    - task: deploy
      type: shell
      with: { run: 'echo delivered' }
`;

export interface Bench {
  readonly folder: string;
  readonly fake: Fake;
  readonly app: App;
  /** @param text of `hello.code.yaml`; `undefined` leaves what is there */
  readonly start: (text: string | undefined, trusted?: boolean) => void;
  readonly file: () => string;
  /** Closes the window; what runs goes on. */
  readonly close: () => void;
  readonly call: (command: string, argument?: unknown) => Promise<void>;
  /** Waits until the tree, as indented text, says what it should. */
  readonly tree: (fits: (text: string) => boolean) => Promise<string>;
  readonly until: <T>(probe: () => T | undefined | Promise<T | undefined>, shown?: () => unknown) => Promise<T>;
  /** The newest page that was opened, which says that it is ready. */
  readonly page: () => Promise<Panel>;
}

export function bench(): Bench {
  let folder = '';
  let fake: Fake | undefined;
  let app: App | undefined;
  const there = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('start() comes first');
    return value;
  };
  const close = (): void => {
    for (const each of [...(fake?.context.subscriptions ?? [])].reverse()) each.dispose();
  };
  beforeEach(function () {
    if (!existsSync('dist/cli.js')) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'code-ext-'));
  });
  afterEach(() => {
    close();
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // a supervisor still writes its last lines there; the folder is temporary anyway
    }
  });
  const treeText = async (): Promise<string> => {
    const provider = there(fake).trees.get('code.runs');
    const lines: string[] = [];
    const walk = async (node: unknown, depth: number): Promise<void> => {
      for (const child of (await provider?.getChildren(node)) as unknown[]) {
        const item = provider?.getTreeItem(child) as { label: string; description?: string };
        lines.push(`${'  '.repeat(depth)}${item.label}: ${item.description?.replace(/\d[\d.]* m?s/g, 'T') ?? ''}`);
        await walk(child, depth + 1);
      }
    };
    await walk(undefined, 0);
    return lines.join('\n');
  };
  const until: Bench['until'] = async (probe, shown = () => fake?.shown) => {
    for (const end = Date.now() + 60_000; Date.now() < end;) {
      const value = await probe();
      if (value !== undefined) return value;
      await new Promise((again) => setTimeout(again, 30));
    }
    throw new Error(`it never came: ${String(await shown())}\n${fake?.log.join('\n') ?? ''}`);
  };
  return {
    get folder() {
      return folder;
    },
    get fake() {
      return there(fake);
    },
    get app() {
      return there(app);
    },
    start: (text, trusted = true) => {
      if (text !== undefined) writeFileSync(join(folder, 'hello.code.yaml'), text);
      // The engine runs under this very Node.
      fake = fakeVsCode(folder, resolve('.'), { 'engine.node': process.execPath });
      fake.trusted = trusted;
      app = startExtension(fake.vscode, fake.context as unknown as vscodeApi.ExtensionContext);
    },
    file: () => join(folder, 'hello.code.yaml'),
    close,
    call: async (command, argument) => {
      await fake?.commands.get(command)?.(argument);
    },
    tree: (fits) =>
      until(async () => {
        const text = await treeText();
        return fits(text) ? text : undefined;
      }, treeText),
    until,
    page: async () => {
      const panel = await until(() => {
        const newest = fake?.panels.at(-1);
        return newest?.html === '' ? undefined : newest;
      });
      panel.say({ type: 'ready', seq: 0 });
      return panel;
    },
  };
}
