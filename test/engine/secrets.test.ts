import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDotenv } from '../../src/engine/dotenv.ts';
import { resolveSecrets, type SecretQuestion, type Secrets } from '../../src/engine/secrets.ts';
import type { Result } from '../../src/core/result.ts';

describe('the values of secrets', () => {
  let workspace: string;
  let programs: string;

  beforeEach(() => {
    workspace = mkdtempSync(join(tmpdir(), 'code-secrets-'));
    programs = join(workspace, 'bin');
    mkdirSync(join(workspace, '.code'));
    mkdirSync(programs);
  });

  afterEach(() => {
    rmSync(workspace, { recursive: true, force: true });
  });

  const ask = (more: Partial<SecretQuestion>): Promise<Result<Secrets>> =>
    resolveSecrets({ names: ['PASSWORD'], env: { PATH: programs }, workspace, ...more });
  const file = (content: string, mode: number, path = join(workspace, '.code/secrets.env')): string => {
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  };
  /** A program by the keychain's name; what it is asked for is written down beside it. */
  const keychain = (program: string, body: string): void => {
    writeFileSync(join(programs, program), `#!/bin/sh\necho "$*" >"${programs}/asked"\n${body}\n`, { mode: 0o755 });
  };
  const from = async (more: Partial<SecretQuestion>): Promise<string> => {
    const found = await ask(more);
    assert.ok(found.ok, found.ok ? '' : found.failure.message);
    return `${found.value.sources.get('PASSWORD') ?? ''}: ${found.value.values.get('PASSWORD') ?? ''}`;
  };

  it('come from the caller, the environment, the file and the keychain, in this order', async () => {
    keychain('secret-tool', 'printf "from the keychain"');
    assert.equal(await from({}), 'keychain: from the keychain');
    file('PASSWORD=from the file', 0o600);
    assert.equal(await from({}), 'file: from the file');
    assert.equal(await from({ env: { CODE_SECRET_PASSWORD: 'prefixed' } }), 'environment: prefixed');
    assert.equal(await from({ env: { CODE_SECRET_PASSWORD: 'prefixed', PASSWORD: 'plain' } }), 'environment: plain');
    assert.equal(await from({ env: { PASSWORD: 'plain' }, given: new Map([['PASSWORD', 'given']]) }), 'given: given');
  });

  it('are missing with their names and the ways to give them', async () => {
    const found = await ask({ names: ['PASSWORD', 'TOKEN'], env: { PATH: programs, TOKEN: '' } });
    assert.ok(!found.ok);
    assert.equal(found.failure.kind, 'missing');
    assert.equal(found.failure.message, 'There is no value for the secrets PASSWORD, TOKEN.');
    assert.match(found.failure.next ?? '', /CODE_SECRET_PASSWORD.*PASSWORD=….*secrets\.env \(chmod 600\)\.$/);
  });

  it('are missing with the command that stores them where there is a keychain', async () => {
    keychain('security', 'exit 44');
    const found = await ask({});
    assert.match(
      found.ok ? '' : (found.failure.next ?? ''),
      /security add-generic-password -s code-engine -a PASSWORD -w\.$/,
    );
  });

  it('are not read from a file that every user of the machine can read', async () => {
    file('PASSWORD=x1x2x3', 0o644);
    const found = await ask({});
    assert.ok(!found.ok);
    assert.equal(found.failure.kind, 'denied');
    assert.match(found.failure.next ?? '', /chmod 600 \.code\/secrets\.env/);
  });

  it('are read with a warning from a file that the group can read', async () => {
    file('PASSWORD=x', 0o640);
    const found = await ask({});
    assert.ok(found.ok);
    assert.match(found.value.warnings.join(), /chmod 600/);
  });

  it('are not read through a link at the conventional place', async () => {
    symlinkSync(file('PASSWORD=x', 0o600, join(workspace, 'other')), join(workspace, '.code/secrets.env'));
    const found = await ask({});
    assert.match(found.ok ? '' : found.failure.message, /symbolic link/);
  });

  it('come from the file that was named, which must be there', async () => {
    const named = file('export PASSWORD="a b"', 0o600, join(workspace, 'named.env'));
    file('PASSWORD=conventional', 0o600);
    assert.equal(await from({ file: named }), 'file: a b');
    const found = await ask({ file: join(workspace, 'nowhere') });
    assert.equal(found.ok ? '' : found.failure.kind, 'usage');
  });

  it('are not shown by the message about a line that is not understood', async () => {
    file('OTHER=1\nhunter2 is my password\n', 0o600);
    const found = await ask({});
    assert.ok(!found.ok);
    assert.match(found.failure.message, /Line 2 of \.code\/secrets\.env/);
    assert.ok(!JSON.stringify(found.failure).includes('hunter2'));
  });

  it('need no file and no keychain when none is declared', async () => {
    const found = await ask({ names: [] });
    assert.ok(found.ok);
    assert.equal(found.value.values.size, 0);
  });
});

describe('a file of NAME=value lines', () => {
  it('may hold comments, quotes, escapes, several lines, CRLF and a byte-order mark', () => {
    const text = [
      '\uFEFF# comment',
      'A=1',
      '  export B = two words # comment',
      "C='single $A \\n' # comment",
      'D="line\\nbreak \\"quoted\\" \\$A"',
      'KEY="-----BEGIN',
      'body#=',
      '-----END"',
      'E=with#hash=and=signs',
      'F=',
      'A=again',
    ].join('\r\n');
    const parsed = parseDotenv(text, 'x');
    assert.ok(parsed.ok);
    assert.deepEqual(Object.fromEntries(parsed.value), {
      A: 'again',
      B: 'two words',
      C: 'single $A \\n',
      D: 'line\nbreak "quoted" $A',
      KEY: '-----BEGIN\nbody#=\n-----END',
      E: 'with#hash=and=signs',
      F: '',
    });
  });

  it('is refused with the line where a quote is never closed', () => {
    const parsed = parseDotenv('A=1\nB="x\ny', 'secrets.env');
    assert.match(parsed.ok ? '' : parsed.failure.message, /Line 2 of secrets\.env opens a quote/);
  });
});
