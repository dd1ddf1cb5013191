/**
 * Everything that can be wrong with WSL, as one union, each with what happened and what to do next. `wsl.exe` prints an error code
 * that no translation touches (`Wsl/Service/WSL_E_DISTRO_NOT_FOUND`, wslservice.idl of https://github.com/microsoft/WSL); the
 * codes decide, its sentences are kept as detail only.
 */
import { failure, type Failure, type FailureKind } from '../core/failure.ts';

export type WslTrouble =
  /** There is no wsl.exe: an old Windows, or this is not Windows. */
  | { readonly kind: 'no-wsl' }
  /** wsl.exe is there, but only to say how to install the rest. */
  | { readonly kind: 'not-installed'; readonly detail?: string }
  | { readonly kind: 'no-virtual-machine'; readonly detail?: string }
  | { readonly kind: 'no-distro' }
  /** Only distributions that a container product made for itself. */
  | { readonly kind: 'only-utility'; readonly names: readonly string[] }
  | { readonly kind: 'distro-not-found'; readonly distro: string; readonly known: readonly string[] }
  /** Being installed, removed, converted or exported. */
  | { readonly kind: 'distro-busy'; readonly distro: string; readonly state: string }
  | { readonly kind: 'bad-name'; readonly distro: string }
  | { readonly kind: 'hangs'; readonly afterMs: number; readonly what: string }
  | { readonly kind: 'no-folder'; readonly distro: string; readonly folder: string }
  | { readonly kind: 'no-interop' }
  | { readonly kind: 'no-automount'; readonly distro: string; readonly path: string }
  | { readonly kind: 'no-node'; readonly distro: string }
  | { readonly kind: 'disk-full'; readonly distro: string; readonly folder: string }
  /** The machine slept, or wsl --shutdown ran: the connection is gone, runs in the distribution are to be looked up again. */
  | { readonly kind: 'connection-lost'; readonly distro: string; readonly detail?: string }
  | { readonly kind: 'damaged'; readonly distro: string; readonly detail: string }
  | { readonly kind: 'other'; readonly detail: string };

type Words = readonly [kind: FailureKind, message: string, next: string];

/** For people: what happened, and the next action. */
export function explainTrouble(trouble: WslTrouble): Failure {
  const [kind, message, next] = (WORDS[trouble.kind] as (trouble: WslTrouble) => Words)(trouble);
  const detail = 'detail' in trouble ? trouble.detail : undefined;
  return failure(kind, message, { next, ...(detail === undefined ? {} : { detail }) });
}

const WORDS: { readonly [K in WslTrouble['kind']]: (trouble: Extract<WslTrouble, { kind: K }>) => Words } = {
  'no-wsl': () => [
    'missing',
    'There is no WSL here: wsl.exe was not found.',
    'On Windows 10 2004 or later run "wsl --install" as administrator.',
  ],
  'not-installed': () => [
    'missing',
    'WSL is not installed yet; Windows has only its installer.',
    'Run "wsl --install" as administrator, then restart Windows.',
  ],
  'no-virtual-machine': () => [
    'missing',
    'WSL 2 cannot start its virtual machine.',
    'Turn on virtualization in the firmware, run "wsl --install --no-distribution" as administrator, and restart Windows.',
  ],
  'no-distro': () => ['missing', 'WSL has no distribution yet.', 'Run "wsl --install -d Ubuntu".'],
  'only-utility': (t) => [
    'missing',
    `WSL has only distributions of container products (${t.names.join(', ')}).`,
    'Run "wsl --install -d Ubuntu" for one to work in.',
  ],
  'distro-not-found': (t) => [
    'missing',
    `WSL has no distribution ${t.distro}.`,
    t.known.length > 0 ? `There is ${t.known.join(', ')}.` : 'Run "wsl --install -d Ubuntu".',
  ],
  'distro-busy': (t) => [
    'conflict',
    `The distribution ${t.distro} is busy (${t.state.toLowerCase()}).`,
    'Wait until "wsl --list --verbose" says Stopped or Running, then try again.',
  ],
  'bad-name': (t) => [
    'usage',
    `${JSON.stringify(t.distro)} cannot be given to wsl.exe as the name of a distribution.`,
    'Names have letters, digits, dots, dashes and underscores ("wsl --list" shows them); one with another name gets a new one by "wsl --export" and "wsl --import".',
  ],
  hangs: (t) => [
    'timeout',
    `wsl.exe did not answer for ${String(Math.round(t.afterMs / 1000))} s (${t.what}).`,
    'Run "wsl --shutdown" and try again; if it hangs again, restart Windows.',
  ],
  'no-folder': (t) => [
    'missing',
    `The folder ${t.folder} is not in ${t.distro}.`,
    'Check the path; "code-engine path --to wsl" converts a Windows path.',
  ],
  'no-interop': () => [
    'denied',
    'Windows programs cannot be started from this distribution.',
    'Set "enabled = true" under [interop] in /etc/wsl.conf, then run "wsl --shutdown" on Windows.',
  ],
  'no-automount': (t) => [
    'missing',
    `The drive of ${t.path} is not mounted in ${t.distro}.`,
    'Set "enabled = true" under [automount] in /etc/wsl.conf and run "wsl --shutdown", or keep the folder inside the distribution.',
  ],
  'no-node': (t) => [
    'missing',
    `There is no Node 20 or later in ${t.distro}, and no VS Code server to borrow one from.`,
    'Run "code-engine wsl setup --apply", or open the folder once with Remote-WSL.',
  ],
  'disk-full': (t) => [
    'no-space',
    `The disk of ${t.distro} is full; nothing could be written to ${t.folder}.`,
    'Free some space there and try again.',
  ],
  'connection-lost': (t) => [
    'unreachable',
    `The connection to ${t.distro} was lost.`,
    'Runs go on inside as long as WSL does: "code-engine runs list" shows how they stand.',
  ],
  damaged: (t) => [
    'io',
    `The distribution ${t.distro} does not start.`,
    'Run "wsl --shutdown" and try again; "wsl --export" saves its files.',
  ],
  other: () => ['tool', 'wsl.exe failed.', 'Run the same with "wsl --status" to see more.'],
};

/** Error codes and what they mean for us; HRESULTs for builds that had no names yet. */
const CODES: readonly (readonly [pattern: RegExp, make: (distro: string, detail: string) => WslTrouble])[] = [
  [/WSL_E_DEFAULT_DISTRO_NOT_FOUND|0x80040301/i, () => ({ kind: 'no-distro' })],
  [/WSL_E_DISTRO_NOT_FOUND|0x80040302|0x80070490/i, (distro) => ({ kind: 'distro-not-found', distro, known: [] })],
  [
    /WSL_E_DISTRO_NOT_STOPPED|0x8004030c|ERROR_SHARING_VIOLATION/i,
    (distro) => ({ kind: 'distro-busy', distro, state: 'in use' }),
  ],
  [/WSL_E_WSL_OPTIONAL_COMPONENT_REQUIRED|0x80040321|0x8007019e/i, (_d, detail) => ({ kind: 'not-installed', detail })],
  [
    /WSL_E_VIRTUAL_MACHINE_PLATFORM_REQUIRED|HCS_E_HYPERV_NOT_INSTALLED|HCS_E_SERVICE_NOT_AVAILABLE|0x8004032d|0x80370102|0x80370114/i,
    (_d, detail) => ({ kind: 'no-virtual-machine', detail }),
  ],
  [
    /WSL_E_DISK_CORRUPTED|0x8004032f|ERROR_FILE_NOT_FOUND|ERROR_PATH_NOT_FOUND/i,
    (distro, detail) => ({ kind: 'damaged', distro, detail }),
  ],
  [
    /WSL_E_VM_CRASHED|HCS_E_CONNECTION_TIMEOUT|HCS_E_TERMINATED|0x80040332/i,
    (distro, detail) => ({ kind: 'connection-lost', distro, detail }),
  ],
  [/ERROR_DISK_FULL|0x80070070/i, (distro) => ({ kind: 'disk-full', distro, folder: 'the virtual disk' })],
];

/**
 * What wsl.exe itself (not a program inside) says went wrong.
 * @param text its decoded output
 * @returns `undefined` where nothing in it is an error of wsl.exe
 */
export function troubleIn(text: string, distro: string): WslTrouble | undefined {
  const detail = text.trim().slice(0, 2000);
  for (const [pattern, make] of CODES) if (pattern.test(text)) return make(distro, detail);
  // Builds without codes: the links and options in their texts are the same in every language.
  if (/aka\.ms\/wslstore/i.test(text)) return { kind: 'no-distro' };
  if (/--install\b|aka\.ms\/wslinstall/i.test(text)) return { kind: 'not-installed', detail };
  return /\bWsl\/\S+|E_[A-Z_]{4,}|0x8[0-9a-f]{7}/i.test(text) ? { kind: 'other', detail } : undefined;
}
