/** `code-engine doctor`: which tools are there, in which version, and how to get the rest. */
import { catalogue } from '../../tasks/catalogue.ts';
import { command, runAction } from '../command.ts';
import { doctorChecks } from '../doctor.ts';
import { EXIT, type CommandFunction } from '../io.ts';
import { icon, pad, paint, row } from '../render/style.ts';

export const doctor: CommandFunction = (args, io) => {
  const made = command('doctor', 'Which tools are there, and how to get the rest.', io).option(
    '--json',
    'one JSON object',
  );
  return runAction(made, args, io, async (_positional, options: { json?: true }) => {
    const checks = await doctorChecks(catalogue, io.env, io.cwd);
    if (options.json === true) {
      io.out.write(`${JSON.stringify({ checks })}\n`);
      return EXIT.held;
    }
    const width = Math.max(...checks.map((check) => check.id.length));
    for (const check of checks) {
      const shape = icon(io, check.status === 'ok' ? 'succeeded' : check.status === 'missing' ? 'pending' : 'failed');
      const note = [check.version, check.status === 'ok' ? undefined : check.status, check.hint]
        .filter((part) => part !== undefined)
        .join('  ');
      const text = row(io, `  ${pad(check.id, width)}  `, note).slice(width + 4);
      io.out.write(`${shape} ${pad(check.id, width)}  ${check.status === 'ok' ? text : paint(io, 'dim', text)}\n`);
    }
    const there = checks.filter((check) => check.status === 'ok').length;
    io.out.write(`\n${there} of ${checks.length} are there. A workflow needs only those of its own task types.\n`);
    return EXIT.held;
  });
};
