/**
 * The editor's side of one window, run by Windows' own Node (bundled by wine.test.ts): the extension's engine client with its launch,
 * one errand, and what it saw as lines of JSON. `start` leaves like a window that is killed: nothing is told goodbye.
 *
 *     window-side.cjs CLI start|watch|cancel WORKSPACE FILE [RUN]
 */
import { EngineClient } from '../../src/extension/engine/client.ts';
import { launchRelay } from '../../src/extension/engine/launch.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { PlanJoiner } from '../../src/run/plan-parts.ts';

const [script = '', errand = '', workspace = '', file = '', known = ''] = process.argv.slice(2);
const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

const engine = new EngineClient({
  launch: () => launchRelay({ node: process.execPath, script, cwd: undefined, on: 'wsl:Ubuntu' }),
  log: (line) => say({ log: line }),
  client: 'test',
});
const events: RunEvent[] = [];
const plan = new PlanJoiner();
let look = (): void => undefined;
engine.on('runs/events', (batch) => {
  events.push(...batch.events.flatMap((sent) => plan.take(sent) ?? []));
  look();
});

const saw = (type: RunEvent['type']): Promise<RunEvent> =>
  new Promise((resolve) => {
    look = () => {
      const found = events.find((event) => event.type === type);
      if (found !== undefined) resolve(found);
    };
    look();
  });

async function must<T>(
  asked: Promise<{ ok: true; value: T } | { ok: false; failure: { message: string } }>,
): Promise<T> {
  const answer = await asked;
  if (answer.ok) return answer.value;
  say({ failure: answer.failure });
  process.exit(1);
}

const runId = known === '' ? (await must(engine.request('runs/start', { file, workspace }))).runId : known;
const { runs } = await must(engine.request('runs/list', { workspace }));
await must(engine.request('runs/subscribe', { runId, workspace, fromSeq: 1 }));
say({ runId, runs, started: await saw('run.started') });
if (errand !== 'watch') say({ process: await saw('task.process') });
if (errand === 'start') process.exit(0);
if (errand === 'cancel') await must(engine.request('runs/cancel', { runId, workspace }));
say({ finished: await saw('run.finished') });
engine.dispose();
