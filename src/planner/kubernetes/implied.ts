/** Objects that a description means without calling them by name. */
import type { Passage } from '../text.ts';
import type { ClusterBuilder } from './builder.ts';
import { kindInfo } from './kinds.ts';
import type { Entity } from './model.ts';

/** "every container gets by default 200m cpu": a LimitRange that nobody called one. */
export function impliedLimits(builder: ClusterBuilder): Entity | undefined {
  const { text } = builder;
  if (builder.workloads.size > 0 || builder.objects.some((o) => o.kind === 'LimitRange')) return undefined;
  if (!text.has(/\b(?:every|each|all|any) containers?\b[^.;]{0,60}\b(?:by default|defaults?)\b/i)) return undefined;
  return implied(kindInfo('LimitRange'), text);
}

const implied = (kind: Entity['kind'], text: Passage): Entity => ({
  id: -1,
  kind,
  name: undefined,
  app: undefined,
  image: undefined,
  build: undefined,
  count: undefined,
  passages: [text],
  said: text.text,
  explicit: true,
  exists: false,
  owners: [],
  qualifier: undefined,
});

/** "Namespace team-x may use at most 6 CPUs and 20 pods": a quota that nobody called one. */
export function impliedQuota(builder: ClusterBuilder): Entity | undefined {
  const { text } = builder;
  if (
    builder.workloads.size > 0 ||
    builder.namespaces.length === 0 ||
    builder.objects.some((o) => o.kind === 'ResourceQuota' || o.kind === 'LimitRange')
  )
    return undefined;
  if (
    !text.has(
      /\bnamespaces?\b[^.;]{0,60}\b(?:may|can|must not|should not|limited|capped|at most|no more than|gets?)\b[^.;]{0,60}\b\d+\s?(?:[MG]i?B?\b|cpus?|cores?|pods)/i,
    )
  )
    return undefined;
  return implied(kindInfo('ResourceQuota'), text);
}
