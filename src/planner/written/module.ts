/** Files of an OpenTofu module that a model wrote: they describe resources, run nothing, fetch nothing, and keep no state of their own. */
import { err, ok, type Result } from '../../core/result.ts';
import type { HclParser } from '../evaluate/hcl-parser.ts';
import { undeclared } from '../evaluate/hcl-references.ts';
import { isRecord } from '../evaluate/strict.ts';
import type { PlannedFile } from '../plan.ts';
import { isPlainSecret } from './danger.ts';
import type { Written, WrittenFile } from './written.ts';

/** Data sources that run programs or read addresses when a plan is made. */
const REACHING = ['external', 'http'];

export async function readModule(
  files: readonly WrittenFile[],
  others: readonly PlannedFile[],
  parse: HclParser,
): Promise<Result<Written, string>> {
  let count = 0;
  for (const { path, text } of files) {
    let module: Record<string, unknown>;
    try {
      module = await parse(path, text);
    } catch (error) {
      return err(`${path}: ${String(error instanceof Error ? error.message : error).slice(0, 300)}`);
    }
    const fault = faultOf(module);
    if (fault !== undefined) return err(`${path}: ${fault}`);
    const resources = isRecord(module['resource']) ? Object.values(module['resource']) : [];
    count += resources.reduce<number>((sum, named) => sum + (isRecord(named) ? Object.keys(named).length : 0), 0);
  }
  const whole = [...others.filter((f) => f.path.startsWith('infra/')), ...files].map((f) => f.text).join('\n');
  const [missing] = undeclared(whole);
  if (missing !== undefined) return err(`infra: ${missing}`);
  return ok({ secrets: [], notes: [], count });
}

function faultOf(module: Record<string, unknown>): string | undefined {
  if (reaches(module, 'provisioner'))
    return 'a provisioner runs commands when the module is applied; describe the resource instead';
  const data = isRecord(module['data']) ? module['data'] : {};
  const reaching = REACHING.find((type) => data[type] !== undefined);
  if (reaching !== undefined) return `data "${reaching}" reaches out when a plan is made; leave it out`;
  if (reaches(module['terraform'], 'backend') || reaches(module['terraform'], 'cloud'))
    return 'where the state is kept is for the person to say; leave the backend out';
  for (const [name, blocks] of Object.entries(isRecord(module['module']) ? module['module'] : {}))
    for (const block of Array.isArray(blocks) ? (blocks as unknown[]) : [blocks])
      if (isRecord(block) && !/^\.\.?\//.test(String(block['source'])))
        return `module "${name}" comes from elsewhere (${String(block['source']).slice(0, 80)}); write the resources themselves`;
  return credentialIn(module);
}

const reaches = (value: unknown, key: string): boolean => {
  if (Array.isArray(value)) return value.some((inner) => reaches(inner, key));
  return isRecord(value) && (value[key] !== undefined || Object.values(value).some((inner) => reaches(inner, key)));
};

function credentialIn(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(credentialIn).find((found) => found !== undefined);
  if (!isRecord(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (isPlainSecret(key, inner)) return `${key} holds its value in plain words; make it a variable that is sensitive`;
    const below = credentialIn(inner);
    if (below !== undefined) return below;
  }
  return undefined;
}
