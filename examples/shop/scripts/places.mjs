// Where the shop keeps things on this machine, and how its tasks hand values on.
import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '..');
/** Everything that is made here: state, releases, data. */
export const home = path.join(root, '.shop');
export const stateFile = path.join(home, 'state.json');
export const dataFolder = path.join(home, 'data');

/** The release that this run makes; outside of a run one for hands. */
export const release = process.env.SHOP_RELEASE ?? 'by-hand';
export const releaseFolder = path.join(home, 'releases', release);

export function readJson(file, otherwise) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' && otherwise !== undefined) return otherwise;
    throw new Error(`${path.relative(root, file)}: ${error.message}`, { cause: error });
  }
}

/** Written beside, synced, then renamed: whoever reads sees the old file or the new one, never half of one. */
export function writeAtomically(file, text) {
  const beside = `${file}.${process.pid}`;
  const fd = openSync(beside, 'w');
  writeSync(fd, text);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(beside, file);
}

/** Gives a value to the tasks that come after. */
export function output(name, value) {
  if (process.env.CODE_OUTPUT) appendFileSync(process.env.CODE_OUTPUT, `${name}=${value}\n`);
}

/** Ends with a message instead of a stack. */
export function orFail(work) {
  return work().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
