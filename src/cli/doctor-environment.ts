/** The checks of `doctor` beyond programs: WSL, a cluster, the models that can plan. Side by side, none longer than a few seconds. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { failureText } from '../core/failure.ts';
import { isObject, parseJson } from '../core/json.ts';
import { which } from '../platform/tools.ts';
import { wslFacts, type WslFacts } from '../platform/wsl-here.ts';
import { explainTrouble } from '../platform/wsl-trouble.ts';
import type { DoctorCheck } from '../run/protocol.ts';

type Env = Readonly<Record<string, string | undefined>>;

const ANSWER_MS = 2000;

export async function environmentChecks(env: Env, cwd: string): Promise<DoctorCheck[]> {
  const checks = await Promise.all([wslChecks(cwd), clusterCheck(env), ollamaCheck(env)]);
  return [...checks.flat(), ...claudeCheck(env)];
}

async function wslChecks(cwd: string): Promise<DoctorCheck[]> {
  const facts = await wslFacts(cwd);
  return facts === undefined ? [] : checksOfWsl(facts);
}

/** @param facts of a machine where WSL plays a part */
export function checksOfWsl({ here, state, versions, slowFolder }: WslFacts): DoctorCheck[] {
  const checks: DoctorCheck[] = [];
  if (state?.kind === 'ready') {
    const version = versions?.wsl === undefined ? {} : { version: versions.wsl };
    checks.push({
      id: 'wsl',
      status: 'ok',
      group: 'wsl',
      ...version,
      hint: `${state.default.name} is the default distribution.`,
    });
  } else if (state?.trouble.kind === 'no-interop' && here !== undefined) {
    // All that runs here is Linux and needs no Windows; only what asks Windows does not work.
    const hint = `This is ${here.distro ?? 'a distribution'} on WSL ${String(here.version)}.`;
    checks.push({ id: 'wsl', status: 'ok', group: 'wsl', hint });
    checks.push({
      id: 'wsl-interop',
      status: 'missing',
      group: 'wsl',
      hint: failureText(explainTrouble(state.trouble)),
    });
  } else if (state !== undefined) {
    const trouble = explainTrouble(state.trouble);
    const status = trouble.kind === 'missing' ? 'missing' : 'broken';
    checks.push({ id: 'wsl', status, group: 'wsl', hint: failureText(trouble) });
  }
  if (here?.version === 1) {
    checks.push({
      id: 'wsl-version',
      status: 'outdated',
      group: 'wsl',
      version: '1',
      hint: 'Convert it: wsl --set-version DISTRIBUTION 2',
    });
  }
  if (slowFolder !== undefined) {
    const hint = `${slowFolder} lies on a Windows drive, which is many times slower from here. "code-engine wsl move" copies it to your Linux home.`;
    checks.push({ id: 'wsl-folder', status: 'outdated', group: 'wsl', hint });
  }
  return checks;
}

/** The cluster of the current context, asked for its version. */
async function clusterCheck(env: Env): Promise<DoctorCheck[]> {
  const check = { id: 'cluster', group: 'cluster' };
  const files = (env.KUBECONFIG ?? path.join(homedir(), '.kube', 'config'))
    .split(path.delimiter)
    .filter((file) => file !== '');
  if (!files.some((file) => existsSync(file)) && env.KUBERNETES_SERVICE_HOST === undefined) {
    const hint = `No kubeconfig (${files.join(', ')}). Start a cluster: kind create cluster, or k3s; or set KUBECONFIG.`;
    return [{ ...check, status: 'missing', hint }];
  }
  const kubectl = await which('kubectl', env);
  if (kubectl === undefined) return [];
  const answer = await ask(kubectl, ['get', '--raw', '/version', `--request-timeout=${ANSWER_MS / 1000}s`], env);
  const version = isObject(answer.value) ? answer.value.gitVersion : undefined;
  if (typeof version === 'string') return [{ ...check, status: 'ok', version }];
  return [{ ...check, status: 'broken', hint: `The cluster of the current context does not answer: ${answer.said}` }];
}

function ask(program: string, args: readonly string[], env: Env): Promise<{ value: unknown; said: string }> {
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      { timeout: 2 * ANSWER_MS, env, encoding: 'utf8', windowsHide: true },
      (error, stdout, stderr) => {
        const said = stderr.trim().split('\n').at(-1) ?? '';
        resolve({ value: parseJson(stdout), said: said === '' && error !== null ? error.message : said });
      },
    );
  });
}

/** A key is looked for, never shown, and no request is made with it: that costs money. */
function claudeCheck(env: Env): DoctorCheck[] {
  const there = env.ANTHROPIC_API_KEY !== undefined && env.ANTHROPIC_API_KEY !== '';
  const hint = there
    ? 'A key is set; nothing was asked with it.'
    : 'For planning with Claude set ANTHROPIC_API_KEY. Without it the catalogue plans, offline.';
  return [{ id: 'claude', status: there ? 'ok' : 'missing', group: 'model', hint }];
}

async function ollamaCheck(env: Env): Promise<DoctorCheck[]> {
  const check = { id: 'ollama', group: 'model' };
  const host = env.OLLAMA_HOST ?? '127.0.0.1:11434';
  const base = /^https?:\/\//.test(host) ? host : `http://${host}`;
  try {
    const answer = await fetch(new URL('/api/version', base), { signal: AbortSignal.timeout(ANSWER_MS) });
    const body: unknown = await answer.json();
    const version = isObject(body) && typeof body.version === 'string' ? { version: body.version } : {};
    return [{ ...check, status: answer.ok ? 'ok' : 'broken', ...version, hint: `It answers at ${base}.` }];
  } catch {
    return [{ ...check, status: 'missing', hint: `Nothing answers at ${base}. Get it: https://ollama.com/download` }];
  }
}
