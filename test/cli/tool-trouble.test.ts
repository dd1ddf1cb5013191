/** Programs that task types drive and that misbehave in the middle of a run: by the built command line, on real processes. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { host } from '../../src/platform/host.ts';
import { Workspace } from './built.ts';

/** Answers like promtool when it is asked for its version, else does as the text says. */
const promtool = (text: string, first = ''): string =>
  `#!/bin/bash\n[ "$1" = --version ] && { ${first} echo 'promtool, version 2.42.0'; exit 0; }\n${text}\n`;

const FLOW = `name: trouble
parallel_deployment:
  a:
    - { task: rules, type: prometheus, timeout: TIMEOUT, log_limit: 4MiB, with: { rules: [r.yml] } }
  b:
    - { task: after, type: shell, with: { run: "touch after" } }
finally:
  - { task: tidy, type: shell, with: { run: "touch tidied" } }
`;

describe('a tool in trouble', function () {
  this.timeout(120_000);
  let place: Workspace;
  before(function () {
    if (host().os === 'windows') this.skip();
  });
  beforeEach(() => (place = new Workspace()));
  afterEach(() => place.close());

  function run(text: string, timeout: string, first = ''): { code: number | null; out: string; err: string } {
    chmodSync(place.file('bin/promtool', promtool(text, first)), 0o755);
    place.file('r.yml', 'groups: []\n');
    place.file('trouble.code.yaml', FLOW.replace('TIMEOUT', timeout));
    return place.run(['run', 'trouble.code.yaml'], { PATH: `${place.path('bin')}:${process.env.PATH ?? ''}` });
  }

  const lives = (pid: string): boolean => {
    try {
      process.kill(Number(pid), 0);
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  };

  it('that hangs and will not be ended politely is ended with what it started; nothing goes on, what tidies up runs', () => {
    const { code, out } = run(`trap '' TERM INT; sleep 600 & echo "$$ $!" > pids; while :; do wait; done`, '3s');
    assert.equal(code, 1, out);
    assert.match(out, /rules timed out/);
    for (const pid of readFileSync(place.path('pids'), 'utf8').trim().split(' ')) assert.ok(!lives(pid), pid);
    assert.ok(!existsSync(place.path('after')));
    assert.ok(existsSync(place.path('tidied')));
  });

  it('that takes seconds to say its version, as on a busy machine, is no missing tool', () => {
    const { code, out, err } = run('echo SUCCESS', '100s', 'sleep 3;');
    assert.equal(code, 0, out + err);
  });

  it('that floods is read to its end, and its log stays within its limit', () => {
    const { code, out } = run(`head -c 60000000 /dev/zero | tr '\\0' 'x' | fold -w 99; echo SUCCESS`, '100s');
    assert.equal(code, 0, out);
    const shown = place.run(['runs', 'logs', 'last', '--task', 'rules']);
    assert.equal(shown.code, 0, shown.err);
    assert.match(shown.out, /bytes are left out here/);
    assert.ok(shown.out.length < 8_000_000, String(shown.out.length));
    assert.match(shown.out, /SUCCESS/);
  });

  it('that is killed by somebody is told as that', () => {
    const { code, out } = run('kill -KILL $$', '30s');
    assert.equal(code, 1, out);
    assert.match(out, /ended by SIGKILL/);
    assert.ok(!existsSync(place.path('after')));
  });
});
