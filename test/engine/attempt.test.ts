import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { taskRuntime } from '../../src/cli/runtime.ts';
import type { AttemptRequest } from '../../src/engine/attempt-request.ts';
import { AttemptServices } from '../../src/engine/attempt-services.ts';
import { watch } from '../../src/engine/attempt.ts';
import { startCommand } from '../../src/engine/command.ts';
import { layoutOf } from '../../src/engine/place.ts';
import { cleanUp, planOf, taskOf, workspace } from './plans.ts';

const nothing = (): void => undefined;

describe('an attempt', () => {
  after(cleanUp);

  it('that is cancelled before its warm shell has begun it is ended all the same', async function () {
    const root = workspace();
    const runId = 'a-run';
    const layout = layoutOf(root, runId);
    mkdirSync(layout.logs, { recursive: true });
    const task = taskOf('t', { with: { run: 'sleep 600' } });
    const services = new AttemptServices({
      ...{ plan: planOf([task], { root }), runId, layout, graceMs: 10_000, tasks: taskRuntime() },
      ...{ baseEnv: { PATH: process.env['PATH'] ?? '' }, redactor: undefined },
      ...{ onOutput: nothing, onProcess: nothing, onLogFailure: nothing, onLogLimit: nothing },
      approve: () => Promise.resolve({ approved: false, by: 'nobody' }),
    });
    try {
      if (services.pool === undefined) {
        console.log('      skipped: there is no bash for warm shells');
        this.skip();
      }
      const cancel = new AbortController();
      const request: AttemptRequest = {
        ...{ task, attempt: 1, parameters: task.with, env: {}, ownEnv: {}, cwd: root, stateDir: layout.state },
        ...{ cancel: cancel.signal, force: new AbortController().signal },
      };
      const started = startCommand(services, request, { kind: 'script', text: 'sleep 600' });
      const seen = watch(services, request, started);
      cancel.abort('a test');
      const { ended } = await seen;
      assert.equal(ended, 'stopped');
      assert.deepEqual(await started.ended, { kind: 'exited', exitCode: 143, signal: 'SIGTERM' });
    } finally {
      services.close();
    }
  });
});
