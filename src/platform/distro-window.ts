/**
 * One window (or one command) on Windows that works in a distribution: which one, the engine inside, and the border where paths are
 * converted, all from at most two starts of `wsl.exe` (none for the list where the folder names the distribution itself).
 */
import { toWindows, toWsl, type PathContext, type PathError } from '../core/paths.ts';
import { err, ok, type Result } from '../core/result.ts';
import { parseWindowsPath } from '../core/windows-path.ts';
import { startInDistro, type EngineInside, type StartRequest } from './bridge.ts';
import type { WslTrouble } from './wsl-trouble.ts';

export interface DistroWindow {
  readonly distro: string;
  readonly engine: EngineInside;
  /** A Windows path as the engine sees it. */
  readonly toLinux: (path: string) => Result<string, PathError>;
  /** A path of the engine's as the window opens it. */
  readonly toWindows: (path: string) => Result<string, PathError>;
}

export interface WindowRequest extends Omit<StartRequest, 'distro' | 'cwd'> {
  /** By name; without it the one that the folder lies in, or the default one. */
  readonly distro?: string;
  /** The workspace's folder, a Windows path. */
  readonly folder?: string;
}

/** The distribution whose files a Windows path such as `\\wsl.localhost\Ubuntu\home` leads to. */
export function distroOf(path: string): string | undefined {
  const parsed = parseWindowsPath(path);
  return parsed.form === 'wsl' && parsed.distro !== '' ? parsed.distro : undefined;
}

export async function openDistroWindow(request: WindowRequest): Promise<Result<DistroWindow, WslTrouble>> {
  const { folder, distro: named, ...rest } = request;
  const inside = named ?? (folder === undefined ? undefined : distroOf(folder));
  const chosen = inside === undefined ? await request.client.choose() : ok({ name: inside });
  if (!chosen.ok) return chosen;
  const distro = chosen.value.name;
  const engine = await startInDistro({ ...rest, distro });
  if (!engine.ok)
    return engine.failure.kind === 'distro-not-found' ? err(await withKnown(request, engine.failure)) : engine;
  const context: PathContext = { distro, mounts: engine.value.mounts };
  return ok({
    distro,
    engine: engine.value,
    toLinux: (path) => toWsl(path, context),
    toWindows: (path) => toWindows(path, context),
  });
}

/** The names that there are, for the message. */
async function withKnown(
  { client }: WindowRequest,
  trouble: Extract<WslTrouble, { kind: 'distro-not-found' }>,
): Promise<WslTrouble> {
  const state = await client.state();
  return state.kind === 'ready' ? { ...trouble, known: state.distros.map((distro) => distro.name) } : trouble;
}
