/** Monitors whose filling is loaded later than their page is there. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { later } from '../../src/extension/load.ts';
import { Monitors } from '../../src/extension/monitor/monitors.ts';
import type { App } from '../../src/extension/host.ts';

type Page = Parameters<Monitors['deserializeWebviewPanel']>[0];

describe('a monitor', () => {
  it('takes nothing any more where it was closed before it was filled', async () => {
    const app = { vscode: { l10n: {} } } as App;
    let close: () => void = () => assert.fail('nobody hears that it is closed');
    let asked = 0;
    const page = {
      /** As in the editor once the page is gone. */
      get webview(): never {
        asked++;
        throw new Error('Webview is disposed');
      },
      onDidDispose: (listener: () => void) => (close = listener),
    };
    const kept = { runId: 'a', view: 'graph', filter: '', closed: [] };
    await new Monitors(app).deserializeWebviewPanel(page as unknown as Page, kept);
    close();
    await later(app);
    await new Promise(setImmediate);
    assert.equal(asked, 0);
  });
});
