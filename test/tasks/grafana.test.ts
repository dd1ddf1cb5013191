import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { grafana } from '../../src/tasks/grafana.ts';
import { perform, workbench, type Workbench } from './context.ts';
import { startGrafana, type GrafanaPeer } from './grafana-peer.ts';

const TOKEN = 'glsa_hush-hush';
const DASHBOARD = {
  uid: 'shop',
  title: 'Shop',
  id: 12,
  version: 3,
  panels: [{ type: 'stat', datasource: { uid: 'prom' } }],
};
const DATASOURCES = `apiVersion: 1
datasources:
  - name: Prometheus
    uid: prom
    type: prometheus
    url: http://prometheus:9090
    isDefault: true
`;

async function workspace(files: Record<string, unknown>): Promise<Workbench> {
  const context = await workbench();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(context.root, name)), { recursive: true });
    await writeFile(join(context.root, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return context;
}

const FILES = { 'grafana/shop.json': DASHBOARD, 'grafana/sources.yaml': DATASOURCES };
const GIVEN = { dashboards: ['grafana/shop.json'], datasources: ['grafana/sources.yaml'] };

describe('grafana, with a peer of Grafana’s HTTP API', () => {
  let peer: GrafanaPeer;
  beforeEach(async () => {
    peer = await startGrafana(TOKEN);
  });
  afterEach(() => peer.stop());
  const given = (more: object = {}): object => ({ url: peer.url, bearer: TOKEN, ...GIVEN, ...more });
  const parsed = (more: object = {}) => grafana.parameters.parse(given(more));

  it('makes folder, data source and dashboard, and marks the deployment', async () => {
    const context = await workspace(FILES);
    const secrets = { Prometheus: { basicAuthPassword: 'open-sesame' } };
    const result = await perform(
      grafana,
      given({ folder: 'The Shop', annotate: 'shop 1.4.2 is live', secrets }),
      context,
    );
    assert.ok(result.ok, JSON.stringify(result));
    assert.deepEqual(result.value, {
      urls: [`${peer.url}/d/shop/slug`],
      changed: ['datasource Prometheus', 'dashboard Shop'],
      annotation: 1,
    });
    assert.deepEqual([...peer.folders], [['the-shop', 'The Shop']]);
    assert.equal(peer.dashboards.get('shop')?.folderUid, 'the-shop');
    assert.deepEqual(peer.datasources.get('prom')?.secureJsonData, { basicAuthPassword: 'open-sesame' });
    assert.deepEqual(peer.annotations.get(1)?.tags, ['deployment', 'run:run-1/under_test']);
    assert.doesNotMatch(context.lines.join('\n'), /open-sesame|hush-hush/);
  });

  it('changes nothing where all is as wanted, and says so beforehand', async () => {
    const context = await workspace(FILES);
    const before = await grafana.preview!(parsed(), context);
    assert.ok(before.ok);
    assert.equal(before.value.summary, '2 to make, 0 to update, 0 as they are');
    assert.equal(await grafana.probe!(parsed(), context), 'not-done');
    assert.ok((await perform(grafana, given(), context)).ok);
    peer.changes.length = 0;
    assert.equal(await grafana.probe!(parsed(), context), 'done');
    const after = await grafana.preview!(parsed(), context);
    assert.ok(after.ok && after.value.changes.create + after.value.changes.update === 0, JSON.stringify(after));
    const again = await perform(grafana, given(), context);
    assert.ok(again.ok);
    assert.deepEqual(again.value.changed, []);
    assert.deepEqual(peer.changes, []);
  });

  it('brings back by a rollback what was there before, and removes what was not', async () => {
    const first = await workspace(FILES);
    assert.ok((await perform(grafana, given(), first)).ok);
    const second = await workspace({
      ...FILES,
      'grafana/shop.json': { ...DASHBOARD, title: 'Another shop' },
      'grafana/new.json': { title: 'New' },
      'grafana/sources.yaml': DATASOURCES.replace(':9090', ':9999'),
    });
    const more = { dashboards: ['grafana/shop.json', 'grafana/new.json'], folder: 'F', annotate: 'x' };
    const result = await perform(grafana, given(more), second);
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal(peer.dashboards.get('shop')?.model.title, 'Another shop');
    assert.ok(peer.dashboards.has('new'), 'a dashboard without uid takes that of its file');
    const undone = await grafana.rollback!(parsed(more), {}, second);
    assert.ok(undone.ok, JSON.stringify(undone));
    assert.equal(peer.dashboards.get('shop')?.model.title, 'Shop');
    assert.equal(peer.dashboards.get('shop')?.folderUid, '');
    assert.equal(peer.datasources.get('prom')?.url, 'http://prometheus:9090');
    assert.deepEqual([peer.dashboards.has('new'), peer.folders.size, peer.annotations.size], [false, 0, 0]);
  });

  it('marks a deployment once, however many attempts it takes', async () => {
    const context = await workspace({});
    const mark = { dashboards: [], datasources: [], annotate: 'live' };
    assert.ok((await perform(grafana, given(mark), context)).ok);
    const again = await perform(grafana, given(mark), context);
    assert.ok(again.ok && again.value.annotation === 1);
    assert.equal(peer.annotations.size, 1);
  });

  it('does not overwrite what somebody changed in Grafana, where it may not', async () => {
    assert.ok((await perform(grafana, given(), await workspace(FILES))).ok);
    const there = peer.dashboards.get('shop');
    peer.dashboards.set('shop', { folderUid: '', model: { ...there?.model, title: 'By hand', version: 9 } });
    const result = await perform(grafana, given({ overwrite: false }), await workspace(FILES));
    assert.ok(!result.ok && result.failure.kind === 'conflict', JSON.stringify(result));
    assert.match(result.failure.message, /changed by someone else/);
    assert.equal(peer.dashboards.get('shop')?.model.title, 'By hand');
  });

  it('fills in what an export left open, and asks for what is not given', async () => {
    const exported = {
      title: 'E',
      uid: 'e',
      __inputs: [{ name: 'DS_PROM' }],
      panels: [{ datasource: { uid: '${DS_PROM}' } }],
    };
    const only = { dashboards: ['e.json'], datasources: [] };
    const missing = await perform(grafana, given(only), await workspace({ 'e.json': exported }));
    assert.ok(!missing.ok && missing.failure.kind === 'invalid');
    assert.match(`${missing.failure.message} ${missing.failure.next ?? ''}`, /DS_PROM.*inputs/);
    const done = await perform(
      grafana,
      given({ ...only, inputs: { DS_PROM: 'prom' } }),
      await workspace({ 'e.json': exported }),
    );
    assert.ok(done.ok, JSON.stringify(done));
    assert.deepEqual(peer.dashboards.get('e')?.model.panels, [{ datasource: { uid: 'prom' } }]);
  });

  it('tells each trouble with what to do next', async () => {
    const expired = await perform(grafana, given({ bearer: 'old' }), await workspace(FILES));
    assert.ok(!expired.ok && expired.failure.kind === 'denied' && expired.failure.retriable === false);
    assert.match(`${expired.failure.message} ${expired.failure.next ?? ''}`, /401: Invalid API key.*may have expired/s);
    const away = await perform(grafana, given({ url: 'http://127.0.0.1:1' }), await workspace(FILES));
    assert.ok(!away.ok && away.failure.kind === 'unreachable');
    const broken = await perform(grafana, given(), await workspace({ ...FILES, 'grafana/shop.json': '{"panels": []' }));
    assert.ok(!broken.ok);
    assert.match(broken.failure.message, /^grafana\/shop\.json is no dashboard: it is not JSON/);
    const leaking = `${DATASOURCES}    secureJsonData: { basicAuthPassword: x }\n`;
    const secret = await perform(grafana, given(), await workspace({ ...FILES, 'grafana/sources.yaml': leaking }));
    assert.ok(!secret.ok);
    assert.match(`${secret.failure.message} ${secret.failure.next ?? ''}`, /secureJsonData.*`secrets`/s);
    const nothing = await perform(grafana, { url: peer.url }, await workspace({}));
    assert.ok(!nothing.ok && nothing.failure.kind === 'missing');
  });
});
