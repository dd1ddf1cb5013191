/** `deploy --show-context`: every file that a model would be sent, its tokens and what was taken out, and the bytes themselves. */
import { gatherFacts } from '../planner/context/workspace.ts';
import { packContext, scanRequest } from '../planner/context/pack.ts';
import { EXIT, type Io } from './io.ts';

/** Tokens of context that a request carries at most. */
export const CONTEXT_BUDGET = 12_000;

export function showContext(description: string, options: { readonly json?: true }, io: Io): number {
  const facts = gatherFacts(io.cwd);
  const packed = packContext(io.cwd, facts, description, CONTEXT_BUDGET);
  const blocked = scanRequest(packed.text);
  if (options.json === true) {
    io.out.write(
      `${JSON.stringify({ tokens: packed.tokens, budget: CONTEXT_BUDGET, blocked: blocked ?? null, files: packed.files.map(({ text: _text, ...f }) => f), text: packed.text })}\n`,
    );
    return EXIT.held;
  }
  for (const f of packed.files)
    io.out.write(
      `${f.sent ? 'sent    ' : 'left out'} ${String(f.tokens).padStart(6)} tokens  ${f.path}${f.redactions.length === 0 ? '' : `  (${f.redactions.length} taken out: ${[...new Set(f.redactions)].join(', ')})`}${f.why === undefined ? '' : `  (${f.why})`}\n`,
    );
  io.out.write(
    `${packed.tokens} of at most ${CONTEXT_BUDGET} tokens; the description and the catalogue's names come on top. Nothing was sent.\n`,
  );
  if (blocked !== undefined) io.out.write(`It would not be sent: it still holds something like a ${blocked}.\n`);
  io.out.write(`\n${packed.text}\n`);
  return EXIT.held;
}
