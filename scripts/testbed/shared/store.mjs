// Where the test bed keeps what is costly to make (binaries, unpacked packages) and what runs just now (certificates, data, logs).
// All of it lies outside the checkout, so that a fresh clone finds it again: CODE_TESTBED, or ~/.cache/code-testbed.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const store = process.env.CODE_TESTBED || join(homedir(), '.cache', 'code-testbed');

/** A folder of the store, made where it is not there. */
export function folder(...parts) {
  const path = join(store, ...parts);
  mkdirSync(path, { recursive: true });
  return path;
}

export function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Writes by a rename, so that a reader never sees half a file. */
export function writeJson(file, value) {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Messages go to standard error: standard output holds what a caller reads (a path, a JSON object). */
export const say = (line) => console.error(`testbed: ${line}`);
