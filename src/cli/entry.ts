#!/usr/bin/env node
/**
 * The first code that runs, and next to none: a run's supervisor starts before the command's own code is loaded, so that both load side
 * by side; and a process that this program starts of itself loads nothing that is for people.
 */
import { statSync } from 'node:fs';
import { prepareSupervisor } from '../engine/prepare.ts';
import { keepHeapSmall, optimizeLate, translatePatternsLate } from '../engine/v8-flags.ts';

const args = process.argv.slice(2);

/** What reads, runs and watches workflows of any size; a language server or a planner may take the memory to answer sooner. */
const OF_ANY_SIZE = /^(?:run|runs|validate|preview|graph|__.+)$/;

/** Ten thousand tasks are about one megabyte. */
const HUGE_BYTES = 8 * 1024 * 1024;

/** A file with so much to keep that looking for garbage early takes nearly all of the time: minutes for fifty megabytes, not seconds. */
function isHuge(file: string): boolean {
  try {
    return statSync(file).size > HUGE_BYTES;
  } catch {
    return false; // an option, a run, or no file: told by the command
  }
}

if (OF_ANY_SIZE.test(args[0] ?? '') && !args.slice(1).some(isHuge)) keepHeapSmall(20);
if (args[0] === 'run' || args[0] === '__supervise') optimizeLate();
if (args[0] === 'deploy' || args[0] === 'plan') translatePatternsLate();

/** Whether the arguments are those of a run on this machine. One that turns out to be none costs a process that ends at once. */
const isLocalRun = args[0] === 'run' && !args.some((arg) => arg === '--help' || arg === '-h' || arg.startsWith('--on'));

if (args[0]?.startsWith('__') === true) {
  const { internal } = await import('./commands/internal.ts');
  process.exitCode = await internal(args);
} else {
  const supervisor = isLocalRun ? prepareSupervisor(process.env) : undefined;
  const { commandLine } = await import('./main.ts');
  process.exitCode = await commandLine(args, supervisor);
  if (supervisor?.told === false) supervisor.discard();
}
