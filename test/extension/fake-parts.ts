/** The values and windows of the stand-in for VS Code: what it hands to the extension. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export class EventEmitter<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly event = (listener: (value: T) => void): { dispose(): void } => {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  };
  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
  dispose(): void {
    this.#listeners.clear();
  }
}

export class Uri {
  constructor(
    readonly scheme: string,
    readonly path: string,
    readonly query = '',
    readonly authority = '',
  ) {}
  static file(path: string): Uri {
    return new Uri('file', path);
  }
  static from(parts: { scheme: string; path: string; query?: string; authority?: string }): Uri {
    return new Uri(parts.scheme, parts.path, parts.query, parts.authority);
  }
  static joinPath(base: Uri, ...parts: string[]): Uri {
    return new Uri(base.scheme, join(base.path, ...parts), base.query);
  }
  get fsPath(): string {
    return this.path;
  }
  toString(): string {
    if (this.authority !== '') return `${this.scheme}://${this.authority}${this.path}`;
    return this.scheme === 'file' ? pathToFileURL(this.path).href : `${this.scheme}:${this.path}?${this.query}`;
  }
}

export class TreeItem {
  description?: string;
  contextValue?: string;
  constructor(
    readonly label: unknown,
    readonly collapsibleState = 0,
  ) {}
}

export class Plain {
  readonly values: unknown[];
  constructor(...values: unknown[]) {
    this.values = values;
  }
}

export interface Panel {
  readonly sent: { readonly type: string; readonly [key: string]: unknown }[];
  /** Sends a message as the page would. */
  say(message: unknown): void;
  readonly html: string;
}

/** A list that accepts everything when the answers know its title, and is closed otherwise. */
export function quickPick(answer: (text: string, choices: readonly string[]) => string | undefined): unknown {
  const [accepted, hidden] = [new EventEmitter<undefined>(), new EventEmitter<undefined>()];
  const pick = {
    title: '',
    value: '',
    items: [],
    selectedItems: [],
    onDidAccept: accepted.event,
    onDidHide: hidden.event,
    onDidChangeValue: () => ({ dispose: () => undefined }),
    onDidTriggerItemButton: () => ({ dispose: () => undefined }),
    show: () => (answer(pick.title, ['accept']) === 'accept' ? accepted : hidden).fire(undefined),
    dispose: () => undefined,
  };
  return pick;
}

export function documentOf(uri: Uri, text: string): unknown {
  const lines = text.split('\n');
  return {
    uri,
    version: 1,
    lineCount: lines.length,
    getText: () => text,
    lineAt: (lineNumber: number) => ({
      lineNumber,
      text: lines[lineNumber] ?? '',
      firstNonWhitespaceCharacterIndex: /^\s*/.exec(lines[lineNumber] ?? '')?.[0].length ?? 0,
      range: { start: 0 },
    }),
  };
}

export function makePanel(panels: Panel[]): unknown {
  const received = new EventEmitter<unknown>();
  const disposed = new EventEmitter<undefined>();
  const sent: Panel['sent'] = [];
  const webview = {
    html: '',
    options: {},
    cspSource: 'https://webview.test',
    asWebviewUri: (uri: Uri) => `https://webview.test${uri.path}`,
    onDidReceiveMessage: received.event,
    postMessage: (message: Panel['sent'][number]) => {
      sent.push(message);
      return Promise.resolve(true);
    },
  };
  panels.push({
    sent,
    say: (message) => received.fire(message),
    get html() {
      return webview.html;
    },
  });
  return {
    webview,
    title: '',
    visible: true,
    reveal: () => undefined,
    onDidDispose: disposed.event,
    dispose: () => disposed.fire(undefined),
  };
}
