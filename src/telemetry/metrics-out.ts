/**
 * Where a run's metrics go: into a folder that the node exporter's textfile collector reads (`CODE_METRICS_DIR`), or to a Pushgateway
 * (`CODE_PUSHGATEWAY`). A run is a batch: there is nothing that Prometheus could scrape while none runs.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { errnoOf } from '../core/failure.ts';
import { sha256 } from '../core/hash.ts';
import type { RunState } from '../run/state.ts';
import { carriedOver, metricsOf } from './metrics.ts';

/** A lock older than this was left by a process that was killed. */
const STALE_LOCK_MS = 10_000;
const PUSH_MS = 5000;

/**
 * One file for each workflow of a workspace, so that runs of different ones never meet in a file.
 * @returns what went wrong
 */
export async function writeMetrics(folder: string, workspace: string, state: RunState): Promise<string | undefined> {
  const workflow = state.plan?.workflow ?? '';
  const key = sha256(`${workspace}\0${workflow}`).slice(0, 8);
  const file = path.join(folder, `code-engine-${workflow.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 60)}-${key}.prom`);
  try {
    const release = await lock(`${file}.lock`);
    try {
      const before = carriedOver(existsSync(file) ? readFileSync(file, 'utf8') : '');
      const beside = `${file}.${randomBytes(4).toString('hex')}`;
      // The collector runs as another user, and must never see half a file.
      writeFileSync(beside, metricsOf(state, { workspace: path.basename(workspace) }, before), { mode: 0o644 });
      renameSync(beside, file);
    } finally {
      release();
    }
    return undefined;
  } catch (error) {
    return `the metrics could not be written to ${folder}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Two runs that end together would else lose one of their counts. */
async function lock(file: string): Promise<() => void> {
  for (;;) {
    try {
      closeSync(openSync(file, 'wx'));
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > STALE_LOCK_MS) rmSync(file, { force: true });
    await later(20);
  }
}

/**
 * Replaces the group of the workflow on this machine. https://github.com/prometheus/pushgateway#api
 * @returns what went wrong
 */
export async function pushMetrics(gateway: string, workspace: string, state: RunState): Promise<string | undefined> {
  const group = { workspace: path.basename(workspace), workflow: state.plan?.workflow ?? '', instance: hostname() };
  const parts = Object.entries(group).map(
    ([name, value]) => `${name}@base64/${Buffer.from(value).toString('base64url') || '='}`,
  );
  const url = `${gateway.replace(/\/+$/, '')}/metrics/job/code-engine/${parts.join('/')}`;
  // A gateway has the last run and no memory of those before.
  const body = metricsOf(state, { workspace: group.workspace }, undefined);
  try {
    const response = await fetch(url, {
      method: 'PUT',
      headers: { 'content-type': 'text/plain; version=0.0.4' },
      body,
      signal: AbortSignal.timeout(PUSH_MS),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `${gateway} refused the metrics: ${response.status} ${response.statusText}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `the metrics could not be pushed to ${gateway}: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}
