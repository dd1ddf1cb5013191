/** `code-engine secure`: every scanner that fits the folder, side by side, as one report with a threshold. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Option } from 'commander';
import { failure, FailureError, must } from '../../core/failure.ts';
import type { RunHandle } from '../../engine/client.ts';
import { noFolderFor } from '../../platform/files.ts';
import { FINDING_SEVERITIES } from '../../run/findings.ts';
import { interrupted, RunFold, type RunState } from '../../run/reduce.ts';
import { collect, command, runAction } from '../command.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { localPath } from '../local-path.ts';
import { printSecure } from '../render/secure.ts';
import { findingsOfRun } from '../secure/findings.ts';
import { reportOn, sarifLog, type SecureReport } from '../secure/report.ts';
import { SCANNER_NAMES } from '../secure/scanners.ts';
import { startSecure, type Threshold } from '../secure/start.ts';
import { writeOut } from '../write-out.ts';

interface Options {
  readonly threshold: Threshold;
  readonly without: readonly string[];
  readonly sarif?: string;
  readonly json?: true;
}

export const secure: CommandFunction = (args, io) => {
  const made = command(
    'secure',
    `Run every scanner that fits a folder and is here (${SCANNER_NAMES.join(', ')}), side by side, into one report. Ends with 1 where something of the threshold or worse is found.`,
    io,
  )
    .argument('[dir]', 'the folder', '.')
    .addOption(
      new Option('--threshold <severity>', 'findings of this severity and above fail it')
        .choices([...FINDING_SEVERITIES, 'never'])
        .default('high'),
    )
    .option('--without <scanner>', 'leave this one out (may be given several times)', collect, [])
    .option('--sarif <file>', 'also write all findings to this SARIF file')
    .option('--json', 'one JSON object');
  return runAction(made, args, io, async ([dir = '.'], options: Options) => {
    const unknown = options.without.filter((name) => !SCANNER_NAMES.includes(name));
    if (unknown.length > 0)
      throw new FailureError(
        failure('usage', `There is no scanner ${unknown.join(', ')}.`, {
          next: `There are ${SCANNER_NAMES.join(', ')}.`,
        }),
      );
    const folder = path.resolve(io.cwd, localPath(dir, io.cwd));
    const report = await scan(folder, options, io);
    if (options.json === true) io.out.write(`${JSON.stringify(report)}\n`);
    else printSecure(report, io);
    return exitOf(report.status);
  });
};

async function scan(folder: string, options: Options, io: Io): Promise<SecureReport> {
  const { threshold, without } = options;
  const sarif = options.sarif === undefined ? undefined : path.resolve(io.cwd, localPath(options.sarif, io.cwd));
  // Better said before the scanners have worked than after.
  if (sarif !== undefined && !existsSync(path.dirname(sarif))) throw new FailureError(noFolderFor(sarif));
  const { handle, workspace, scanners } = await startSecure({ folder, threshold, without }, io.env);
  if (options.json !== true) {
    const ready = scanners.filter(({ status }) => status === 'ready').map(({ scanner }) => scanner);
    io.err.write(`Looking at ${folder} with ${ready.join(', ')} …\n`);
  }
  const { runId } = handle;
  const state = await toTheEnd(handle, io);
  const found = must(findingsOfRun(workspace, runId));
  const report = reportOn({ runId, scanners }, { folder, threshold }, state, found);
  if (sarif !== undefined) {
    must(writeOut(sarif, JSON.stringify(sarifLog(workspace, runId, report.scanners))));
  }
  return report;
}

/** Ctrl-C ends the scanners; what they had found by then is reported. */
async function toTheEnd(handle: RunHandle, io: Io): Promise<RunState> {
  let pressed = 0;
  const stop = io.onSignal('SIGINT', () => void handle.cancel(++pressed > 1).catch(() => undefined));
  const fold = new RunFold();
  try {
    for await (const event of handle.events()) fold.apply(event);
  } finally {
    stop();
    handle.detach();
  }
  return interrupted(fold.state);
}

function exitOf(status: SecureReport['status']): number {
  switch (status) {
    case 'passed':
      return EXIT.held;
    case 'failed':
    case 'incomplete':
      return EXIT.failed;
    case 'cancelled':
      return EXIT.cancelled;
  }
}
