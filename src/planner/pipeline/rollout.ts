/** Releases in steps: a canary that gets more and more of the traffic, or a second colour that takes over at once. */
import { findNamespaces } from '../kubernetes/namespaces.ts';
import type { StageDraft, TaskDraft } from '../plan.ts';
import { folderSaid, shell, type PartContext } from './parts.ts';
import { gateTasks, smokeTasks } from './verify.ts';

const approve = (what: string): TaskDraft => ({
  task: `approve_${what.replace(/\W+/g, '_')}`,
  type: 'approval',
  description: 'A person decides.',
  with: { message: `Go on with ${what}?` },
});

/** The stages of a stepwise release; nothing where the text asks for none that the workspace's files can do. */
export function readRollout(context: PartContext): StageDraft[] | undefined {
  const { text } = context;
  if (text.has(/\bcanary\b/i) && text.has(/\bistio\b|\bmesh\b|\btraffic\b/i)) return canary(context);
  // "send it 10 percent of the traffic": the same without the word.
  if (text.has(/\bistio\b|\bmesh\b|\bvirtual ?service\b/i) && text.has(/\b\d{1,2}\s?(?:%|percent)(?: of (?:the |all )?)?\s*traffic\b/i)) return canary(context); // prettier-ignore
  return text.has(/\bblue[ /-]?green\b/i) ? blueGreen(context) : undefined;
}

function manifestsOf({ facts, text, assume }: PartContext): string {
  const file = [...text.text.matchAll(/(?<![\w/.-])((?:[\w.-]+\/)*[\w.-]+\.ya?ml)\b/g)].map((m) => m[1] ?? '').find((f) => facts.files.includes(f) && !/virtual|istio|gateway/i.test(f)); // prettier-ignore
  const found = file ?? folderSaid(text.text, facts.manifests) ?? facts.manifests[0];
  if (found === undefined) assume('The manifests are expected in k8s/: there are none in the workspace yet.');
  return found ?? 'k8s';
}

function canary(context: PartContext): StageDraft[] {
  const { text, facts, inputs, assume } = context;
  text.take(/\bcanary(?: releases?| deployments?| rollout)?\b/i);
  const shares = [
    ...new Set(
      text
        .takeAll(
          /(?<!\b(?:under|below|above|over|than|rate|exceeds?|at most)\s)\b(\d{1,2})\s?(?:%|percent)(?: of (?:the )?(?:traffic|requests|users))?/gi,
        )
        .map((m) => Number(m[1])),
    ),
  ]
    .filter((n) => n > 0 && n < 100)
    .sort((a, b) => a - b);
  const service =
    text.take(/\b(?:virtual ?service|service)\s+(?:called |named )?["'`]?([a-z0-9]+(?:-[a-z0-9]+)+)/i)?.[1] ??
    text.take(/\b(?:v\d[\w.]*|version \S+|release) of (?:the |our )?(?:service )?["'`]?([a-z][a-z0-9-]*)\b/i)?.[1] ??
    facts.name;
  const namespace = findNamespaces(text)[0]?.name;
  const space = namespace === undefined ? {} : { namespace };
  inputs['service'] = {
    type: 'string',
    default: service,
    description: 'VirtualService with the subsets stable and canary.',
  };
  assume(
    'The VirtualService has the subsets stable and canary; a failed check undoes the last shift when the run is started with --rollback.',
  );
  const check = text.has(/\berror rate|prometheus|metrics|slo\b/i) ? gateTasks(context) : smokeTasks(context);
  text.takeAll(
    /\b(?:check\w*|prometheus|istio|error rate|everything|all of it|roll(?:s|ed)? ?back[^.;]*|goes wrong)\b/gi,
  );
  return canarySteps(context, shares.length === 0 ? [10, 50] : shares, check, space);
}

/** The new version beside the old one, then more and more of the traffic, each time with a check. */
function canarySteps(
  context: PartContext,
  steps: readonly number[],
  check: readonly TaskDraft[],
  space: { namespace?: string },
): StageDraft[] {
  const { text } = context;
  const stages: StageDraft[] = [
    {
      stage: 'canary',
      tasks: [
        {
          task: 'deploy_canary',
          type: 'kubernetes',
          description: 'Bring up the new version beside the old one.',
          timeout: '10m',
          with: { manifests: manifestsOf(context), ...space },
        },
      ],
    },
  ];
  for (const share of [...steps, 100]) {
    if (
      share === 100 &&
      text.has(/\bapprov|\bconfirm|\bperson|\bhuman|\bmy ok\b|\bok(?:ay)?\b|\bgo-?ahead\b|\bsign-?off\b|\basks?\b/i)
    )
      stages.push({ stage: 'approve_all', tasks: [approve('all traffic')] });
    stages.push({
      stage: `shift_${share}`,
      tasks: [
        {
          task: `shift_${share}`,
          type: 'istio',
          description: `Send ${share} % of the traffic to the new version.`,
          timeout: '5m',
          with: {
            action: 'shift',
            virtual_service: '${{ inputs.service }}',
            weights: { stable: 100 - share, canary: share },
            ...space,
          },
        },
      ],
    });
    if (share < 100)
      stages.push({ stage: `check_${share}`, tasks: check.map((t) => ({ ...t, task: `${t.task}_${share}` })) });
  }
  return stages;
}

function blueGreen(context: PartContext): StageDraft[] {
  const { text, facts, inputs, assume } = context;
  text.take(/\bblue[ /-]?green(?: deployments?| releases?)?\b/i);
  const namespace =
    findNamespaces(text)[0]?.name ?? /\b(prod(?:uction)?|staging)\b/i.exec(text.text)?.[1]?.toLowerCase();
  const space = namespace === undefined ? [] : ['--namespace', namespace];
  inputs['service'] = {
    type: 'string',
    default: facts.name,
    description: 'Service that people reach; it selects the label version.',
  };
  assume(
    'The manifests make the deployment with the label version=green; the service selects version=blue until it is switched.',
  );
  text.takeAll(
    /\b(?:bring(?:s|ing)? up|green|blue|switch(?:es)?(?: the service| traffic)?(?: over)?|keep(?:s|ing)?|test it|says? yes)\b/gi,
  );
  const patch = (colour: string): string => JSON.stringify({ spec: { selector: { version: colour } } });
  const service = (colour: string): string[] => [
    'kubectl',
    'patch',
    'service',
    '${{ inputs.service }}',
    ...space,
    '--type',
    'merge',
    '--patch',
    patch(colour),
  ];
  return [
    {
      stage: 'green',
      tasks: [
        {
          task: 'deploy_green',
          type: 'kubernetes',
          description: 'Bring up the green version beside the blue one.',
          timeout: '10m',
          with: { manifests: manifestsOf(context), ...(namespace === undefined ? {} : { namespace }) },
        },
      ],
    },
    { stage: 'verify', tasks: smokeTasks(context) },
    { stage: 'approve_switch', tasks: [approve('the switch to green')] },
    {
      stage: 'switch',
      tasks: [
        shell('switch_to_green', 'Point the service at the green version; blue keeps running.', service('green'), {
          timeout: '2m',
          rollback: `kubectl patch service "\${{ inputs.service }}" ${space.join(' ')} --type merge --patch '${patch('blue')}'`,
        }),
      ],
    },
  ];
}
