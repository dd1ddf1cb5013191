#!/usr/bin/env node
/**
 * The first code that runs, and next to none: a run's supervisor starts before the command's own code is loaded, so that both load side
 * by side; and a process that this program starts of itself loads nothing that is for people.
 */
import { prepareSupervisor } from '../engine/prepare.ts';
import { keepHeapSmall, optimizeLate, translatePatternsLate } from '../engine/v8-flags.ts';

const args = process.argv.slice(2);

/** What reads, runs and watches workflows of any size; a language server or a planner may take the memory to answer sooner. */
const OF_ANY_SIZE = /^(?:run|runs|validate|preview|graph|__.+)$/;

if (OF_ANY_SIZE.test(args[0] ?? '')) keepHeapSmall(20);
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
