/** `code-engine mcp`: a Model Context Protocol server over standard input and output. It ends with its client. */
import { command, runAction } from '../command.ts';
import { EXIT, type CommandFunction } from '../io.ts';
import { version } from '../version.ts';

export const mcp: CommandFunction = (args, io) => {
  const made = command(
    'mcp',
    'A Model Context Protocol server over standard input and output, for Claude Code and other clients.',
    io,
  ).addHelpText(
    'after',
    '\nIt validates, plans, previews, explains and reads runs. A run that a model asks for waits for a person.\nClaude Code finds it by .mcp.json, which `code-engine init` writes.',
  );
  return runAction(made, args, io, async () => {
    const [{ mcpServer }, { StdioServerTransport }] = await Promise.all([
      import('../mcp/server.ts'),
      import('@modelcontextprotocol/sdk/server/stdio.js'),
    ]);
    const server = mcpServer(io, version);
    const closed = new Promise<void>((resolve) => {
      server.server.onclose = resolve;
      io.stdin.once('end', resolve).once('close', resolve);
    });
    await server.connect(new StdioServerTransport());
    await closed;
    await server.close();
    return EXIT.held;
  });
};
