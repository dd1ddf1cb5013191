/**
 * Warm shells. Starting a shell for every short task is most of what a task costs; a bash that is already there forks a subshell for
 * it in a fraction of the time. The subshell is as separate as a process of its own: with job control on (`set -m`) bash gives each
 * a process group of its own, it has its own environment, working directory and output files, and nothing that it does to itself
 * (cd, set, exit, a syntax error) reaches the next.
 *
 * Two things a subshell cannot give: `$$` is the parent's, and what a text puts into the background or traps is entangled with the
 * parent's job table. A text that shows any of these gets a fresh shell (`isPlain`), with the same guarantees.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cgroupCounter, makeCgroup, removeCgroup } from './cgroups.ts';
import { host } from './host.ts';
import { MARKER, type Tree } from './processes.ts';
import { endedFrom, SIGNALS, type Ended, type Running } from './spawn.ts';

export interface ShellRequest {
  readonly script: string;
  /** Added to the environment that the pool was made with. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly marker: string;
  /** A file that takes the exit status where there is nobody left to tell it; not written where it is there already. */
  readonly record: string;
}

interface Worker {
  readonly child: ChildProcess;
  readonly cgroup: string | undefined;
  readonly processes: ReturnType<typeof cgroupCounter> | undefined;
  current:
    { request: ShellRequest; onPid: (pid: number | undefined) => void; onEnd: (ended: Ended) => void } | undefined;
  rest: string;
}

/** May the text run in a subshell of a warm shell? Conservative: a false no costs a millisecond. */
export function isPlain(script: string): boolean {
  if (script.length > 65_536 || script.includes('\0')) return false; // bash reads no NUL, and would wait for its length
  return !/\$\$|\$\{?(PPID|BASHPID|SHLVL|BASH_SUBSHELL)|(^|[^&>|])&([^&>]|$)|\b(trap|exec|coproc|disown|nohup|setsid|jobs|fg|bg|wait|kill|suspend|logout|set)\b/.test(
    script,
  );
}

/** The bash to use, found once: version 5 or later (`wait -f`), or `undefined` where there is none such. */
export function findBash(): string | undefined {
  if (host().os === 'windows') return undefined;
  if (bash === null) {
    const shown = spawnSync('bash', ['--noprofile', '--norc', '-c', 'echo "$BASH $BASH_VERSINFO"'], {
      encoding: 'utf8',
    });
    const [path, major] = (shown.status === 0 ? shown.stdout : '').trim().split(' ');
    bash = path !== undefined && Number(major) >= 5 ? path : undefined;
  }
  return bash;
}
let bash: string | undefined | null = null;

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/**
 * The subshell runs in the foreground: in the background bash can lose the record of one that ends at once, and `wait -f` then never
 * returns. But a foreground job that is *stopped* returns too, as 128 + the signal; it is waited for until it has really ended. Meanwhile
 * nothing is forked, since bash then forgets a job that has ended before it was asked how: the pause is a read from the channel, where
 * nothing ever comes (at the end of a supervisor it is closed, and a read no pause). 127: there is no such job, it had ended with that code.
 */
const AFTER_STOP =
  'case $__r in 14[5-9]|150)while :;do wait %%;__w=$?;case $__w in 14[5-9]|150)read -t 0.05 -u 1 __x;[ $? -gt 128 ]||sleep 0.05;;127)break;;*)__r=$__w;break;;esac;done;;esac';

/**
 * What a warm shell does: reads a length of eight digits, then so many bytes, and has a subshell run them. Commands on its standard input
 * would do, but a shell reads those from a pipe byte by byte, a system call each; this takes two for any length. `read` counts bytes
 * where the locale is C, and the subshell goes back to the user's. All that is the same for every text stands here, where it is parsed
 * once. That its supervisor is gone must not end it before it has told how its text ended, so a broken pipe is caught here (and not in
 * the subshell, which begins anew); the file for that is what the text's first line says.
 */
const LOOP = [
  'set -m;trap : PIPE;LC_ALL=C',
  'while read -r -N 8 __n&&read -r -N "$((10#$__n))" __t',
  'do (eval "$__t")',
  '__r=$?',
  AFTER_STOP,
  'echo e$__r||(set -C;eval "${__t%%$\'\\n\'*}";echo $__r >"$__e")',
  'done 2>/dev/null',
].join(';');

const message = (text: string): string => `${String(Buffer.byteLength(text)).padStart(8, '0')}${text}`;

export class ShellPool {
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #bash: string;
  readonly #env: Readonly<Record<string, string>>;
  /** Gives a subshell the user's locale back. */
  readonly #locale: string;
  #made = 0;

  constructor(bashPath: string, env: Readonly<Record<string, string>>) {
    this.#bash = bashPath;
    const { BASH_ENV: _startup, ...rest } = env;
    this.#env = rest;
    this.#locale = rest['LC_ALL'] === undefined ? 'unset LC_ALL' : `LC_ALL=${quote(rest['LC_ALL'])}`;
  }

  run(request: ShellRequest): Running {
    const worker = this.#idle.pop() ?? this.#start();
    let setPid: (pid: number | undefined) => void = () => undefined;
    const pid = new Promise<number | undefined>((resolve) => (setPid = resolve));
    const tree: { -readonly [K in keyof Tree]: Tree[K] } = { marker: request.marker };
    if (worker.cgroup !== undefined) {
      tree.cgroup = worker.cgroup;
      if (worker.child.pid !== undefined) tree.spare = worker.child.pid;
    }
    const ended = new Promise<Ended>((resolve) => {
      worker.current = {
        request,
        onPid: (value) => {
          if (value !== undefined) tree.group = value;
          setPid(value);
        },
        onEnd: resolve,
      };
    });
    worker.child.stdin?.write(message(commandText(request, this.#locale)));
    return { tree, pid, ended };
  }

  /** Ends the idle shells. Those that run something end with it. */
  close(): void {
    for (const worker of this.#all) worker.child.stdin?.end();
    this.#idle.length = 0;
  }

  #start(): Worker {
    const cgroup = makeCgroup(`shell-${++this.#made}`);
    const enter = cgroup === undefined ? '' : `echo $$ >${quote(`${cgroup}/cgroup.procs`)};`;
    const child = spawn(this.#bash, ['--noprofile', '--norc', '-c', `${enter}${LOOP}`, 'bash'], {
      env: this.#env,
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    const processes = cgroup === undefined ? undefined : cgroupCounter(cgroup);
    const worker: Worker = { child, cgroup, processes, current: undefined, rest: '' };
    this.#all.add(worker);
    child.stdin.on('error', () => undefined); // its end is seen by `exit`
    child.stdout.setEncoding('latin1').on('data', (text: string) => this.#onText(worker, text));
    child.once('error', () => this.#onGone(worker));
    // A text that an interrupt ended takes its shell along, since an interrupt ends bash's loops too.
    child.once('exit', (code, signal) => this.#onGone(worker, code === null ? signal : (SIGNALS[code - 128] ?? null)));
    return worker;
  }

  #onText(worker: Worker, text: string): void {
    worker.rest += text;
    for (let end = worker.rest.indexOf('\n'); end >= 0; end = worker.rest.indexOf('\n')) {
      const line = worker.rest.slice(0, end);
      worker.rest = worker.rest.slice(end + 1);
      const value = Number(line.slice(1));
      if (line.startsWith('p')) worker.current?.onPid(value);
      else if (line.startsWith('e')) this.#onEnded(worker, value);
    }
  }

  #onEnded(worker: Worker, status: number): void {
    const current = worker.current;
    worker.current = undefined;
    // A process that the attempt left behind stays in the group; the next attempt must not be taken for it, so the shell retires.
    if ((worker.processes?.count() ?? 0) > 1) worker.child.stdin?.end();
    else this.#idle.push(worker);
    current?.onEnd(endedFrom(status));
  }

  #onGone(worker: Worker, signal: string | null = null): void {
    this.#all.delete(worker);
    worker.processes?.close();
    if (worker.cgroup !== undefined) removeCgroup(worker.cgroup);
    const idle = this.#idle.indexOf(worker);
    if (idle >= 0) this.#idle.splice(idle, 1);
    const current = worker.current;
    worker.current = undefined;
    current?.onPid(undefined);
    current?.onEnd({ kind: 'exited', exitCode: null, signal: signal ?? 'SIGKILL' });
  }
}

/** The first line is for the shell itself, should there be nobody left to tell; a newline in a path must not end it. */
function commandText({ script, env, cwd, stdout, stderr, marker, record }: ShellRequest, locale: string): string {
  const exports = Object.entries({ ...env, [MARKER]: marker }).map(([name, value]) => `${name}=${quote(value)}`);
  return [
    `__e=${quote(record).replaceAll('\n', () => String.raw`'$'\n''`)}\necho p$BASHPID;${locale}`,
    `exec </dev/null >>${quote(stdout)} 2>>${quote(stderr)}||exit 1`,
    `unset __n __t __e __r __w __x;cd ${quote(cwd)}||exit 126`,
    `export ${exports.join(' ')};set -e;eval ${quote(script)}`,
  ].join(';');
}
