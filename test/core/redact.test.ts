import assert from 'node:assert/strict';
import fc from 'fast-check';
import { makeRedactor, MASK, type Redactor } from '../../src/core/redact.ts';
import { isTrivial, variantsOf } from '../../src/core/secret-variants.ts';

const one = (value: string): Redactor => makeRedactor([{ name: 'S', value }]);

function inChunks(redactor: Redactor, bytes: Buffer, sizes: readonly number[]): Buffer {
  const stream = redactor.stream();
  const out: Buffer[] = [];
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    // Read into memory that is used again, as a reader of a pipe does.
    const chunk = Buffer.from(bytes.subarray(at, at + Math.max(1, sizes[turn % sizes.length] ?? 1)));
    at += chunk.length;
    out.push(Buffer.from(stream.push(chunk)));
    chunk.fill(0x23);
  }
  out.push(stream.end());
  return Buffer.concat(out);
}

/** The rule said slowly: every byte that belongs to an occurrence goes, one mask for each run of overlapping occurrences. */
function slowly(bytes: Buffer, secrets: readonly string[]): Buffer {
  const spans: [number, number][] = [];
  for (const secret of secrets) {
    for (const variant of variantsOf(secret)) {
      for (let at = bytes.indexOf(variant); at !== -1; at = bytes.indexOf(variant, at + 1))
        spans.push([at, at + Buffer.byteLength(variant)]);
    }
  }
  spans.sort((a, b) => a[0] - b[0]);
  const pieces: Buffer[] = [];
  let done = 0;
  for (const [start, end] of spans) {
    if (start >= done) pieces.push(bytes.subarray(done, start), Buffer.from(MASK));
    done = Math.max(done, end);
  }
  return Buffer.concat([...pieces, bytes.subarray(done)]);
}

// A small alphabet makes overlaps, repeats and near misses likely; the asterisk is the mask's own.
const secretText = fc
  .oneof(
    fc.string({
      minLength: 4,
      maxLength: 24,
      unit: fc.constantFrom('a', 'b', 'A', '/', '+', '"', '\\', ' ', 'é', "'", '7'),
    }),
    fc.string({ minLength: 4, maxLength: 60, unit: 'binary' }).map((text) => Buffer.from(text).toString()),
    fc.string({ minLength: 30, maxLength: 120, unit: fc.constantFrom('k', 'Q', '=', '\n', '\r\n', '-') }),
  )
  .filter((text) => !isTrivial(text.trim()) && !text.includes('*'));

const carriers: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => JSON.stringify({ key: secret }),
  (secret) => JSON.stringify(JSON.stringify({ key: secret })),
  (secret) => encodeURIComponent(secret),
  (secret) => `https://host/?q=${new URLSearchParams({ p: secret }).toString()}`,
  (secret) => Buffer.from(secret).toString('base64'),
  (secret) => Buffer.from(secret).toString('base64url'),
  (secret) => Buffer.from(secret).toString('hex'),
  (secret) => Buffer.from(`x${secret}`).toString('base64'),
  (secret) => Buffer.from(`user:${secret}`).toString('base64'),
];

describe('masking secrets', () => {
  it('leaves no secret and changes nothing else, however the bytes are cut into chunks', () => {
    const parts = fc.array(fc.tuple(fc.uint8Array({ maxLength: 12 }), fc.nat(), fc.nat(carriers.length - 1)), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        fc.array(secretText, { minLength: 1, maxLength: 3 }),
        parts,
        fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1 }),
        (secrets, spread, sizes) => {
          const redactor = makeRedactor(secrets.map((value, index) => ({ name: `S${String(index)}`, value })));
          const bytes = Buffer.concat(
            spread.flatMap(([noise, which, carrier]) => [
              Buffer.from(noise),
              Buffer.from(carriers[carrier]!(secrets[which % secrets.length]!)),
            ]),
          );
          const masked = inChunks(redactor, bytes, sizes);
          assert.deepEqual(masked, slowly(bytes, secrets));
          for (const secret of secrets) assert.equal(masked.includes(secret), false);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('gives the same for a text as for a stream', () => {
    fc.assert(
      fc.property(secretText, fc.string(), fc.string(), (secret, before, after) => {
        const text = Buffer.from(`${before}${secret}${after}`).toString();
        const redactor = one(secret);
        assert.equal(redactor.text(text), inChunks(redactor, Buffer.from(text), [3]).toString());
        assert.ok(!redactor.text(text).includes(secret));
      }),
    );
  });

  const secret = 'p@ss "w0rd"/ü';
  for (const [what, shown] of [
    ['as it is', secret],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in JSON of ASCII only', String.raw`p@ss \"w0rd\"/\u00fc`],
    ['in a URL', encodeURIComponent(secret)],
    ['in a URL with small digits', encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
    ['in a form', 'p%40ss+%22w0rd%22%2F%C3%BC'],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['in base64', Buffer.from(secret).toString('base64')],
  ] as const) {
    it(`masks a secret ${what}`, () => {
      assert.equal(one(secret).text(`[${shown}]`), `[${MASK}]`);
    });
  }

  it('masks the password inside the base64 of a basic authorization header, whatever stands before and after it', () => {
    const redactor = one('tr0ub4dor&3');
    for (const user of ['a', 'ab', 'abc', 'abcd']) {
      const header = Buffer.from(`${user}:tr0ub4dor&3:tail`).toString('base64');
      const masked = redactor.text(`Authorization: Basic ${header}`);
      assert.ok(masked.includes(MASK), masked);
      assert.ok(!Buffer.from(masked.replaceAll('*', ''), 'base64').toString().includes('ub4dor'));
    }
  });

  it('masks each line of a key of several lines, and the lines that base64 breaks it into', () => {
    const body = Array.from(
      { length: 12 },
      (_, line) => `${String.fromCharCode(97 + line)}Zk3vQ9xRt8mN2pLw7yBc5dFg1hJk4sA6eUi0oTrWqXzCvB`,
    );
    const key = `-----BEGIN PRIVATE KEY-----\n${body.join('\n')}\n-----END PRIVATE KEY-----\n`;
    const redactor = one(key);
    assert.equal(redactor.text(`line: ${body[3]!}\r\n`), `line: ${MASK}\r\n`);
    const wrapped = (
      Buffer.from(key)
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    ).join('\n');
    // A last line of less than eight characters tells too little to be worth the false alarms.
    assert.match(redactor.text(wrapped), /^[*\n]+(\n.{1,7})?$/);
    assert.equal(redactor.text('-----BEGIN PRIVATE KEY-----'), '-----BEGIN PRIVATE KEY-----');
  });

  it('masks overlapping secrets as one, so that the longer one leaves no rest', () => {
    const redactor = makeRedactor([
      { name: 'A', value: 'hunter' },
      { name: 'B', value: 'terminal-velocity' },
    ]);
    assert.equal(redactor.text('>hunterminal-velocity<'), `>${MASK}<`);
  });

  it('says which secrets are too short or too common, and leaves those alone', () => {
    const redactor = makeRedactor(
      ['abc', 'true', '8080', '', 'NULL', '3.14', 'long enough'].map((value) => ({ name: value, value })),
    );
    assert.deepEqual(redactor.tooShort, ['abc', 'true', '8080', '', 'NULL', '3.14']);
    assert.equal(redactor.text('abc true 8080 long enough'), `abc true 8080 ${MASK}`);
  });

  it('shows a line at once where its end cannot be the beginning of a secret', () => {
    const stream = one('s3cr3t-value').stream();
    assert.equal(stream.push(Buffer.from('Deploying to production\n')).toString(), 'Deploying to production\n');
    assert.equal(stream.push(Buffer.from('token s3cr')).toString(), 'token ');
    assert.equal(stream.push(Buffer.from('3t-value!')).toString(), `${MASK}!`);
    assert.equal(stream.push(Buffer.from('again s3c')).toString(), 'again ');
    assert.equal(stream.end().toString(), 's3c');
  });

  it('hands bytes through untouched, without a copy, where there is nothing to mask', () => {
    const chunk = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a]);
    assert.equal(makeRedactor([]).stream().push(chunk), chunk);
    assert.equal(one('s3cr3t').stream().push(chunk).buffer, chunk.buffer);
  });
});
