/** Tells when a workspace's runs begin, move on or end. Looks twice a second at what can have changed, and at nothing else. */
import { readdirSync, statSync } from 'node:fs';
import { summaryFor, type RunSummary } from '../../engine/client.ts';
import { isRunId } from '../../run/layout.ts';
import { layoutOf, runsFolder } from '../../engine/place.ts';

const LOOK_MS = 500;

export class RunWatch {
  readonly #workspace: string;
  readonly #onChange: (run: RunSummary) => void;
  /** Journal length of the runs that were still running at the last look; ended ones are `-1`. */
  readonly #known = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(workspace: string, known: readonly RunSummary[], onChange: (run: RunSummary) => void) {
    this.#workspace = workspace;
    this.#onChange = onChange;
    for (const { runId, status } of known) this.#known.set(runId, status === 'running' ? this.#size(runId) : -1);
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  dispose(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const there = new Set(this.#runIds());
    for (const runId of this.#known.keys()) if (!there.has(runId)) this.#known.delete(runId); // pruned
    for (const runId of there) {
      const before = this.#known.get(runId);
      const size = this.#size(runId);
      // An ended run moves on again when it is resumed; its journal grows then.
      if (before === size || (before === -1 && !this.#resumed(runId))) continue;
      const run = summaryFor(this.#workspace, runId);
      if (run === undefined) continue;
      this.#known.set(runId, run.status === 'running' ? size : -1);
      this.#onChange(run);
    }
  }

  #runIds(): string[] {
    try {
      return readdirSync(runsFolder(this.#workspace)).filter(isRunId);
    } catch {
      return [];
    }
  }

  #size(runId: string): number {
    return statSync(layoutOf(this.#workspace, runId).journal, { throwIfNoEntry: false })?.size ?? 0;
  }

  #resumed(runId: string): boolean {
    return statSync(layoutOf(this.#workspace, runId).control, { throwIfNoEntry: false }) !== undefined;
  }
}
