/** `code-engine lsp --stdio`: the language server, for VS Code and every other editor that speaks the protocol. */
import { command, runAction } from '../command.ts';
import { EXIT, type CommandFunction } from '../io.ts';

export const lsp: CommandFunction = (args, io) => {
  const made = command(
    'lsp',
    'The language server for workflows: the Language Server Protocol over standard input and output.',
    io,
  )
    .option('--stdio', 'talk over standard input and output (the only way there is)')
    .option(
      '--clientProcessId <id>',
      'the editor’s process, which some clients pass; its end is seen by the closed input',
    );
  return runAction(made, args, io, async () => {
    const { serveEditor } = await import('../lsp/server.ts');
    const code = (await serveEditor(io)) ? EXIT.held : EXIT.failed;
    // The protocol's library goes on watching the editor's process, which may live on without us: that is no reason to stay.
    process.exit(code);
  });
};
