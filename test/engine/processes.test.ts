import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { logFile } from '../../src/run/layout.ts';
import { layoutOf } from '../../src/engine/place.ts';
import { host } from '../../src/platform/host.ts';
import { cleanUp, eventOf, eventsOf, launch, runToEnd, seen, until } from './plans.ts';

/** Processes that carry a word in their environment: what a run left behind, wherever it went. */
function livingWith(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const state = readFileSync(`/proc/${pid}/stat`, 'latin1');
        if (/\) [ZX] /.test(state)) return false;
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`WORD=${word}\0`);
      } catch {
        return false;
      }
    });
}

const withoutMarkers = (variant: string): Record<string, string> =>
  variant === 'marker' ? { CODE_ENGINE_NO_CGROUP: '1' } : {};

describe('the processes of a task', function () {
  this.timeout(60_000);
  before(function () {
    if (host().os !== 'linux') this.skip();
  });
  after(cleanUp);

  for (const variant of ['cgroup', 'marker']) {
    describe(`found by ${variant}`, () => {
      const trees = {
        'a plain child': 'sleep 600 & sleep 601',
        'a grandchild of a warm shell': 'bash -c "bash -c \\"sleep 600; true\\"; true"',
        'what ignores SIGTERM': 'trap "" TERM; while :; do sleep 1; done',
        'what moved to a session of its own': 'setsid sleep 600 & sleep 600',
        'what moved to a session, forked and lost its parent': '(setsid sh -c "sleep 600 & sleep 601" &) ; sleep 602',
        'what is stopped': 'sh -c "kill -STOP \\$\\$"; sleep 600',
      };
      for (const [what, script] of Object.entries(trees)) {
        it(`leaves nothing of ${what} when cancelled`, async () => {
          const word = `w${process.pid}-${variant}-${Object.keys(trees).indexOf(what)}`;
          const yaml = `parallel_deployment:\n  a:\n    - task: t\n      type: shell\n      env: { WORD: ${word} }\n      with:\n        run: |\n          ${script}\n`;
          const { handle } = await launch(yaml, { graceMs: 300 }, withoutMarkers(variant));
          await seen(handle, (event) => event.type === 'task.process');
          await until(() => livingWith(word).length > 0, 'the tree is there');
          await handle.cancel(false);
          const events = await eventsOf(handle);
          assert.equal(eventOf(events, 'task.finished', 't').status, 'cancelled');
          assert.equal(eventOf(events, 'run.finished').status, 'cancelled');
          assert.deepEqual(livingWith(word), []);
        });
      }
    });
  }

  it('end at the timeout, whole tree, and the task is told as timed out', async () => {
    const word = `t${process.pid}`;
    const { events } = await runToEnd(
      `parallel_deployment:\n  a:\n    - { task: t, type: shell, timeout: 400ms, env: { WORD: ${word} }, with: { run: "setsid sleep 600 & sleep 600" } }\n`,
      { graceMs: 300 },
    );
    const finished = eventOf(events, 'task.finished', 't');
    assert.equal(finished.status, 'timed_out');
    assert.match(finished.reason ?? '', /timeout of 400 ms/);
    assert.deepEqual(livingWith(word), []);
  });

  it('stay when they are a daemon that a successful task left, also when a later task is cancelled', async () => {
    const word = `d${process.pid}`;
    const yaml = `parallel_deployment:
  a:
    - { task: daemon, type: shell, env: { WORD: ${word} }, with: { run: "python3 -c 'import os,time; os.fork() or (os.setsid(), os.close(1), os.close(2), time.sleep(60))'" } }
  b:
    - { task: next, type: shell, with: { run: "sleep 600" } }
`;
    const { handle } = await launch(yaml, { graceMs: 300 });
    await seen(handle, (event) => event.type === 'task.process' && event.task === 'next');
    await handle.cancel(false);
    const events = await eventsOf(handle);
    assert.equal(eventOf(events, 'task.finished', 'daemon').status, 'succeeded');
    assert.equal(eventOf(events, 'task.finished', 'next').status, 'cancelled');
    const left = livingWith(word);
    assert.equal(left.length, 1);
    for (const pid of left) process.kill(pid, 'SIGKILL');
  });

  it('run finally after a cancel; a second cancel ends that too', async () => {
    const yaml = `parallel_deployment:
  a:
    - { task: long, type: shell, with: { run: "sleep 600" } }
finally:
  - { task: tidy, type: shell, with: { run: "sleep 600" } }
`;
    const { handle } = await launch(yaml, { graceMs: 300 });
    await seen(handle, (event) => event.type === 'task.process' && event.task === 'long');
    await handle.cancel(false);
    await seen(handle, (event) => event.type === 'task.started' && event.task === 'tidy');
    await handle.cancel(false);
    const events = await eventsOf(handle);
    assert.equal(eventOf(events, 'task.finished', 'tidy').status, 'cancelled');
    assert.equal(eventOf(events, 'run.finished').status, 'cancelled');
  });

  const odd: Record<
    string,
    {
      run: string;
      status: string;
      check?: (log: Buffer, finished: { exitCode?: number; signal?: string; reason?: string }) => void;
    }
  > = {
    'prints no newline': {
      run: 'printf abc',
      status: 'succeeded',
      check: (log) => assert.equal(log.toString(), 'abc'),
    },
    'prints invalid UTF-8': {
      run: "printf '\\377\\376x'",
      status: 'succeeded',
      check: (log) => assert.deepEqual([...log], [255, 254, 120]),
    },
    'closes its output and runs on': {
      run: 'exec >&- 2>&-; sleep 0.2; exit 3',
      status: 'failed',
      check: (_log, { exitCode }) => assert.equal(exitCode, 3),
    },
    'is killed by a signal': {
      run: 'kill -SEGV $$',
      status: 'failed',
      check: (_log, { signal }) => assert.equal(signal, 'SIGSEGV'),
    },
    'has a syntax error': {
      run: 'if then',
      status: 'failed',
      check: (_log, { exitCode }) => assert.equal(exitCode, 2),
    },
    'fails in the middle of several lines': {
      run: 'echo a\n          false\n          echo b',
      status: 'failed',
      check: (log) => assert.equal(log.toString(), 'a\n'),
    },
  };
  for (const [what, { run, status, check }] of Object.entries(odd)) {
    it(`end with the right status and log when one ${what}`, async () => {
      const yaml = `parallel_deployment:\n  a:\n    - task: t\n      type: shell\n      with:\n        run: |\n          ${run}\n`;
      const { root, events } = await runToEnd(yaml);
      const finished = eventOf(events, 'task.finished', 't');
      assert.equal(finished.status, status, finished.reason);
      const log = logFile(layoutOf(root, finished.runId), 't', 1, 'stdout');
      check?.(existsSync(log) ? readFileSync(log) : Buffer.alloc(0), finished);
    });
  }

  it('end, too, when a text or a variable holds a NUL byte, which no shell can read', async () => {
    const yaml = `parallel_deployment:
  a:
    - { task: text, type: shell, with: { run: "printf a\\0b" } }
    - { task: variable, type: shell, env: { ODD: "a\\0b" }, with: { run: "true" } }
`;
    const { root, events } = await runToEnd(yaml);
    const text = eventOf(events, 'task.finished', 'text');
    assert.equal(text.status, 'succeeded', text.reason);
    assert.equal(readFileSync(logFile(layoutOf(root, text.runId), 'text', 1, 'stdout'), 'utf8'), 'ab');
    const variable = eventOf(events, 'task.finished', 'variable');
    assert.equal(variable.status, 'failed');
    assert.match(variable.reason ?? '', /null bytes|NUL/i);
  });

  it('that cannot be started fail with what to do, and are not tried again', async () => {
    const yaml = `parallel_deployment:\n  a:\n    - { task: t, type: shell, retry: { attempts: 3 }, with: { command: [no-such-program-here] } }\n`;
    const { events } = await runToEnd(yaml);
    const finished = eventOf(events, 'task.finished', 't');
    assert.equal(finished.status, 'failed');
    assert.match(finished.reason ?? '', /no-such-program-here was not found/);
    assert.equal(finished.attempt, 1);
  });

  it('that print hundreds of megabytes cost the supervisor no memory and lose nothing', async () => {
    const bytes = 300 * 1024 * 1024;
    const yaml = `parallel_deployment:\n  a:\n    - task: t\n      type: shell\n      with:\n        run: |\n          head -c ${bytes} /dev/zero | tr '\\0' x\n          grep VmHWM /proc/$SUPERVISOR/status >&2 || true\n`;
    const { root, events } = await runToEnd(yaml);
    const out = events.filter((event) => event.type === 'task.output' && event.stream === 'stdout');
    assert.equal(
      out.reduce((sum, event) => sum + (event.type === 'task.output' ? event.length : 0), 0),
      bytes,
    );
    const log = logFile(layoutOf(root, events[0]!.runId), 't', 1, 'stdout');
    assert.equal(readFileSync(log).length, bytes);
  });
});
