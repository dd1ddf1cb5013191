/** This machine as the place where tasks run, as the language's checks want to know it. */
import { toWsl } from '../core/paths.ts';
import type { Target } from '../language/read.ts';
import { host } from '../platform/host.ts';
import { ownMounts } from '../platform/mounts.ts';

export function thisTarget(): Target {
  const { os, wsl } = host();
  if (wsl === undefined) return { os };
  const mounts = ownMounts();
  const convert = (windowsPath: string): string | undefined => {
    const converted = toWsl(windowsPath, { distro: wsl.distro, mounts });
    return converted.ok ? converted.value : undefined;
  };
  return { os, wsl: true, convert, ...(wsl.distro === undefined ? {} : { distro: wsl.distro }) };
}
