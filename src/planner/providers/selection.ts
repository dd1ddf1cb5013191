/**
 * What a model may say: a flat choice of components with plain values, files that describe what no component fits, or a question. Never
 * a task, never a shell text.
 */
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

const file = z.strictObject({ path: z.string().max(120), text: z.string().max(64 * 1024) });

export const selectionSchema = z.strictObject({
  rationale: z.string().max(4000),
  target: z.enum(TARGETS),
  questions: z.array(z.string().max(500)).max(5),
  namespace: z.string().regex(NAME),
  components: z.array(component).max(30),
  /** Not asked of small models: a grammar lets them go on for ever in a text. */
  files: z.array(file).max(20).default([]),
});

export type Selection = z.output<typeof selectionSchema>;

/** Ids that a model may choose: the catalogue's, `application` for what the workspace holds, and AWS components. */
export const componentIds = (): string[] => [
  'application',
  'image',
  ...APPS.map((a) => a.id),
  ...AWS_COMPONENTS.map((c) => `aws-${c.id}`),
];

const FILES: JsonSchema = {
  type: 'array',
  description: 'What no component fits; empty where all do.',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['path', 'text'],
    properties: {
      path: { type: 'string', description: 'k8s/NAME.yaml, compose.yaml, config/NAME or infra/NAME.tf.' },
      text: { type: 'string', description: 'The whole file.' },
    },
  },
};

/**
 * The shape of an answer for a provider.
 * @param bounded with lengths, counts and patterns, for engines that decode by a grammar: without them a small model may go on for ever
 * in a text or a list. The others get the common subset that every provider takes: no bounds, no patterns, all keys required.
 */
export function selectionJsonSchema(bounded = false): JsonSchema {
  const only = (bounds: JsonSchema): JsonSchema => (bounded ? bounds : {});
  const text = (description: string, bounds: JsonSchema): JsonSchema => ({
    type: 'string',
    description,
    ...only(bounds),
  });
  const whole = (description: string, maximum: number): JsonSchema => ({
    type: 'integer',
    description,
    ...only({ minimum: 0, maximum }),
  });
  const item = {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'name', 'image', 'replicas', 'port', 'storage', 'host', 'expose'],
    properties: {
      id: { type: 'string', enum: componentIds() },
      name: text('Lower case; empty for the usual name.', { pattern: '^([a-z][a-z0-9-]{0,20}[a-z0-9])?$' }),
      image: text('Only for id image; else empty.', { pattern: '^([a-z0-9][a-z0-9./:-]{0,60})?$' }),
      replicas: whole('0 for the usual number.', 100),
      port: whole('0 for the usual port.', 65_535),
      storage: text('Such as 10Gi; empty for the usual.', { pattern: '^([1-9][0-9]{0,3}(Mi|Gi|Ti))?$' }),
      host: text('Host name of an ingress; empty for none.', {
        pattern: '^([a-z0-9-]{1,20}(\\.[a-z0-9-]{1,20}){1,3})?$',
      }),
      expose: { type: 'string', enum: ['internal', 'public'] },
    },
  };
  const question = text('', { maxLength: 160 });
  return {
    type: 'object',
    additionalProperties: false,
    required: ['rationale', 'target', 'questions', 'namespace', 'components', ...(bounded ? [] : ['files'])],
    properties: {
      rationale: text('Why these components, in two sentences.', { maxLength: 240 }),
      target: {
        type: 'string',
        enum: [...TARGETS],
        description: 'clarify where the description is too vague or asks for deletion.',
      },
      questions: {
        type: 'array',
        items: bounded ? question : { type: 'string' },
        description: 'What must be asked first; empty where nothing must.',
        ...only({ maxItems: 3 }),
      },
      namespace: text('Lower case; empty for none.', { pattern: '^([a-z][a-z0-9-]{0,20}[a-z0-9])?$' }),
      components: { type: 'array', items: item, ...only({ maxItems: 10 }) },
      ...(bounded ? {} : { files: FILES }),
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
    return words.join(', ');
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
