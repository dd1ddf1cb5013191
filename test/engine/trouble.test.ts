import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { launchRun } from '../../src/engine/client.ts';
import { host } from '../../src/platform/host.ts';
import { layoutOf } from '../../src/engine/place.ts';
import { cleanUp, ENGINE, eventOf, eventsOf, launch, planFrom, runToEnd, seen, workspace } from './plans.ts';

const isRoot = process.getuid?.() === 0;

/** A small file system of its own; `undefined` where this user may not mount one. */
function smallDisk(kib: number): { folder: string; drop: () => void } | undefined {
  if (host().os !== 'linux' || !isRoot) return undefined;
  const folder = workspace();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', folder]);
  if (mounted.status !== 0) return undefined;
  return { folder, drop: () => void spawnSync('umount', ['-l', folder]) };
}

/** Every byte that a run left on the disk. */
function bytesUnder(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? bytesUnder(path) : entry.isFile() ? readFileSync(path, 'latin1') : '';
    })
    .join('\n');
}

describe('a run in trouble', function () {
  this.timeout(60_000);
  after(cleanUp);

  it('says that the disk is full where a task could not write its log, and keeps what was written', async function () {
    const disk = smallDisk(512);
    if (disk === undefined) this.skip();
    try {
      const { handle } = await launch(
        'parallel_deployment:\n  a:\n    - { task: flood, type: shell, with: { run: "head -c 3000000 /dev/zero" } }\n',
        {},
        {},
        disk.folder,
      );
      const events = await eventsOf(handle);
      const finished = eventOf(events, 'task.finished', 'flood');
      assert.equal(finished.status, 'failed');
      assert.match(finished.reason ?? '', /disk .* is full/);
      assert.equal(eventOf(events, 'run.finished').status, 'failed');
      assert.deepEqual(
        events.map(({ seq }) => seq),
        events.map((_, i) => i + 1),
      );
    } finally {
      disk.drop();
    }
  });

  it('is not started where its folder cannot be written, and says why', async function () {
    const disk = smallDisk(512);
    if (disk === undefined) this.skip();
    try {
      const plan = await planFrom(
        disk.folder,
        'parallel_deployment:\n  a:\n    - { task: t, type: shell, with: { run: "true" } }\n',
      );
      spawnSync('mount', ['-o', 'remount,ro', disk.folder]);
      const launched = await launchRun({ plan, workspace: disk.folder, env: process.env, engine: ENGINE });
      assert(!launched.ok);
      assert.match(launched.failure.message, /read-only/);
    } finally {
      disk.drop();
    }
  });

  it('refuses a link in the place of its folder', async function () {
    const root = workspace();
    const elsewhere = workspace();
    const plan = await planFrom(
      root,
      'parallel_deployment:\n  a:\n    - { task: t, type: shell, with: { run: "true" } }\n',
    );
    mkdirSync(join(root, '.code'));
    symlinkSync(elsewhere, join(root, '.code/runs'));
    const launched = await launchRun({ plan, workspace: root, env: process.env, engine: ENGINE });
    assert(!launched.ok);
    assert.match(launched.failure.message, /not a real folder/);
    assert.deepEqual(readdirSync(elsewhere), []);
  });

  it('keeps its files and its socket to this user', async function () {
    if (host().os === 'windows') this.skip();
    const { root, handle } = await launch(
      'parallel_deployment:\n  a:\n    - { task: t, type: shell, with: { run: "sleep 60" } }\n',
    );
    await seen(handle, (event) => event.type === 'task.process');
    const layout = layoutOf(root, handle.runId);
    const control = JSON.parse(readFileSync(layout.control, 'utf8')) as { address: string; token: string };
    for (const path of [layout.folder, layout.logs]) assert.equal(statSync(path).mode & 0o077, 0, path);
    for (const path of [layout.journal, layout.plan, layout.control, control.address])
      assert.equal(statSync(path).mode & 0o077, 0, path);

    const refused = await new Promise<string>((resolve) => {
      const socket = connect(control.address);
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
      socket.write(`${JSON.stringify({ id: 1, method: 'cancel', params: {}, token: 'guess' })}\n`);
    });
    assert.match(refused, /Wrong token/);
    await handle.cancel(true);
    await eventsOf(handle);
  });

  it('leaves no secret on the disk or in an argument list, in no encoding, and masks it in logs and outputs', async () => {
    const secret = 'pa55-Wörd/with+odd=chars';
    const yaml = `secrets: [DB_PASSWORD]
parallel_deployment:
  a:
    - task: show
      type: shell
      env: { PGPASSWORD: "\${{ secrets.DB_PASSWORD }}" }
      with:
        run: |
          echo "it is $PGPASSWORD"
          printf '%s' "$PGPASSWORD" | base64 >&2
          echo "token=$PGPASSWORD" >> "$CODE_OUTPUT"
          printf '%s' "$PGPASSWORD" | head -c 7; sleep 0.1; printf '%s\\n' "$PGPASSWORD" | tail -c +8
    - task: arguments
      type: shell
      with:
        run: |
          echo '\${{ secrets.DB_PASSWORD }}'
          cat /proc/$PPID/cmdline /proc/$$/cmdline
  b:
    - task: use
      type: shell
      with:
        run: |
          test '\${{ tasks.show.outputs.token }}' = "$WANTED"
`;
    const { root, events } = await runToEnd(yaml, {}, { DB_PASSWORD: secret, WANTED: secret });
    assert.equal(eventOf(events, 'run.finished').status, 'succeeded', JSON.stringify(events.slice(-4)));
    const disk = bytesUnder(join(root, '.code'));
    for (const form of [
      secret,
      Buffer.from(secret).toString('latin1'),
      Buffer.from(secret).toString('base64'),
      encodeURIComponent(secret),
      'pa55-W',
    ]) {
      assert(!disk.includes(form), `${form} is on the disk`);
    }
    assert.match(readFileSync(join(layoutOf(root, events[0]!.runId).logs, 'show.1.out'), 'utf8'), /^it is \*\*\*\n/);
  });

  it('is not started without the secrets that it declares, and says how to give them', async () => {
    const root = workspace();
    const plan = await planFrom(
      root,
      'secrets: [NO_SUCH_SECRET_HERE]\nparallel_deployment:\n  a:\n    - { task: t, type: shell, with: { run: "true" } }\n',
    );
    const launched = await launchRun({ plan, workspace: root, env: process.env, engine: ENGINE });
    assert(!launched.ok);
    assert.equal(launched.failure.kind, 'missing');
    assert.match(`${launched.failure.message} ${launched.failure.next}`, /NO_SUCH_SECRET_HERE/);
    assert.throws(() => readdirSync(join(root, '.code/runs')));
  });

  it('takes locks so that tasks of two runs never overlap', async () => {
    const root = workspace();
    const lock = `test-${process.pid}-${Date.now()}`;
    const yaml = `parallel_deployment:\n  a:\n    - { task: t, type: shell, resources: { lock: ${lock} }, with: { run: "mkdir busy && sleep 0.2 && rmdir busy" } }\n    - { task: u, type: shell, resources: { lock: ${lock} }, with: { run: "mkdir busy && sleep 0.2 && rmdir busy" } }\n`;
    const runs = await Promise.all([launch(yaml, {}, {}, root), launch(yaml, {}, {}, root)]);
    const all = await Promise.all(runs.map(({ handle }) => eventsOf(handle)));
    for (const events of all) assert.equal(eventOf(events, 'run.finished').status, 'succeeded');
    assert(all.some((events) => events.some((event) => event.type === 'task.waiting' && event.on.kind === 'lock')));
  });

  it('takes an earlier result again when the inputs are the same, and says why when it does not', async () => {
    const root = workspace();
    writeFileSync(join(root, 'in.txt'), 'one');
    const yaml =
      'parallel_deployment:\n  a:\n    - { task: build, type: shell, cache: { inputs: [in.txt], outputs: [out.txt] }, with: { run: "cat in.txt in.txt > out.txt; echo ran >> trace" } }\n';
    const once = async () => {
      const { handle } = await launch(yaml, {}, {}, root);
      return eventOf(await eventsOf(handle), 'task.finished', 'build');
    };
    assert.equal((await once()).status, 'succeeded');
    assert.equal((await once()).status, 'cached');
    writeFileSync(join(root, 'in.txt'), 'two');
    assert.equal((await once()).status, 'succeeded');
    assert.equal(readFileSync(join(root, 'trace'), 'utf8'), 'ran\nran\n');
  });

  it('undoes what succeeded, the last first, when it was asked to', async () => {
    const yaml = `parallel_deployment:
  a:
    - { task: one, type: shell, rollback: { run: "echo undo one >> trace" }, with: { run: "echo one >> trace" } }
  b:
    - { task: two, type: shell, rollback: { run: "echo undo two >> trace" }, with: { run: "echo two >> trace" } }
  c:
    - { task: bad, type: shell, with: { run: "exit 1" } }
`;
    const { root, events } = await runToEnd(yaml, { rollback: true });
    assert.equal(readFileSync(join(root, 'trace'), 'utf8'), 'one\ntwo\nundo two\nundo one\n');
    assert.deepEqual(events.filter(({ type }) => type === 'task.rolled_back').length, 2);
    assert.equal(eventOf(events, 'run.finished').status, 'failed');
  });
});
