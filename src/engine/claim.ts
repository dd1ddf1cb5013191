/**
 * One supervisor a run. Claims are files `owner.1`, `owner.2`, … in the run's folder, each made whole and exclusively, by hard link. Only
 * the next number may be claimed, and only once the process of the last one is dead; so of any number that try to take a run over at
 * once, one succeeds. The last file stays when a run has ended: where numbers began again, a slow claimant could share one.
 */
import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { errnoOf, failure, failureFrom } from '../core/failure.ts';
import { parseJson } from '../core/json.ts';
import type { ProcessIdentity } from '../core/process.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { RunLayout } from '../run/layout.ts';

const OWNER = /^owner\.(\d+)$/;

/** Makes this process the run's one supervisor. @param atWork whether a process that claimed it before is still there */
export function claimRun(
  { folder }: RunLayout,
  self: ProcessIdentity | undefined,
  atWork: (owner: ProcessIdentity) => boolean,
): Result<void> {
  const mine = `${folder}/.owner-${process.pid}`;
  try {
    const numbers = readdirSync(folder).flatMap((name) => Number(OWNER.exec(name)?.[1] ?? []));
    const last = Math.max(0, ...numbers);
    const owner = ownerIn(`${folder}/owner.${last}`);
    if (owner !== undefined && atWork(owner)) {
      return err(failure('conflict', `A supervisor is at work on this run (pid ${owner.pid}).`));
    }
    writeFileSync(mine, JSON.stringify(self), { mode: 0o600 });
    makeExclusively(mine, `${folder}/owner.${last + 1}`);
    for (const older of numbers) rmSync(`${folder}/owner.${older}`, { force: true });
    return ok(undefined);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') return err(failureFrom(error, `claim the run in ${folder}`));
    return err(failure('conflict', 'Another supervisor took this run over at the same moment.'));
  } finally {
    rmSync(mine, { force: true });
  }
}

/** @throws EEXIST where it is there already */
function makeExclusively(whole: string, path: string): void {
  try {
    linkSync(whole, path);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw error;
    writeFileSync(path, readFileSync(whole), { flag: 'wx', mode: 0o600 }); // a file system without hard links
  }
}

function ownerIn(path: string): ProcessIdentity | undefined {
  try {
    return parseJson(readFileSync(path, 'utf8')) as ProcessIdentity | undefined; // this program's own file
  } catch {
    return undefined;
  }
}
