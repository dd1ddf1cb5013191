import assert from 'node:assert/strict';
import { gatherFacts } from '../../src/planner/context/workspace.ts';
import { emptyDraft, type PlannedFile } from '../../src/planner/plan.ts';
import { claude } from '../../src/planner/providers/claude.ts';
import { modelPlan } from '../../src/planner/providers/model-plan.ts';
import { ollama } from '../../src/planner/providers/ollama.ts';
import type { Provider } from '../../src/planner/providers/provider.ts';
import { withWritten, type WrittenTarget } from '../../src/planner/written/written.ts';
import { catalogue } from '../../src/tasks/catalogue.ts';
import { claudeAnswer, ollamaAnswer, peerBench, selection } from './model-peer.ts';

const pod = (spec: object, kind = 'Pod'): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'probe' },
    ...(kind === 'Pod' ? { spec: { containers: [{ name: 'probe', image: 'busybox:1.36', ...spec }] } } : spec),
  });

const faultOf = async (
  target: WrittenTarget,
  files: Record<string, string>,
  wish = 'a thing',
  there: readonly PlannedFile[] = [],
): Promise<string> => {
  const draft = emptyDraft('shop', '', { files: there });
  const written = Object.entries(files).map(([name, text]) => ({ path: name, text }));
  const read = await withWritten(draft, target, written, wish);
  return read.ok ? '' : read.failure;
};

describe('files that a model wrote', () => {
  it('lie where their kind lies, once, and are no larger than a person reads', async () => {
    assert.match(await faultOf('kubernetes', { '../k8s/a.yaml': pod({}) }), /no place/);
    assert.match(await faultOf('kubernetes', { '.github/workflows/a.yaml': pod({}) }), /no place/);
    assert.match(await faultOf('opentofu', { 'k8s/a.yaml': pod({}) }), /no place/);
    assert.match(await faultOf('kubernetes', { 'k8s/a.yaml': `#${'x'.repeat(70_000)}\n${pod({})}` }), /longer than/);
    const there = [{ path: 'k8s/40-probe.yaml', text: pod({}), origin: 'catalogue' as const }];
    assert.match(await faultOf('kubernetes', { 'k8s/40-probe.yaml': pod({}) }, '', there), /there already/);
    assert.match(await faultOf('kubernetes', { 'k8s/b.yaml': pod({}) }, '', there), /Pod probe is there already/);
  });

  it('are manifests that the API knows, without values of secrets, without reaching for the host unasked', async () => {
    const one = (text: string, wish?: string): Promise<string> => faultOf('kubernetes', { 'k8s/a.yaml': text }, wish);
    assert.equal(await one(pod({})), '');
    assert.match(await one(pod({ imagePullPolice: 'Always' })), /unknown field/);
    assert.match(await one('kind: [\n'), /k8s\/a\.yaml: /);
    assert.match(await one(pod({ stringData: { password: 'hunter2' } }, 'Secret')), /write \$\{NAME\}/);
    assert.match(await one(pod({ data: { password: 'aHVudGVyMg==' } }, 'Secret')), /data holds values/);
    assert.match(await one(pod({ env: [{ name: 'DB_PASSWORD', value: 'hunter2' }] })), /in plain words/);
    const privileged = pod({ securityContext: { privileged: true } });
    assert.match(await one(privileged), /privileged container, which the description does not/);
    assert.equal(await one(privileged, 'a privileged pod that looks at the node'), '');
  });

  it('end in words where they are made to break their reader', async () => {
    const letters = Array.from('bcdefghij');
    const aliases = letters.map(
      (to, i) =>
        `${to}: &${to} [${Array(9)
          .fill(`*${'abcdefghij'.charAt(i)}`)
          .join(',')}]`,
    );
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...aliases].join('\n');
    const deep = `kind: ${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const ring = 'services: &s\n  web: { image: nginx, x-self: *s }\n';
    for (const [text, fault] of [
      [bomb, /alias/],
      [deep, /nested too deeply/],
      [ring, /refers to itself/],
    ] as const) {
      assert.match(await faultOf('kubernetes', { 'k8s/a.yaml': text }), fault);
      assert.match(await faultOf('compose', { 'compose.yaml': text }), fault);
    }
  });

  it('are Compose files of the specification, of this folder, with every mounted file among them', async () => {
    const one = (services: object, more: Record<string, string> = {}, wish?: string): Promise<string> =>
      faultOf('compose', { 'compose.yaml': JSON.stringify({ services }), ...more }, wish);
    const web = { image: 'nginx:1.27' };
    assert.equal(await one({ web }), '');
    assert.match(await faultOf('compose', { 'config/a.conf': 'x' }), /no compose\.yaml/);
    assert.match(await one({ web: { ...web, prots: ['80:80'] } }), /knows no such key/);
    assert.match(await one({ web: { ...web, volumes: ['/var/run/docker.sock:/var/run/docker.sock'] } }), /outside/);
    assert.equal(await one({ web: { ...web, volumes: ['/srv/www:/www'] } }, {}, 'nginx serves /srv/www'), '');
    assert.match(await one({ db: { image: 'postgres:17', environment: ['POSTGRES_PASSWORD=x1'] } }), /plain words/);
    assert.match(await one({ web }, { 'config/nginx.conf': 'events {}' }), /used by nothing/);
    assert.equal(await one({ web: { ...web, volumes: ['./config/nginx.conf:/etc/nginx/nginx.conf:ro'] } }, { 'config/nginx.conf': 'events {}' }), ''); // prettier-ignore
  });

  it('are modules that only describe: nothing is run, fetched, or kept elsewhere', async () => {
    const one = (text: string): Promise<string> => faultOf('opentofu', { 'infra/main.tf': text });
    assert.equal(await one('resource "aws_sqs_queue" "jobs" {\n  name = "jobs"\n}\n'), '');
    assert.match(await one('resource "aws_sqs_queue" "jobs" {'), /infra\/main\.tf: /);
    const run = 'resource "null_resource" "x" {\n  provisioner "local-exec" {\n    command = "id"\n  }\n}\n';
    assert.match(await one(run), /a provisioner runs commands/);
    assert.match(await one('data "external" "x" {\n  program = ["id"]\n}\n'), /reaches out when a plan is made/);
    assert.match(await one('terraform {\n  backend "http" {\n    address = "https://x.test"\n  }\n}\n'), /backend/);
    assert.match(await one('module "vpc" {\n  source = "git::https://x.test/vpc"\n}\n'), /comes from elsewhere/);
    assert.match(
      await one('output "x" {\n  value = aws_sqs_queue.gone.arn\n}\n'),
      /aws_sqs_queue\.gone is not declared/,
    );
  });

  it('are used by tasks that code makes', async () => {
    const secret = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { p: '${API_KEY}' } }); // prettier-ignore
    const read = await withWritten(emptyDraft('shop', ''), 'kubernetes', [{ path: 'k8s/s.yaml', text: secret }], 'on production'); // prettier-ignore
    assert.ok(read.ok);
    assert.deepEqual(
      read.value.stages.map((s) => s.stage),
      ['approve', 'deploy'],
    );
    assert.deepEqual(read.value.stages[1]?.tasks[0]?.with, {
      manifests: 'k8s',
      variables: { API_KEY: '${{ secrets.API_KEY }}' },
    });
    assert.deepEqual([read.value.secrets, read.value.files[0]?.origin], [['API_KEY'], 'model']);
    assert.match(read.value.assumptions.join(), /to be read with care: k8s\/s\.yaml/);
  });
});

describe('a model that may write files', () => {
  const bench = peerBench('written');

  const ask = (provider: Provider, description: string): ReturnType<typeof modelPlan> =>
    modelPlan(description, provider, {
      facts: gatherFacts(bench.root),
      catalogue,
      context: '',
      environment: {},
      signal: new AbortController().signal,
    });

  const anthropic = (): Provider => claude({ ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: bench.base });

  const policy = (port: number): object => ({
    path: 'k8s/50-policy.yaml',
    text: JSON.stringify({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'cache-clients', namespace: 'shop' },
      spec: {
        podSelector: { matchLabels: { app: 'cache' } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ port }] }],
      },
    }),
  });

  it('adds them to what the components render, by the same task', async () => {
    bench.peer.handler = (_q, _b, response) =>
      claudeAnswer(response, JSON.stringify(selection({ files: [policy(6379)] })));
    const planned = await ask(anthropic(), 'a cache for the shop');
    assert.ok(planned.ok && planned.value.provider.startsWith('claude'), JSON.stringify(planned));
    const { files, stages } = planned.value.draft;
    assert.deepEqual(files.filter((f) => f.origin === 'model').map((f) => f.path), ['k8s/50-policy.yaml']); // prettier-ignore
    assert.ok(files.some((f) => f.origin === 'catalogue' && f.text.includes('name: cache')));
    assert.equal(stages.flatMap((s) => s.tasks).filter((t) => t.type === 'kubernetes').length, 1);
  });

  it('is sent back what it left out, once, with its answer; what it then gives is taken', async () => {
    let calls = 0;
    bench.peer.handler = (_q, _b, response) =>
      claudeAnswer(response, JSON.stringify(selection({ files: [policy(calls++ === 0 ? 6379 : 16_379)] })));
    const planned = await ask(anthropic(), 'a cache for the shop that only web reaches, on 16379');
    assert.ok(planned.ok && planned.value.repairs === 1, JSON.stringify(planned));
    assert.match(bench.peer.received[1] ?? '', /stands nowhere in the plan: 16379/);
    assert.match(bench.peer.received[1] ?? '', /cache-clients/);
    assert.deepEqual(planned.value.draft.unplaced, []);
    calls = 0;
    const stubborn = await ask(anthropic(), 'a cache for the shop that only web reaches, on 26379');
    assert.ok(stubborn.ok && stubborn.value.provider.startsWith('claude'));
    assert.equal(calls, 2);
    assert.deepEqual(stubborn.value.draft.unplaced, ['26379']);
  });

  it('is told what is wrong with a file, and mends it', async () => {
    let calls = 0;
    const wrong = { path: 'k8s/a.yaml', text: pod({ imagePullPolice: 'Always' }) };
    bench.peer.handler = (_q, _b, response) =>
      claudeAnswer(
        response,
        JSON.stringify(selection({ components: [], files: [calls++ === 0 ? wrong : { ...wrong, text: pod({}) }] })),
      );
    const planned = await ask(anthropic(), 'a pod that probes');
    assert.ok(planned.ok && planned.value.repairs === 1 && planned.value.provider.startsWith('claude'));
    assert.match(bench.peer.received[1] ?? '', /imagePullPolice unknown field/);
  });

  it('is not a small one: those are not asked for files', async () => {
    bench.peer.handler = (_q, _b, response) => ollamaAnswer(response, JSON.stringify(selection()));
    await ask(ollama({ OLLAMA_HOST: bench.base }, 'tiny'), 'a cache for the shop');
    const sent = bench.peer.received.join('\n');
    assert.ok(sent.includes('components') && !sent.includes('k8s/NAME.yaml'));
  });
});
