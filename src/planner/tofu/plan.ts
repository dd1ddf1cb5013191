/** Descriptions of AWS resources as an OpenTofu root module, planned, reviewed and only then applied. */
import { emptyDraft, type PlanDraft, type StageDraft } from '../plan.ts';
import type { Passage } from '../text.ts';
import { APIS } from './aws-apis.ts';
import { BALANCERS } from './aws-balancers.ts';
import { CONTAINERS } from './aws-containers.ts';
import { DATA } from './aws-data.ts';
import { DELIVERY } from './aws-delivery.ts';
import { APPRUNNER } from './aws-apprunner.ts';
import { BACKUP } from './aws-backup.ts';
import { BATCH } from './aws-batch.ts';
import { BROKERS } from './aws-brokers.ts';
import { FILES } from './aws-files.ts';
import { COGNITO } from './aws-cognito.ts';
import { CONFIG } from './aws-config.ts';
import { DASHBOARDS } from './aws-dashboard.ts';
import { EVENTS } from './aws-events.ts';
import { STATES } from './aws-states.ts';
import { EDGE } from './aws-edge.ts';
import { FUNCTIONS } from './aws-functions.ts';
import { IDENTITY } from './aws-identity.ts';
import { readExisting } from './existing.ts';
import { LOCAL } from './local.ts';
import { MACHINES } from './aws-machines.ts';
import { MANAGE } from './aws-manage.ts';
import { MESSAGING } from './aws-messaging.ts';
import { INTEGRATION } from './aws-integration.ts';
import { HYBRID } from './aws-hybrid.ts';
import { GUARDIANS } from './aws-guardians.ts';
import { NETWORK } from './aws-network.ts';
import { STORAGE } from './aws-storage.ts';
import type { Component } from './components.ts';
import { TofuModule } from './module.ts';
import { withoutOthers } from './names.ts';
import { refine } from './refine.ts';
import type { Groups } from './several.ts';

export const AWS_COMPONENTS: readonly Component[] = [
  ...NETWORK,
  ...BALANCERS,
  ...MACHINES,
  ...CONTAINERS,
  ...APPRUNNER,
  ...STORAGE,
  ...FILES,
  ...DATA,
  ...MESSAGING,
  ...BROKERS,
  ...BATCH,
  ...FUNCTIONS,
  ...EVENTS,
  ...STATES,
  ...EDGE,
  ...COGNITO,
  ...APIS,
  ...IDENTITY,
  ...MANAGE,
  ...CONFIG,
  ...DASHBOARDS,
  ...DELIVERY,
  ...BACKUP,
  ...INTEGRATION,
  ...HYBRID,
  ...GUARDIANS,
  ...LOCAL,
];

/** Words that also mean something more particular, and then mean only that. */
const IMPLIED: readonly (readonly [string, readonly string[]])[] = [
  ['codepipeline', ['codebuild']],
  ['cloudfront', ['s3']],
];

export function planTofu(text: Passage, name: string, summary: string): PlanDraft {
  text.take(/\b(?:open ?tofu|terraform|aws|amazon)\b/i);
  if (
    /\b(?:azure|azurerm|gcp|google cloud|hetzner|digital ?ocean)\b/i.test(text.text) &&
    !/\baws\b|amazon/i.test(text.text)
  ) {
    return emptyDraft(name, summary, {
      questions: [
        'The built-in catalogue writes OpenTofu for AWS only. Should it be AWS, or should a model (--provider claude or ollama) plan this?',
      ],
    });
  }
  // Words inside host names and addresses name no resource.
  const plain = text.text.replace(/(?<![\w.+@-])[\w.+@-]*[\w-]\.(?:com|org|net|io|dev|local|internal|example|app|co|de|eu|cloud)\b/gi, ' '); // prettier-ignore
  const named = AWS_COMPONENTS.filter((c) => c.names.test(plain));
  const wanted = new Set(refine(named, text.text).map((c) => c.id));
  for (const [id, more] of IMPLIED) if (wanted.has(id)) for (const other of more) wanted.add(other);
  // Findings reach a topic by events.
  if (['guardduty', 'securityhub', 'inspector', 'macie', 'analyzer'].some((id) => wanted.has(id)) && (wanted.has('sns') || wanted.has('lambda')) && /\bfindings?\b|\btell|\bnotif|\balert/i.test(text.text)) wanted.add('eventbridge'); // prettier-ignore
  if (wanted.size === 0)
    return emptyDraft(name, summary, {
      questions: [
        'Which AWS resources should the module have? Name them, such as: S3 bucket, SQS queue, VPC with private subnets.',
      ],
    });
  const module = moduleOf(text, name, wanted);
  module.spread((base, one) => {
    const own = withoutOthers(text, module.groups.get(base) ?? [], one);
    // What only the others are with is not wished for here.
    const ids = named.filter((c) => !c.names.test(plain) || c.names.test(own.text)).map((c) => c.id);
    const rest = new Set([...wanted].filter((id) => ids.includes(id) || !named.some((c) => c.id === id)));
    return moduleOf(own, name, rest.size === 0 ? wanted : rest, module.groups, text).parts;
  });
  readExisting(module.parts, text);
  for (const component of named) text.takeAll(component.names);
  if ([...module.present].every((id) => LOCAL.some((c) => c.id === id))) return localPlan(module, name, summary);
  const region = text.take(/\b((?:us|eu|ap|sa|ca|me|af|il)-(?:gov-)?[a-z]+-\d)[a-f]?\b/i)?.[1]?.toLowerCase();
  if (region === undefined) module.assume('The region is eu-west-1; it is a variable.');
  module.assume('Credentials come from the environment (AWS_PROFILE or a role); none are written.');
  const files = module
    .render(region ?? 'eu-west-1')
    .map((f) => ({ path: `infra/${f.path}`, text: f.text, origin: 'catalogue' as const }));
  return emptyDraft(name, summary, {
    components: [...module.present],
    files,
    assumptions: module.assumptions,
    stages: moduleStages(module.resourceCount, region ?? 'eu-west-1'),
  });
}

function moduleOf(text: Passage, name: string, wanted: ReadonlySet<string>, groups?: Groups, whole = text): TofuModule {
  const module = new TofuModule(text, name, AWS_COMPONENTS, groups, whole);
  module.declared();
  for (const id of wanted) module.present.add(id);
  for (const id of wanted) module.need(id);
  return module;
}

/** A module without a cloud: no region, no credentials, no scan for what a cloud exposes. */
function localPlan(module: TofuModule, name: string, summary: string): PlanDraft {
  module.providers.delete('aws');
  const files = module.render('').map((f) => ({ path: `infra/${f.path}`, text: f.text, origin: 'catalogue' as const }));
  return emptyDraft(name, summary, {
    components: [...module.present],
    files,
    assumptions: module.assumptions,
    stages: moduleStages(module.resourceCount, undefined),
  });
}

/** Plan, ask, apply: nothing is made before a person has read the plan. */
/** The module in `infra` is scanned, planned, agreed to, and exactly that plan is applied. */
export function moduleStages(count: number, region: string | undefined): StageDraft[] {
  return [
    {
      stage: 'check',
      tasks: [
        {
          task: 'scan',
          type: 'checkov',
          description: 'Look for insecure settings.',
          timeout: '10m',
          allowFailure: true,
          with: { path: 'infra' },
        },
        {
          task: 'plan',
          type: 'opentofu',
          description: 'Show what would change.',
          timeout: '10m',
          with: { dir: 'infra', action: 'plan' },
        },
      ],
    },
    {
      stage: 'approve',
      tasks: [
        {
          task: 'approve_changes',
          type: 'approval',
          description: 'A person has read the plan.',
          with: { message: `Create or change ${count} resources${region === undefined ? '' : ` in ${region}`}?` },
        },
      ],
    },
    {
      stage: 'apply',
      tasks: [
        {
          task: 'apply',
          type: 'opentofu',
          description: 'Apply exactly the plan.',
          timeout: '45m',
          dependsOn: ['approve_changes'],
          approval: { message: 'Something would be destroyed or replaced. Go on?', required_for: 'destroy' },
          with: { dir: 'infra' },
        },
      ],
    },
  ];
}
