/** "highly available", "must survive a node dying": copies on different machines, and a budget for when nodes are drained. */
import type { ClusterBuilder } from './builder.ts';
import type { DraftObject, Workload } from './model.ts';
import { object, selectorOf } from './render.ts';

const WISH =
  /\b(?:highly|high)[- ]availab(?:le|ility)\b|\bHA\b(?=\s|[,.;)]|$)|\b(?:surviv\w*|withstand\w*|tolerat\w*|cope with)\b[^.;,]{0,24}\b(?:nodes?|machines?|hosts?|zones?)\b(?:\s+(?:dying|failing|failures?|going (?:down|away)|outages?|loss|crash\w*|is (?:down|lost)))?|\b(?:losing|loss of) (?:a|one) (?:node|machine|host|zone)\b[^.;,]*|\bno single point of failure\b|\b(?:fully )?redundant\b|\bon at least (?:two|three|2|3) (?:different )?(?:nodes|machines|hosts|zones)\b|\bnever (?:be )?(?:completely |entirely |fully )?(?:down|gone|offline|unavailable)\b(?: (?:during|while|for) [^.;,]*)?|\bspread (?:over|across|on) (?:several |different |all )?(?:nodes|machines|hosts|zones)\b/;
const pattern = new RegExp(WISH.source, 'i');

/** Spreads every application that can have several copies; a store that cannot is named. */
export function resilient(builder: ClusterBuilder): void {
  if (builder.text.takeAll(pattern).length === 0) return;
  const zones = /\bzones?\b/i.test(builder.text.text);
  for (const [entity, workload] of builder.workloads) {
    if (!/^(?:Deployment|StatefulSet)$/.test(workload.kind) || entity.explicit) continue;
    const alone = JSON.stringify(workload.spec['strategy'] ?? {}).includes('Recreate');
    if (
      workload.kind === 'StatefulSet' ||
      alone ||
      (workload.app?.data !== undefined && (workload.replicas ?? 1) < 2)
    ) {
      builder.assume(
        `${workload.name} stays a single instance: several copies need a replication that is not planned here.`,
      );
      continue;
    }
    const said = /\b(?:\d+|single|one|two|three|four|five|six)\s+(?:replicas?|copies|instances|pods?)\b/i.test(
      entity.said,
    );
    if (!said && (workload.replicas ?? 1) < 2) workload.replicas = 2;
    if ((workload.replicas ?? 1) > 1) spread(builder, workload, zones);
  }
}

function spread(builder: ClusterBuilder, workload: Workload, zones: boolean): void {
  const labelSelector = { matchLabels: selectorOf(workload) };
  workload.pod['topologySpreadConstraints'] ??= [
    'kubernetes.io/hostname',
    ...(zones ? ['topology.kubernetes.io/zone'] : []),
  ].map((topologyKey): DraftObject => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector,
  }));
  const name = `${workload.name}-pdb`;
  const has = builder.objects.some(
    (o) => o.kind === 'PodDisruptionBudget' && JSON.stringify(o).includes(`"${workload.name}"`),
  );
  if (!has) builder.objects.push(object('PodDisruptionBudget', name, workload.namespace, { spec: { minAvailable: 1, selector: { ...labelSelector } } })); // prettier-ignore
  builder.assume(
    `${workload.name} is spread over the machines, and one of it always stays up while nodes are drained.`,
  );
}
