/** What scanners found, as problems on the user's own files; a finding stands until the same scanner looks at the same thing again. */
import type * as vscodeApi from 'vscode';
import type { RunFinding } from '../run/findings.ts';
import type { Disposable } from './emitter.ts';
import type { App } from './host.ts';
import { statusOf } from './runs.ts';

/** Past runs whose findings are shown when a window opens: of each workflow the newest, of so many. */
const MOST_WORKFLOWS = 5;
const MOST_HELP = 400;
/** The editor shows no more of a file. */
const MOST_OF_A_FILE = 1000;

export function findingDiagnostics(app: App): Disposable {
  const { vscode, engine, runs } = app;
  const collection = vscode.languages.createDiagnosticCollection('code-findings');
  /** By the workflow's file and the task that found them. */
  const standing = new Map<string, readonly RunFinding[]>();
  let asked = false;

  const take = (file: string, task: string, findings: readonly RunFinding[]): void => {
    const key = `${file} ${task}`;
    const touched = [...(standing.get(key) ?? []), ...findings].map((finding) => finding.file);
    standing.set(key, findings);
    const found = new Map(touched.map((path): [string, RunFinding[]] => [path, []]));
    for (const each of standing.values()) for (const finding of each) found.get(finding.file)?.push(finding);
    collection.set(
      [...found].map(([path, of]) => [
        vscode.Uri.file(path),
        of.slice(0, MOST_OF_A_FILE).map((each) => diagnostic(vscode, each)),
      ]),
    );
  };

  /** What was found before this window was opened. */
  const lookBack = async (): Promise<void> => {
    if (asked || !runs.listed) return;
    asked = true;
    const newest = new Map([...runs.all].reverse().map((run) => [run.summary.file, run]));
    for (const run of [...newest.values()].slice(-MOST_WORKFLOWS)) {
      if (statusOf(run) === 'running') continue;
      const { workspace, summary } = run;
      const answer = await engine.request('findings/read', { workspace, runId: summary.runId });
      if (!answer.ok) continue;
      for (const task of new Set(answer.value.findings.map((finding) => finding.task)))
        take(
          summary.file,
          task,
          answer.value.findings.filter((finding) => finding.task === task),
        );
    }
  };
  const subscriptions = [
    collection,
    engine.on('findings/found', ({ runId, task, findings }) =>
      take(runs.get(runId)?.summary.file ?? runId, task, findings),
    ),
    runs.onChanged((runId) => runId === '' && void lookBack()),
  ];
  return { dispose: () => subscriptions.forEach((each) => each.dispose()) };
}

function diagnostic(vscode: App['vscode'], finding: RunFinding): vscodeApi.Diagnostic {
  const { start, end } = finding.range;
  const { Error: error, Warning: warning, Information: note } = vscode.DiagnosticSeverity;
  const range = new vscode.Range(start.line, start.character, end.line, end.character);
  const about = finding.about === undefined ? '' : ` (${finding.about})`;
  const help = finding.help === undefined ? '' : `\n${shortened(finding.help)}`;
  const found = new vscode.Diagnostic(
    range,
    `${finding.message}${about}${help}`,
    { error, warning, note }[finding.level],
  );
  found.source = `CODE ${finding.tool}`;
  found.code =
    finding.helpUri === undefined ? finding.rule : { value: finding.rule, target: vscode.Uri.parse(finding.helpUri) };
  return found;
}

const shortened = (text: string): string => (text.length > MOST_HELP ? `${text.slice(0, MOST_HELP)}…` : text);
