/** A Compose file that a model wrote: held against the specification, nothing of the host but what the workspace holds. */
import { err, ok, type Result } from '../../core/result.ts';
import { readDocuments } from '../documents.ts';
import { checkCompose } from '../evaluate/compose-spec.ts';
import { isRecord } from '../evaluate/strict.ts';
import { dangerIn, isPlainSecret } from './danger.ts';
import type { Written, WrittenFile } from './written.ts';

const FILE = 'compose.yaml';

export function readCompose(files: readonly WrittenFile[], wish: string): Result<Written, string> {
  const file = files.find(({ path }) => path === FILE);
  if (file === undefined) return err(`files: there is no ${FILE}`);
  const read = readDocuments(file.text, '1.2');
  if (!read.ok) return err(`${FILE}: ${read.failure}`);
  const [project, ...more] = read.value;
  if (more.length > 0) return err(`${FILE}: holds more than one document`);
  if (!isRecord(project)) return err(`${FILE}: must be a map`);
  const fault = checkCompose(project)[0] ?? dangerIn(project, wish) ?? serviceFault(project, files, wish);
  if (fault !== undefined) return err(`${FILE}: ${fault}`);
  const named = [...file.text.matchAll(/(?<!\$)\$\{([A-Z][A-Z0-9_]*)(?::?\?[^}]*)?\}/g)].flatMap((m) => m[1] ?? []);
  return ok({ secrets: [...new Set(named)], notes: [] });
}

function serviceFault(
  project: Record<string, unknown>,
  files: readonly WrittenFile[],
  wish: string,
): string | undefined {
  const services = isRecord(project['services']) ? project['services'] : {};
  for (const [name, service] of Object.entries(services)) {
    if (!isRecord(service)) continue;
    const secret = environmentOf(service['environment']).find(([key, value]) => isPlainSecret(key, value));
    if (secret !== undefined)
      return `services.${name}: ${secret[0]} holds its value in plain words; write \${${secret[0]}}`;
    const outside = mountsOf(service['volumes']).find((source) => isOutside(source) && !wish.includes(source));
    if (outside !== undefined)
      return `services.${name}: ${outside} lies outside the folder, and the description does not name it; use a volume`;
  }
  const sources = [project['configs'], project['secrets']].flatMap((all) => (isRecord(all) ? Object.values(all) : []));
  for (const source of sources) {
    const path = isRecord(source) && typeof source['file'] === 'string' ? source['file'] : undefined;
    if (path !== undefined && isOutside(path)) return `${path} lies outside the folder`;
  }
  const unused = files.find(({ path }) => path !== FILE && !JSON.stringify(project).includes(path));
  return unused === undefined ? undefined : `${unused.path} is used by nothing`;
}

const isOutside = (path: string): boolean => /^(?:\/|~|[A-Za-z]:)/.test(path) || path.split('/').includes('..');

function environmentOf(value: unknown): [string, unknown][] {
  if (isRecord(value)) return Object.entries(value);
  if (!Array.isArray(value)) return [];
  return value.map((line) => {
    const [key = '', ...rest] = String(line).split('=');
    return [key, rest.join('=')];
  });
}

/** What is mounted from the host: sources that are paths, not names of volumes. */
function mountsOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((mount) => {
    if (isRecord(mount))
      return mount['type'] === 'bind' && typeof mount['source'] === 'string' ? [mount['source']] : [];
    const [source = ''] = String(mount).split(':');
    return /^[./~]/.test(source) && String(mount).includes(':') ? [source] : [];
  });
}
