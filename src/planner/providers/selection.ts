/** What a model may say: a flat choice of components with plain values, or a question. Never code, shell texts or file contents. */
import * as z from 'zod';
import type { JsonSchema } from '../../core/catalogue.ts';
import { APPS } from '../catalogue/index.ts';
import { AWS_COMPONENTS } from '../tofu/plan.ts';

export const TARGETS = ['kubernetes', 'compose', 'opentofu', 'clarify'] as const;

const NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)?$/;
const IMAGE = /^(?:[a-z0-9][\w./:@-]{0,254})?$/;
const HOST = /^(?:[a-z0-9*-]+(?:\.[a-z0-9-]+)+)?$/;
const SIZE = /^(?:\d{1,6}(?:Mi|Gi|Ti))?$/;

const component = z.strictObject({
  id: z.string(),
  name: z.string().regex(NAME),
  image: z.string().regex(IMAGE),
  replicas: z.int().min(0).max(1000),
  port: z.int().min(0).max(65_535),
  storage: z.string().regex(SIZE),
  host: z.string().regex(HOST),
  expose: z.enum(['internal', 'public']),
});

export const selectionSchema = z.strictObject({
  rationale: z.string().max(4000),
  target: z.enum(TARGETS),
  questions: z.array(z.string().max(500)).max(5),
  namespace: z.string().regex(NAME),
  components: z.array(component).max(30),
});

export type Selection = z.output<typeof selectionSchema>;

/** Ids that a model may choose: the catalogue's, `application` for what the workspace holds, and AWS components. */
export const componentIds = (): string[] => [
  'application',
  'image',
  ...APPS.map((a) => a.id),
  ...AWS_COMPONENTS.map((c) => `aws-${c.id}`),
];

/** The common subset that every provider takes: no bounds, no patterns, all keys required. */
export function selectionJsonSchema(): JsonSchema {
  const text = { type: 'string' };
  return {
    type: 'object',
    additionalProperties: false,
    required: ['rationale', 'target', 'questions', 'namespace', 'components'],
    properties: {
      rationale: { type: 'string', description: 'Why these components, in two sentences.' },
      target: {
        type: 'string',
        enum: [...TARGETS],
        description: 'clarify where the description is too vague or asks for deletion.',
      },
      questions: { type: 'array', items: text, description: 'What must be asked first; empty where nothing must.' },
      namespace: { type: 'string', description: 'Lower case; empty for none.' },
      components: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['id', 'name', 'image', 'replicas', 'port', 'storage', 'host', 'expose'],
          properties: {
            id: { type: 'string', enum: componentIds() },
            name: text,
            image: { type: 'string', description: 'Only for id image; else empty.' },
            replicas: { type: 'integer', description: '0 for the usual number.' },
            port: { type: 'integer', description: '0 for the usual port.' },
            storage: { type: 'string', description: 'Such as 10Gi; empty for the usual.' },
            host: { type: 'string', description: 'Host name of an ingress; empty for none.' },
            expose: { type: 'string', enum: ['internal', 'public'] },
          },
        },
      },
    },
  };
}

/** The selection as a description that the built-in planner understands word for word: rendering stays with code. */
export function controlledText(selection: Selection, workspace: boolean): string {
  const aws = selection.target === 'opentofu';
  const where = selection.namespace === '' ? '' : ` in namespace ${selection.namespace}`;
  const parts = selection.components.map((c) => {
    if (aws)
      return `AWS ${AWS_WORDS[c.id.replace(/^aws-/, '')] ?? c.id.replace(/^aws-/, '')}${c.name === '' ? '' : ` named ${c.name}`}`;
    const what =
      c.id === 'application'
        ? workspace
          ? 'this web app'
          : 'web app'
        : c.id === 'image'
          ? c.image
          : c.id.replace(/-/g, c.id.startsWith('selenium') || c.id.startsWith('spark') ? ' ' : '-');
    const words = [
      `${c.replicas > 0 ? `${c.replicas} replicas of ` : ''}${what}${c.name === '' || c.id === 'application' ? '' : ` named ${c.name}`}`,
    ];
    if (c.port > 0) words.push(`on port ${c.port}`);
    if (c.storage !== '') words.push(`with ${c.storage} of storage`);
    if (c.expose === 'public' && selection.target === 'kubernetes' && c.host === '')
      words.push('behind a LoadBalancer service');
    if (c.host !== '' && selection.target === 'kubernetes') words.push(`with an ingress for ${c.host} with TLS`);
    return words.join(' ');
  });
  const head = aws ? 'OpenTofu: ' : selection.target === 'compose' ? 'docker compose: ' : `Kubernetes${where}: `;
  return `${head}${parts.join('; ')}.`;
}

const AWS_WORDS: Readonly<Record<string, string>> = {
  alb: 'application load balancer',
  asg: 'auto scaling group',
  sg: 'security group',
  states: 'step functions',
  mq: 'Amazon MQ broker',
  logs: 'log group',
  alarm: 'CloudWatch alarm',
  docdb: 'DocumentDB',
  eventbridge: 'EventBridge',
  apigateway: 'API Gateway',
  secrets: 'Secrets Manager',
  config: 'AWS Config',
  backup: 'AWS Backup plan',
  batch: 'AWS Batch',
  rds: 'RDS PostgreSQL',
  peering: 'VPC peering',
};
