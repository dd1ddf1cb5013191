/** Scanners as a window asks for them: started as a run, their findings at places in the user's own files. */
import type { ScannerInfo } from '../../run/findings.ts';
import type { Io } from '../io.ts';
import { startSecure, type SecureRequest } from '../secure/start.ts';

export { findingsOfRun } from '../secure/findings.ts';

export async function startForWindow(
  request: SecureRequest,
  env: Io['env'],
): Promise<{ runId: string; scanners: ScannerInfo[] }> {
  const { handle, scanners } = await startSecure(request, env);
  handle.detach();
  return {
    runId: handle.runId,
    scanners: scanners.map(({ scanner, status, hint }) => ({
      scanner,
      status,
      ...(hint === undefined ? {} : { hint }),
    })),
  };
}
