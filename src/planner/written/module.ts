/**
 * Files of an OpenTofu module that a model wrote: they describe resources, run nothing, fetch nothing, and keep no state of their own.
 * What is refused is looked for in the text, where a keyword cannot be spelled in any other way; the parser, which is large and not
 * everywhere, only says whether it is HCL at all.
 */
import { err, ok, type Result } from '../../core/result.ts';
import type { HclParser } from '../evaluate/hcl-parser.ts';
import { undeclared } from '../evaluate/hcl-references.ts';
import type { PlannedFile } from '../plan.ts';
import { isPlainSecret } from './danger.ts';
import type { Written, WrittenFile } from './written.ts';

const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/\bprovisioner\b\s*"?[\w-]*"?\s*\{/, 'a provisioner runs commands when the module is applied; describe the resource instead'],
  [/\bdata\s+"?(?:external|http)"?\s+"?[\w-]+"?\s*\{/, 'a data source that runs programs or reads addresses reaches out when a plan is made; leave it out'],
  [/\b(?:backend\s+"?[\w-]+"?|cloud)\s*\{/, 'where the state is kept is for the person to say; leave the backend out'],
]; // prettier-ignore

/** @param parse nothing where the parser is not at hand */
export async function readModule(
  files: readonly WrittenFile[],
  others: readonly PlannedFile[],
  parse: HclParser | undefined,
): Promise<Result<Written, string>> {
  let count = 0;
  for (const { path, text } of files) {
    const broken = await parse?.(path, text).then(
      () => undefined,
      (error: unknown) => String(error instanceof Error ? error.message : error).slice(0, 300),
    );
    const fault = broken ?? faultOf(text.replace(/^\s*(?:#|\/\/).*$/gm, ''));
    if (fault !== undefined) return err(`${path}: ${fault}`);
    count += text.match(/^\s*resource\s+"/gm)?.length ?? 0;
  }
  const whole = [...others.filter((f) => f.path.startsWith('infra/')), ...files].map((f) => f.text).join('\n');
  const [missing] = undeclared(whole);
  if (missing !== undefined) return err(`infra: ${missing}`);
  const notes =
    parse === undefined ? ['Whether the module is well formed is seen by `tofu validate`, not before.'] : [];
  return ok({ secrets: [], notes, count });
}

function faultOf(text: string): string | undefined {
  const refused = REFUSED.find(([words]) => words.test(text));
  if (refused !== undefined) return refused[1];
  for (const [, name, body] of text.matchAll(/\bmodule\s+"?([\w-]+)"?\s*\{([^}]*)/g)) {
    const source = /\bsource\s*=\s*"([^"]*)"/.exec(body ?? '')?.[1] ?? '';
    if (!/^\.\.?\//.test(source))
      return `module "${name ?? ''}" comes from elsewhere (${source.slice(0, 80)}); write the resources themselves`;
  }
  for (const [, name = '', value] of text.matchAll(/(?:^|[\s{,])"?([\w-]+)"?\s*[=:]\s*"([^"\n]*)"/g))
    if (isPlainSecret(name, value))
      return `${name} holds its value in plain words; make it a variable that is sensitive`;
  return undefined;
}
