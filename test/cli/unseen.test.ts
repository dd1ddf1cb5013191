import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { host } from '../../src/platform/host.ts';
import { startGrafana, type GrafanaPeer } from '../tasks/grafana-peer.ts';
import { finished, parseLines, Workspace, type Ended } from './built.ts';
import { cutOff, journalOf } from './cut-off.ts';

const TOKEN = 'glsa_hush-hush';

/** Stands before the peer; while it is shut, the first change that comes is carried out or lost, and its answer never given. */
class Door {
  shut: 'carried out' | 'lost' | undefined;
  caught = 0;
  readonly #server: Server;

  constructor(private readonly peer: GrafanaPeer) {
    this.#server = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const method = request.method ?? 'GET';
        const caught = this.shut !== undefined && method !== 'GET';
        const pass = (): Promise<Response> =>
          fetch(`${this.peer.url}${request.url ?? '/'}`, {
            method,
            headers: { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' },
            ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
          });
        if (caught) {
          if (this.shut === 'carried out') await pass();
          this.caught += 1;
          return;
        }
        const answer = await pass();
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
      })();
    });
  }

  async open(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((closed) => this.#server.close(closed));
  }
}

describe('an attempt whose end nobody saw, of a type that can look whether its effect is there', function () {
  this.timeout(120_000);
  let place: Workspace;
  let peer: GrafanaPeer;
  let door: Door;
  before(function () {
    if (host().os !== 'windows') return;
    console.log('    skipped: processes are ended by signals here, which Windows does not have');
    this.skip();
  });
  beforeEach(async () => {
    place = new Workspace();
    peer = await startGrafana(TOKEN);
    door = new Door(peer);
  });
  afterEach(async () => {
    await door.close();
    await peer.stop();
    place.close();
  });

  const environment = { GRAFANA_TOKEN: TOKEN };

  /** Supervisor and task are killed while the server has the change and has not answered. */
  async function crashed(effect: 'carried out' | 'lost', policy?: string): Promise<string> {
    const url = await door.open();
    place.file('grafana/shop.json', JSON.stringify({ uid: 'shop', title: 'Shop', panels: [] }));
    place.file(
      'w.code.yaml',
      `secrets: [GRAFANA_TOKEN]
parallel_deployment:
  one:
    - task: graphs
      type: grafana
      ${policy === undefined ? '' : `on_unknown: ${policy}`}
      with: { url: '${url}', bearer: '\${{ secrets.GRAFANA_TOKEN }}', dashboards: [grafana/shop.json] }
  two:
    - { task: after, type: shell, with: { run: 'echo done' } }
`,
    );
    door.shut = effect;
    const { out, err } = await place.start(['run', 'w.code.yaml', '--detach'], environment).ended;
    const runId = out.trim();
    assert.match(runId, /^\d{8}-/, err);
    while (door.caught === 0) await pause(20);
    await cutOff(place, runId, 'graphs');
    door.shut = undefined;
    assert.deepEqual(peer.changes, effect === 'lost' ? [] : ['POST /api/dashboards/db']);
    peer.changes.length = 0;
    return runId;
  }

  // Not waited for in this process's one thread, which the server needs.
  const resume = (runId: string, ...more: string[]): Promise<Ended> =>
    place.start(['runs', 'resume', runId, ...more], environment).ended;
  const attempts = (runId: string): number =>
    journalOf(place, runId).filter((line) => line.type === 'task.started' && line.task === 'graphs').length;

  const done = { code: 0, ends: { graphs: 'succeeded', after: 'succeeded' } };
  const left = { code: 1, ends: { graphs: 'interrupted', after: 'skipped' } };
  const rows = [
    { said: '--on-unknown', policy: 'probe', effect: 'carried out', ...done, attempts: 1, changes: 0 },
    { said: '--on-unknown', policy: 'probe', effect: 'lost', ...done, attempts: 2, changes: 1 },
    { said: '--on-unknown', policy: 'rerun', effect: 'carried out', ...done, attempts: 2, changes: 0 },
    { said: '--on-unknown', policy: 'fail', effect: 'carried out', ...left, attempts: 1, changes: 0 },
    { said: 'on_unknown', policy: 'probe', effect: 'carried out', ...done, attempts: 1, changes: 0 },
    { said: 'on_unknown', policy: 'rerun', effect: 'lost', ...done, attempts: 2, changes: 1 },
    { said: 'on_unknown', policy: 'fail', effect: 'lost', ...left, attempts: 1, changes: 0 },
  ] as const;

  for (const { said, policy, effect, ...expected } of rows) {
    it(`${said} ${policy}, and the effect was ${effect}`, async () => {
      const inFile = said === 'on_unknown';
      const runId = await crashed(effect, inFile ? policy : undefined);
      const { code, out, err } = await resume(runId, '--json', ...(inFile ? [] : ['--on-unknown', policy]));
      const seen = { code, ends: finished(parseLines(out)), attempts: attempts(runId), changes: peer.changes.length };
      assert.deepEqual(seen, expected, out + err);
    });
  }

  it('nobody says anything: what is there is taken as done, and no question is asked', async () => {
    const runId = await crashed('carried out');
    const { code, out } = await resume(runId);
    assert.equal(code, 0, out);
    assert.equal(attempts(runId), 1);
  });

  it('probe, and what it asks does not answer: the run ends, and says what a person does now', async () => {
    const runId = await crashed('carried out');
    await door.close();
    const { code, out } = await resume(runId, '--on-unknown', 'probe');
    assert.equal(code, 1, out);
    assert.match(out, /graphs interrupted/);
    assert.match(out, /the end of its last attempt was not seen/);
    assert.match(out, /Look at what it did, then resume with --on-unknown rerun/);
  });
});
