import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { describe, it } from 'mocha';
import { path } from '../../src/cli/commands/path.ts';
import { host } from '../../src/platform/host.ts';
import { findWslExe } from '../../src/platform/wsl-here.ts';
import { memoryIo } from './memory-io.ts';

const mounts = [{ source: 'C:\\', mountPoint: '/mnt/c' }];
const ask = (request: object): string => `${JSON.stringify({ distro: 'Ubuntu', mounts, ...request })}\n`;

async function answers(input: readonly (string | Buffer)[], args: readonly string[] = ['--json']): Promise<unknown[]> {
  const io = memoryIo(Readable.from(input));
  assert.equal(await path(args, io), 0);
  return io.printed.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

const codeOf = (answer: unknown): string => (answer as { error: { code: string } }).error.code;

describe('code-engine path', () => {
  it('answers every line in order, and a bad one with an error', async () => {
    const got = await answers([
      ask({ path: 'C:\\Users\\name', to: 'wsl' }),
      'nonsense\n\n[]\nnull\n{"to":"wsl"}\n{"path":"x"}\n{"path":1,"to":"wsl"}\n{"path":"C:\\\\","to":"wsl","mounts":[{}]}\n',
      ask({ path: '/home/u', to: 'windows' }),
    ]);
    assert.deepEqual(got[0], { path: '/mnt/c/Users/name' });
    assert.deepEqual(
      got.slice(1, -1).map(codeOf),
      Array.from({ length: 8 }, () => 'bad-request'),
    );
    assert.deepEqual(got.at(-1), { path: '\\\\wsl.localhost\\Ubuntu\\home\\u' });
  });

  it('takes lines in any pieces, with CRLF, a mark, line separators in texts and no end', async () => {
    const text = `\uFEFF${ask({ path: 'C:\\é漢\u2028🚀', to: 'wsl' }).replace('\n', '\r\n')}${ask({ path: 'C:\\x', to: 'wsl' }).trimEnd()}`;
    const bytes = Buffer.from(text);
    const pieces = Array.from(bytes, (_byte, index) => bytes.subarray(index, index + 1));
    assert.deepEqual(await answers(pieces), [{ path: '/mnt/c/é漢\u2028🚀' }, { path: '/mnt/c/x' }]);
  });

  it('answers a line before the next one comes', async () => {
    const stdin = new PassThrough();
    const io = memoryIo(stdin);
    const answered = new Promise<void>((resolve) => {
      const write = (chunk: string | Uint8Array): boolean => {
        io.out.write(chunk);
        resolve();
        return true;
      };
      void path([], { ...io, out: { ...io.out, write } });
    });
    stdin.write(ask({ path: 'C:\\x', to: 'wsl' }));
    await answered;
    assert.equal(io.printed.out, '{"path":"/mnt/c/x"}\n');
    stdin.end();
  });

  it('has a default direction, distribution and folder from its options', async () => {
    const args = ['--json', '--to', 'wsl', '--cwd', 'C:\\work', '--distro', 'Ubuntu'];
    assert.deepEqual(
      await answers(
        [
          `${JSON.stringify({ path: 'src', mounts })}\n`,
          `${JSON.stringify({ path: '\\\\wsl$\\Ubuntu\\x', mounts })}\n`,
        ],
        args,
      ),
      [{ path: '/mnt/c/work/src' }, { path: '/x' }],
    );
  });

  it('is an error where there is no WSL to ask', async function () {
    if (host().wsl !== undefined || findWslExe().ok) {
      console.log('      skipped: there is a WSL here');
      return this.skip();
    }
    assert.equal(codeOf((await answers([`${JSON.stringify({ path: 'C:\\x', to: 'wsl' })}\n`]))[0]), 'no-wsl');
    const io = memoryIo();
    assert.equal(await path(['C:\\x'], io), 3, 'a tool is missing');
    assert.match(io.printed.err, /^code-engine: There is no WSL here/);
  });

  it('asks which side is meant where the path does not say', async () => {
    const io = memoryIo();
    assert.equal(await path(['src/x'], io), 2);
    assert.match(io.printed.err, /--to wsl or --to windows/);
  });

  it('does not wait for a person to type JSON', async () => {
    assert.equal(await path([], memoryIo(undefined, { keyboard: { setRawMode: () => undefined } })), 2);
  });

  it('refuses an unknown side and helps', async () => {
    const io = memoryIo();
    assert.equal(await path(['--to', 'mars', 'x'], io), 2);
    assert.equal(await path(['--help'], io), 0);
    assert.match(io.printed.out, /by the mounts that really are/);
  });
});
