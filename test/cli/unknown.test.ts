import assert from 'node:assert/strict';
import { Workspace } from './built.ts';

describe('a command that does not exist', function () {
  this.timeout(60_000);

  it('is wrong usage, also with --help behind it, and the nearest name is suggested', () => {
    using place = new Workspace();
    const said = place.run(['validat', '--help']);
    assert.deepEqual([said.code, said.out], [2, '']);
    assert.match(said.err, /unknown command 'validat'\n\(Did you mean validate\?\)/);
    assert.equal(place.run(['frobnicate', 'x.yaml', '--help']).code, 2);
    const below = place.run(['runs', 'watc', '--help']);
    assert.equal(below.code, 2);
    assert.match(below.err, /unknown command 'watc'\n\(Did you mean watch\?\)/);
  });

  it('is found below `runs`, or by the name that other programs give it', () => {
    using place = new Workspace();
    for (const [typed, meant] of [
      ['logs', 'runs logs'],
      ['explain', 'runs explain'],
      ['lint', 'validate'],
      ['up', 'run'],
    ] as const) {
      const { code, out, err } = place.run([typed, 'x']);
      assert.deepEqual(
        [code, out, err],
        [2, '', `code-engine: There is no command ${typed}.\n  Did you mean code-engine ${meant}?\n`],
      );
    }
  });

  it('`help` and `version` are what --help and --version are', () => {
    using place = new Workspace();
    assert.deepEqual(place.run(['help']), place.run(['--help']));
    assert.deepEqual(place.run(['help', 'run']), place.run(['run', '--help']));
    assert.deepEqual(place.run(['version']), place.run(['--version']));
  });

  it('does not take the help of the program or of a real command away', () => {
    using place = new Workspace();
    for (const args of [['--help'], ['runs', '--help'], ['validate', '--help'], ['runs', 'watch', '--help']]) {
      const said = place.run(args);
      assert.equal(said.code, 0, args.join(' '));
      assert.match(said.out, /^Usage: code-engine/);
    }
  });
});
