/** Places in files that tools print. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { placesIn } from '../../src/views/log/places.ts';

const found = (text: string): unknown[] =>
  placesIn(text).map(({ start, length, path, line, column }) => [
    text.slice(start, start + length),
    path,
    line,
    column,
  ]);

describe('places in files', () => {
  it('are found as compilers, linters and tools for infrastructure write them', () => {
    assert.deepEqual(found('Error: /srv/shop/main.tf:3:7, in resource'), [
      ['/srv/shop/main.tf:3:7', '/srv/shop/main.tf', 3, 7],
    ]);
    assert.deepEqual(found('src/app.ts(12,5): error TS2304'), [['src/app.ts(12,5)', 'src/app.ts', 12, 5]]);
    assert.deepEqual(found('  on main.tf line 5, in resource "x" "y":'), [['main.tf line 5', 'main.tf', 5, 1]]);
    assert.deepEqual(found('  File "/app/web.py", line 3, in <module>'), [
      ['/app/web.py", line 3', '/app/web.py', 3, 1],
    ]);
    assert.deepEqual(found('./k8s/web.yaml:9 and ../b.json:1:2'), [
      ['./k8s/web.yaml:9', './k8s/web.yaml', 9, 1],
      ['../b.json:1:2', '../b.json', 1, 2],
    ]);
  });
  it('may be of Windows, or of a distribution as Windows names it', () => {
    assert.deepEqual(found('C:\\shop\\main.tf:3:7: bad'), [['C:\\shop\\main.tf:3:7', 'C:\\shop\\main.tf', 3, 7]]);
    assert.deepEqual(found('see \\\\wsl.localhost\\Ubuntu\\home\\ada\\x.yaml(2,1)'), [
      ['\\\\wsl.localhost\\Ubuntu\\home\\ada\\x.yaml(2,1)', '\\\\wsl.localhost\\Ubuntu\\home\\ada\\x.yaml', 2, 1],
    ]);
  });
  it('end where a sentence does', () => {
    assert.deepEqual(found('It is in /srv/shop/main.tf.'), [['/srv/shop/main.tf', '/srv/shop/main.tf', 1, 1]]);
    assert.deepEqual(found('wrote C:\\shop\\a.json, then more'), [['C:\\shop\\a.json', 'C:\\shop\\a.json', 1, 1]]);
  });
  it('are not addresses, images, versions or times', () => {
    for (const text of [
      'https://example.org/a/main.tf:3',
      'http://localhost:3000/a/b.js:10:5',
      'shop.example.com:443 and 10.0.0.1:5432',
      'pushed ghcr.io/shop/api:1.4.0',
      'at 14:02:31 main.tf was read; node.js is 22',
      'main.tf and a/b/c or /etc',
    ])
      assert.deepEqual(found(text), [], text);
  });
  it('cost no more than the length of the line', () => {
    for (const unit of ['a.', 'a/', '/a', 'C:\\', '.tf', 'a.tf:', '~/.'])
      assert.ok(placesIn(unit.repeat(100_000)).length < 4000, unit);
  });
});
