/** How a workload is brought out and kept: strategy, history, claims of a set that goes. */
import { NUMBER, numberOf, type Said } from './attributes.ts';
import type { DraftObject } from './model.ts';

/** "claims deleted when the set is deleted but retained when scaled down", "whenDeleted: Delete". */
function retention(said: Said, when: 'delet' | 'scal'): string | undefined {
  const word =
    said.take(
      new RegExp(`\\bwhen[_ -]?${when}ed["'\`]?\\s*(?:is|=|:|to|set to)?\\s*["'\`]?(delete|retain)\\b`, 'i'),
    )?.[1] ??
    said.take(
      new RegExp(
        `\\b(delet\\w+|remov\\w+|retain\\w*|kept|keep\\w*)(?: (?:the|its|their|them|claims?|pvcs?|volumes?))*\\s+(?:when|if|on|after)\\s+(?:the\\s+)?(?:stateful ?set|set|it)?\\s*(?:is |gets )?(?:being )?(?:${when}\\w*)(?:\\s+(?:down|in))?`,
        'i',
      ),
    )?.[1] ??
    (when === 'scal'
      ? undefined
      : said.take(
          /\b(delet\w+|remov\w+|retain\w*|kept)\s+(?:together\s+)?with\s+(?:the\s+)?(?:stateful ?set|set|it)\b/i,
        )?.[1]);
  return word === undefined ? undefined : /^[dr]e(?:l|m)/i.test(word) ? 'Delete' : 'Retain';
}

/** "minReadySeconds 10", "at least 10 seconds ready" */
function readyFor(said: Said): string | undefined {
  const ready =
    said.take(/\bmin ?ready ?seconds\s*(?:of|=|:)?\s*(\d+)/i) ??
    said.take(
      /\b(?:at least|minimum(?: of)?|for)\s+(\d+)\s?s(?:ec(?:ond)?s?)?\s+ready\b|\bready for (?:at least )?(\d+)\s?s(?:ec(?:ond)?s?)?\b/i,
    );
  return ready?.[1] ?? ready?.[2];
}

/** "keep the last 5 revisions" */
function revisions(said: Said): string | undefined {
  const history = said.take(
    new RegExp(
      `\\brevision ?history(?: ?limit)?\\s*(?:of|=|:)?\\s*(\\d+)|\\b(?:keep|last|only)\\s+(?:the\\s+)?(?:last\\s+)?(${NUMBER})\\s+(?:old\\s+|previous\\s+)?(?:revisions?|replica ?sets|versions)\\b`,
      'i',
    ),
  );
  return history?.[1] ?? history?.[2];
}

/** "updates at most 2 nodes at a time" */
const atATime = (said: Said): string | undefined =>
  said.take(
    new RegExp(
      `\\b(?:updat\\w+|roll\\w*(?: out)?)\\b[^.;]{0,24}?\\b(\\d+\\s?%|${NUMBER})\\s+(?:nodes?|pods?)?\\s*(?:at (?:a|the same) time|at once|in parallel)`,
      'i',
    ),
  )?.[1];

/** Rollout strategy, history and the like, as fields of a workload's spec. */
export function readWorkloadSpec(said: Said, kind: string): DraftObject {
  const spec: DraftObject = {};
  const surge = said.take(new RegExp(String.raw`\b(?:max ?-?)?surge\s*(?:of|=|:|is)?\s*(\d+%?)`, 'i'))?.[1];
  const away =
    said.take(new RegExp(String.raw`\bmax ?-?unavailable\s*(?:of|=|:|is)?\s*(\d+%?|zero|one|none)`, 'i'))?.[1] ??
    // "rolling update with at most 1 unavailable": during the rollout, not a budget for evictions.
    said.take(
      /\brolling ?-?updates?\b[^.;]{0,40}?\b(?:at most|no more than|never more than|only)\s+(\d+\s?%|\d+|one|two)\s+(?:pods?\s+|replicas?\s+)?unavailable\b/i,
    )?.[1];
  const together = away === undefined && kind === 'DaemonSet' ? atATime(said) : undefined;
  const strategy = kind === 'Deployment' ? 'strategy' : 'updateStrategy';
  const percent = (text: string): number | string =>
    text.endsWith('%') ? text.replace(/\s/g, '') : /^(?:zero|none)$/i.test(text) ? 0 : numberOf(text);
  if (kind === 'Deployment' || kind === 'DaemonSet') {
    if (said.take(/\brecreate(?: strategy)?\b/i) && kind === 'Deployment') spec[strategy] = { type: 'Recreate' };
    else if (kind === 'DaemonSet' && said.take(/\bon ?delete\b/i)) spec[strategy] = { type: 'OnDelete' };
    else if (surge !== undefined || (away ?? together) !== undefined) {
      said.take(/\brolling ?-?updates?\b/i);
      spec[strategy] = {
        type: 'RollingUpdate',
        rollingUpdate: {
          ...(surge === undefined ? {} : { maxSurge: percent(surge) }),
          ...((away ?? together) === undefined ? {} : { maxUnavailable: percent(away ?? together ?? '1') }),
        },
      };
    } else if (said.take(/\b(?:zero|no|without)[ -]down ?time\b|\bwithout (?:any )?interruption\b/i))
      spec[strategy] = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    else if (said.take(/\brolling ?-?updates?\b/i))
      spec[strategy] = {
        type: 'RollingUpdate',
        rollingUpdate: kind === 'Deployment' ? { maxSurge: 1, maxUnavailable: 0 } : { maxUnavailable: 1 },
      };
  }
  if (kind === 'StatefulSet') {
    if (said.take(/\bparallel(?: pod management)?\b/i)) spec['podManagementPolicy'] = 'Parallel';
    if (said.take(/\bon ?delete\b/i)) spec['updateStrategy'] = { type: 'OnDelete' };
    const kept = { whenDeleted: retention(said, 'delet'), whenScaled: retention(said, 'scal') };
    if (kept.whenDeleted !== undefined || kept.whenScaled !== undefined)
      spec['persistentVolumeClaimRetentionPolicy'] = {
        whenDeleted: kept.whenDeleted ?? 'Retain',
        whenScaled: kept.whenScaled ?? 'Retain',
      };
    said.take(/\bpartitioned(?: rolling update)?\b/i);
    const partition = said.take(/\bpartition\s*(?:of|=|:)?\s*(\d+)/i);
    if (partition?.[1] !== undefined)
      spec['updateStrategy'] = { type: 'RollingUpdate', rollingUpdate: { partition: Number(partition[1]) } };
  }
  const kept = revisions(said);
  if (kept !== undefined) spec['revisionHistoryLimit'] = numberOf(kept);
  const steady = readyFor(said);
  if (steady !== undefined) spec['minReadySeconds'] = Number(steady);
  return spec;
}
