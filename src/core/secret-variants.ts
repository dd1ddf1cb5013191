/** The ways in which a secret's value shows up in what programs print: as it is, and in the encodings that tools apply on the way. */

/** Too short or too common to be masked without spoiling a log: masking `1` or `true` hides everything and protects nothing. */
export function isTrivial(value: string): boolean {
  return (
    Buffer.byteLength(value) < 4 ||
    /^(true|false|null|none|undefined|yes|no|on|off)$/i.test(value) ||
    /^-?\d{1,5}(\.\d{1,3})?$/.test(value) ||
    /^\*+$/.test(value)
  );
}

/** Every text whose bytes must not appear where `value` is secret; without duplicates, none shorter than four bytes. */
export function variantsOf(value: string): Set<string> {
  const variants = new Set<string>();
  const whole = value.trim();
  for (const plain of new Set([value, whole])) {
    variants.add(plain);
    for (const make of [json, url, shell, xml]) for (const text of make(plain)) variants.add(text);
  }
  for (const text of encoded(Buffer.from(value))) variants.add(text);
  for (const text of encoded(Buffer.from(whole))) variants.add(text);
  for (const line of linesOf(value)) for (const text of [line, ...json(line)]) variants.add(text);
  for (const text of variants) if (Buffer.byteLength(text) < 4) variants.delete(text);
  return variants;
}

/** The lines of a value of several lines, for what prints them one by one; frame lines of a key tell nothing. */
function linesOf(value: string): string[] {
  const lines = value.split(/\r\n|\r|\n/);
  if (lines.length === 1) return [];
  return lines
    .map((line) => line.trim())
    .filter((line) => line.length >= 8 && !line.startsWith('-----') && !isTrivial(line));
}

/** As the inside of a JSON string: plain, with `/` escaped, ASCII only (Python), safe for HTML (Go), and JSON within JSON. */
function json(value: string): string[] {
  const inside = (text: string): string => JSON.stringify(text).slice(1, -1);
  const once = inside(value);
  const unicode = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const ascii = once.replace(/[\u007f-\uffff]/g, unicode);
  const html = once.replace(/[<>&\u2028\u2029]/g, unicode);
  return [once, once.replaceAll('/', '\\/'), ascii, html, inside(once)];
}

/** Percent-encoded: by the strict and the lenient rules, as a form field, with upper and lower hexadecimal digits. */
function url(value: string): string[] {
  const well = Buffer.from(value).toString();
  const component = encodeURIComponent(well);
  const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  const strict = component.replace(/[!'()*]/g, percent);
  const form = new URLSearchParams([['', well]]).toString().slice(1);
  const all = [component, strict, form, encodeURI(well)];
  return [...all, ...all.map((text) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

/** Inside single quotes, as `set -x` and tools that echo their command print it. */
const shell = (value: string): string[] => [value.replaceAll("'", "'\\''"), value.replaceAll("'", `'"'"'`)];

const xml = (value: string): string[] => {
  const escaped = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [
    escaped,
    escaped.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
    escaped.replaceAll('"', '&#34;').replaceAll("'", '&#39;'),
  ];
};

/** Base64 in its forms, and hexadecimal. */
function encoded(bytes: Buffer): Set<string> {
  const hex = bytes.toString('hex');
  const found = new Set([hex, hex.toUpperCase()]);
  const standard = [bytes.toString('base64'), ...innerBase64(bytes), ...wrappedBase64(bytes)];
  for (const text of standard) {
    for (const form of [text, text.replace(/=+$/, '')]) {
      found.add(form);
      found.add(form.replaceAll('+', '-').replaceAll('/', '_'));
    }
  }
  return found;
}

/**
 * What of the base64 text of a longer message depends on these bytes alone, wherever in the message they begin: three alignments.
 * Below six characters a chance hit is too likely, and a value that short has nothing but its exact encoding.
 */
function innerBase64(bytes: Buffer): string[] {
  return [0, 1, 2]
    .map((before) => {
      const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
      return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    })
    .filter((core) => core.length >= 6);
}

/** The lines that `base64` (76 columns) and OpenSSL (64) break a long value into. */
function wrappedBase64(bytes: Buffer): string[] {
  const text = bytes.toString('base64');
  return [64, 76]
    .filter((width) => text.length > width)
    .flatMap((width) => text.match(new RegExp(`.{1,${width}}`, 'g')) ?? [])
    .filter((line) => line.length >= 8);
}
