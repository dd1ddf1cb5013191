/**
 * Stands in for the editor around the monitor: the same messages over the same `postMessage`, with a run made up by the fixture. What
 * to show is in the address: `?tasks=300&stages=6&until=60000`, `&speed=20` goes on from there that much faster than life, `&preview`
 * shows the plan before there is a run.
 */
import type { RunEvent } from '../../../src/run/events.ts';
import type { ToExtension, ToMonitor } from '../../../src/views/messages.ts';
import { makeRun } from '../../views/fixture.ts';
import { speakPseudo } from './words.ts';

const query = new URLSearchParams(location.search);
const number = (name: string, otherwise: number): number => Number(query.get(name) ?? otherwise);

const start = Date.now() - number('until', 0);
const events = makeRun({
  tasks: number('tasks', 300),
  stages: number('stages', 6),
  seed: number('seed', 1),
  pool: number('pool', 10),
  start,
  calm: query.has('calm'),
});
const big = number('log', 0);
const LINE = 80;

/** Line `n` of every log; each is 80 bytes, so that any piece can be had without the rest. */
function line(n: number): string {
  const texts = [
    `\u001b[36mclient.go:${n}\u001b[0m Patch Deployment "shop-api" in namespace shop`,
    `wait: Deployment \u001b[1mshop-api\u001b[0m ${n % 3} of 3 ready`,
    n % 4000 === 777 ? `\u001b[31mError: connection refused by 10.0.0.${n % 255}:5432\u001b[0m` : `layer ${n} pulled`,
    `\u001b[33mWarning\u001b[0m  Unhealthy  readiness probe failed`,
    `\u001b[38;5;141mstep ${n}\u001b[0m ok`,
  ];
  const text = n % 200 >= 100 && n % 200 < 160 ? `pulling image ${n}: ${n % 100} %` : (texts[n % texts.length] ?? '');
  return `${text.slice(0, LINE - 1).padEnd(LINE - 1)}\n`;
}

function read(message: Extract<ToExtension, { type: 'read' }>): void {
  const first = Math.floor(message.offset / LINE);
  const last = Math.ceil((message.offset + message.length) / LINE);
  let text = '';
  for (let n = first; n < last; n++) text += line(n);
  const from = message.offset - first * LINE;
  post({
    type: 'page',
    id: message.id,
    page: { text: text.slice(from, from + message.length), bytes: message.length, offset: message.offset, size: big },
  });
}

/** What was said to the monitor, and what it said, for the tests. */
const told: ToMonitor[] = [];
const said: ToExtension[] = [];

function post(message: ToMonitor): void {
  told.push(message);
  window.postMessage(message, '*');
}

let state: unknown = query.has('task')
  ? { runId: events[0]?.runId, view: query.get('view') ?? 'timeline', filter: '', task: query.get('task'), closed: [] }
  : undefined;

function open(): void {
  const runId = events[0]?.runId ?? '';
  if (query.has('preview')) {
    preview(runId);
    return;
  }
  const until = Date.now();
  const past = events.filter((event) => Date.parse(event.time) <= until || number('until', 0) === 0);
  post({ type: 'open', runId, workflow: 'shop', now: Date.now(), target: 'WSL: Ubuntu-24.04', canAct: true });
  for (let i = 0; i < past.length; i += 500)
    post({ type: 'events', runId, now: Date.now(), events: past.slice(i, i + 500) });
  if (big > 0) bigLog(past);
  post({ type: 'live', runId, now: Date.now() });
  if (past.length < events.length && query.has('speed')) play(events.slice(past.length), runId);
}

/** The plan as it would begin, and what the tools of its first tasks say of it. */
function preview(runId: string): void {
  const [first] = events;
  if (first?.type !== 'run.started') return;
  const now = Date.now();
  post({ type: 'open', runId, workflow: 'shop', now, canAct: true, preview: true });
  post({ type: 'events', runId, now, events: [first] });
  const tasks = first.plan.tasks.slice(0, 9);
  const said = tasks.map(({ task }) => ({ task, note: '+4 ~1', tone: 'attention', size: 4000 }) as const);
  post({ type: 'previewed', tasks: said });
  post({ type: 'summed', text: '36 to create', failed: false });
  post({ type: 'live', runId, now });
}

/** Makes the last log that was begun a very long one. */
function bigLog(past: readonly RunEvent[]): void {
  const last = past.findLast((event) => event.type === 'task.started');
  if (last?.type !== 'task.started') return;
  const seq = (events.at(-1)?.seq ?? 0) + 1;
  post({
    type: 'events',
    runId: last.runId,
    now: Date.now(),
    events: [
      {
        v: 1,
        seq,
        time: last.time,
        runId: last.runId,
        type: 'task.output',
        task: last.task,
        attempt: last.attempt,
        stream: 'stdout',
        offset: 0,
        length: big,
      },
    ],
  });
  post({ type: 'select', task: last.task });
}

/** The rest of the story, faster: what it says happens then. */
function play(rest: readonly RunEvent[], runId: string): void {
  const speed = number('speed', 1);
  const begun = performance.now();
  const origin = Date.now();
  let next = 0;
  const timer = setInterval(() => {
    const now = origin + (performance.now() - begun) * speed;
    const batch: RunEvent[] = [];
    for (let event = rest[next]; event && Date.parse(event.time) <= now; event = rest[++next]) batch.push(event);
    for (let i = 0; i < batch.length; i += 500) post({ type: 'events', runId, now, events: batch.slice(i, i + 500) });
    if (next >= rest.length) clearInterval(timer);
  }, 50);
}

if (query.has('pseudo')) speakPseudo();
Object.assign(window, {
  said,
  told,
  acquireVsCodeApi: () => ({
    postMessage: (message: ToExtension) => {
      said.push(message);
      if (message.type === 'ready') open();
      if (message.type === 'read') read(message);
    },
    getState: () => state,
    setState: (value: unknown) => (state = value),
  }),
});
