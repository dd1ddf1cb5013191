/** Reads from the system's keychain through the command that it comes with. Values go over a pipe; nothing secret is an argument. */
import { execFile } from 'node:child_process';
import { errnoOf } from '../core/failure.ts';

const SERVICE = 'code-engine';
/** A locked keyring without a screen to ask on would otherwise wait for ever. */
const TIMEOUT_MS = 10_000;

interface KeychainCommand {
  readonly program: string;
  readonly lookup: (name: string) => readonly string[];
  /** What a person types to store a value; it asks for the value. */
  readonly store: (name: string) => string;
}

/** The first that is installed is used: libsecret's on Linux, Apple's on macOS. */
const COMMANDS: readonly KeychainCommand[] = [
  {
    program: 'secret-tool',
    lookup: (name) => ['lookup', 'service', SERVICE, 'name', name],
    store: (name) => `secret-tool store --label="${SERVICE} ${name}" service ${SERVICE} name ${name}`,
  },
  {
    program: 'security',
    lookup: (name) => ['find-generic-password', '-s', SERVICE, '-a', name, '-w'],
    store: (name) => `security add-generic-password -s ${SERVICE} -a ${name} -w`,
  },
];

export interface KeychainLookup {
  readonly value?: string;
  /** How to store one, where there is a keychain. */
  readonly howToStore?: string;
}

/** @param env where the command is looked for (`PATH`), and what it needs to find the session's keyring */
export async function lookUpInKeychain(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<KeychainLookup> {
  for (const command of COMMANDS) {
    const answer = await ask(command, name, env, signal);
    if (!answer.installed) continue;
    const howToStore = command.store(name);
    return answer.value === undefined ? { howToStore } : { value: answer.value, howToStore };
  }
  return {};
}

interface Answer {
  readonly installed: boolean;
  readonly value?: string;
}

function ask(
  { program, lookup }: KeychainCommand,
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  return new Promise((resolve) => {
    const options = { env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' as const, maxBuffer: 1 << 20, windowsHide: true };
    const child = execFile(
      program,
      [...lookup(name)],
      signal === undefined ? options : { ...options, signal },
      (error, stdout) => {
        if (errnoOf(error) === 'ENOENT') resolve({ installed: false });
        else if (error !== null || stdout === '') resolve({ installed: true });
        else resolve({ installed: true, value: stdout.replace(/\r?\n$/, '') });
      },
    );
    child.stdin?.end();
  });
}
