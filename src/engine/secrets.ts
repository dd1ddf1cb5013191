/**
 * Values for the secrets that a workflow declares, from where a person has put them: handed in by the editor, the environment, a
 * private file, the system's keychain. Values stay in memory and reach tasks by environment or standard input; nothing here logs one.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { errnoOf, failure, failureFrom, type Failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { host } from '../platform/host.ts';
import { parseDotenv } from './dotenv.ts';
import { lookUpInKeychain } from './keychain.ts';

export interface SecretQuestion {
  /** As declared: `secrets: [DB_PASSWORD]`. */
  readonly names: readonly string[];
  /** From the editor's own storage; asked first. */
  readonly given?: ReadonlyMap<string, string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; `.code/secrets.env` in it is read where no other file is named. */
  readonly workspace: string;
  /** A file that was named (`--secrets-file`); it must be there. */
  readonly file?: string;
  readonly signal?: AbortSignal;
}

export type SecretSource = 'given' | 'environment' | 'file' | 'keychain';

export interface Secrets {
  readonly values: ReadonlyMap<string, string>;
  /** Where each value came from. */
  readonly sources: ReadonlyMap<string, SecretSource>;
  /** For people: a file that others of the group may read. */
  readonly warnings: readonly string[];
}

/** @returns a `missing` failure that names every secret without a value and how to give it one */
export async function resolveSecrets(question: SecretQuestion): Promise<Result<Secrets>> {
  const values = new Map<string, string>();
  const sources = new Map<string, SecretSource>();
  const warnings: string[] = [];
  const take = (name: string, value: string | undefined, source: SecretSource): void => {
    if (value === undefined || value === '' || values.has(name)) return;
    values.set(name, value);
    sources.set(name, source);
  };
  const missing = (): string[] => question.names.filter((name) => !values.has(name));

  for (const name of question.names) {
    take(name, question.given?.get(name), 'given');
    take(name, question.env[name], 'environment');
    take(name, question.env[`CODE_SECRET_${name}`], 'environment');
  }
  if (missing().length > 0 || question.file !== undefined) {
    const file = readSecretsFile(question);
    if (!file.ok) return file;
    warnings.push(...file.value.warnings);
    for (const name of missing()) take(name, file.value.values.get(name), 'file');
  }
  let howToStore: string | undefined;
  for (const name of missing()) {
    const found = await lookUpInKeychain(name, question.env, question.signal);
    take(name, found.value, 'keychain');
    howToStore ??= found.value === undefined ? found.howToStore : undefined;
  }
  const without = missing();
  return without.length === 0 ? ok({ values, sources, warnings }) : err(noValue(without, question, howToStore));
}

function noValue(
  names: readonly string[],
  { workspace, file }: SecretQuestion,
  howToStore: string | undefined,
): Failure {
  const [first = ''] = names;
  const what = names.length === 1 ? `the secret ${first}` : `the secrets ${names.join(', ')}`;
  const ways = [
    `set ${first} (or CODE_SECRET_${first}) in the environment`,
    `put a line ${first}=… into ${file ?? join(workspace, '.code', 'secrets.env')} (chmod 600)`,
    ...(howToStore === undefined ? [] : [`store it in the keychain: ${howToStore}`]),
  ];
  return failure('missing', `There is no value for ${what}.`, { next: `Do one of these: ${ways.join('; ')}.` });
}

interface SecretsFile {
  readonly values: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

function readSecretsFile({ workspace, file }: SecretQuestion): Result<SecretsFile> {
  const path = file ?? join(workspace, '.code', 'secrets.env');
  const shown = file ?? relative(workspace, path);
  let text: string;
  let mode: number;
  try {
    // A link at the conventional place could have come with the repository and lead anywhere. (Windows has no such flag: `undefined`
    // counts as zero there.)
    const descriptor = openSync(path, constants.O_RDONLY | (file === undefined ? constants.O_NOFOLLOW : 0));
    try {
      mode = fstatSync(descriptor).mode;
      text = readFileSync(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (file === undefined && errnoOf(error) === 'ENOENT') return ok({ values: new Map(), warnings: [] });
    if (errnoOf(error) === 'ELOOP')
      return err(
        failure('denied', `${shown} is a symbolic link, which is not followed.`, {
          next: 'Put a file there, or name the other one with --secrets-file.',
        }),
      );
    const failed = failureFrom(error, `read the secrets from ${shown}`);
    // A wrong name is wrong usage: nothing that is needed is missing on this machine.
    return err(failed.kind === 'missing' ? { ...failed, kind: 'usage' } : failed);
  }
  const fit = checkPrivate(shown, mode);
  if (!fit.ok) return fit;
  const values = parseDotenv(text, shown);
  return values.ok ? ok({ values: values.value, warnings: fit.value }) : values;
}

/** @returns warnings */
function checkPrivate(shown: string, mode: number): Result<string[]> {
  // Windows keeps access lists, of which these bits say nothing.
  if (host().os === 'windows') return ok([]);
  if ((mode & 0o007) !== 0) {
    return err(
      failure('denied', `Every user of this machine can read ${shown}, so it was not used.`, {
        next: `Run: chmod 600 ${shown}`,
      }),
    );
  }
  return ok((mode & 0o070) === 0 ? [] : [`Others of its group can read ${shown}; run: chmod 600 ${shown}`]);
}
