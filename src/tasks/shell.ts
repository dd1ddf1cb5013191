import * as z from 'zod';
import { defineTask, path, text } from '../core/task-type.ts';

/** A command with or without a shell. The one type whose text is the user's own program. */
export const shell = defineTask({
  type: 'shell',
  aliases: ['sh', 'bash', 'command'],
  category: 'glue',
  systems: ['Shell'],
  summary: 'Run a shell text, or a program with its arguments and no shell at all.',
  licence: 'Apache-2.0',
  class: 'io',
  parameters: z
    .strictObject({
      run: text('Shell text; several lines are one script, which ends at the first command that fails.').optional(),
      command: z
        .array(z.string())
        .min(1)
        .meta({ description: 'Program and arguments, started without a shell: nothing in them is interpreted.' })
        .optional(),
      shell: text('Shell for `run`. Default: bash where there is one, else sh.').optional(),
      stdin: z.string().meta({ description: 'Text given to standard input.' }).optional(),
      script: path('file', 'A script file to run instead of `run`.').optional(),
      args: z.array(z.string()).meta({ description: 'Arguments for `script`.' }).default([]),
    })
    .refine((p) => [p.run, p.command, p.script].filter((x) => x !== undefined).length === 1, {
      error: 'give one of run, command and script',
    })
    .meta({ 'x-one-of': ['run', 'command', 'script'] }),
  // What the program writes to $CODE_OUTPUT as name=value are outputs too, so their names are not all known here.
  outputs: z.looseObject({
    stdout: z.string().meta({ description: 'Standard output without the last newline, at most 64 KiB.' }),
  }),
  examples: [
    { title: 'A line of shell', with: { run: 'make release' } },
    { title: 'A script of the repository', with: { script: 'scripts/migrate.sh', args: ['--to', 'latest'] } },
    { title: 'A program without a shell', with: { command: ['rsync', '-a', 'dist/', '/srv/www/'] } },
  ],
  execution: {
    kind: 'command',
    command(p) {
      const stdin = p.stdin === undefined ? {} : { stdin: p.stdin };
      if (p.command !== undefined) {
        const [program = '', ...args] = p.command;
        return { kind: 'argv', program, args, ...stdin };
      }
      if (p.script !== undefined)
        return { kind: 'argv', program: p.shell ?? 'bash', args: [p.script, ...p.args], ...stdin };
      return { kind: 'script', text: p.run ?? '', ...(p.shell === undefined ? {} : { shell: p.shell }), ...stdin };
    },
    parse: ({ stdout }) => ({ ok: true, value: { stdout: stdout.slice(0, 65_536).replace(/\r?\n$/, '') } }),
  },
});
