/** What a planned chart makes, by the real Helm: written to a folder of its own and rendered there. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { err, ok, type Result } from '../core/result.ts';
import { isSafePath } from '../planner/files.ts';
import { which } from '../platform/tools.ts';

const isChart = (file: string): boolean => path.basename(file) === 'Chart.yaml';

/** What a chart depends on is fetched when it is used; here it would only be missing. */
function withoutDependencies(text: string): string {
  const document = parseDocument(text);
  document.delete('dependencies');
  return document.toString();
}

interface File {
  readonly path: string;
  readonly text: string;
}

/**
 * @param env where Helm is looked for
 * @returns a renderer of charts, or nothing where there is no Helm
 */
export async function chartRenderer(
  env: NodeJS.ProcessEnv,
): Promise<((files: readonly File[], chart: string) => Promise<Result<string, string>>) | undefined> {
  const helm = await which('helm', env);
  if (helm === undefined) return undefined;
  return async (files, chart) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'code-chart-'));
    try {
      for (const file of files.filter((f) => f.path.startsWith(`${chart}/`) && isSafePath(f.path))) {
        mkdirSync(path.dirname(path.join(folder, file.path)), { recursive: true });
        writeFileSync(path.join(folder, file.path), isChart(file.path) ? withoutDependencies(file.text) : file.text);
      }
      return await template(helm, path.join(folder, chart), env);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

const template = (helm: string, chart: string, env: NodeJS.ProcessEnv): Promise<Result<string, string>> =>
  new Promise((resolve) => {
    execFile(
      helm,
      ['template', 'planned', chart],
      { env, timeout: 60_000, maxBuffer: 16 << 20 },
      (error, stdout, stderr) => {
        const said = stderr.trim().split('\n').at(-1) ?? '';
        resolve(error === null ? ok(stdout) : err(said === '' ? error.message : said));
      },
    );
  });
