/** Components that only an ambiguous word seemed to name, by what else the words say. */
import type { Component } from './components.ts';

type Has = (id: string) => boolean;

/** Whether machines are wished for, rather than named as a part of something else. */
function onlyMachines(has: Has, text: string): boolean {
  const plainly =
    /\bec2 instances?\b|\binstances?\b[^.;]*\bec2\b|\bbastion\b|\bvirtual machines?\b|\bweb servers?\b/i.test(text);
  if (has('asg')) return false;
  // What machines tell is a source of events.
  if (has('eventbridge') && /\bec2\b[^.;]{0,24}\b(?:state|events?|spot|interrupt\w*)\b/i.test(text)) return /\b(?:an?|one|two|three|\d+|our|new) (?:small )?(?:ec2 (?:instances?|machines?)|bastion)|\bt[234]\.\w/i.test(text.replace(/\b(?:when|if|whenever)\b[^.;,]*/gi, ' ')); // prettier-ignore
  if (has('ecs') || has('eks') || has('emr') || has('sagemaker') || has('batch') || has('beanstalk'))
    return /\bec2 instance|\bbastion/i.test(text);
  if (has('iam') || has('rds') || has('budget')) return plainly;
  return true;
}

/** Whether a component is meant where its words are found; those that are not listed are. */
const MEANT: Readonly<Record<string, (text: string, has: Has) => boolean>> = {
  sqs: (text) => /\bsqs\b/i.test(text) || !/\b(?:job queue|batch|amazon mq)\b/i.test(text),
  // One whose ARN is given is there already.
  alb: (text) =>
    !/\b(?:existing|given)\s+(?:alb|nlb|(?:application |network )?load balancer)\b|\b(?:alb|load balancer)\b(?:(?!certificate|https)[^.;]){0,20}\barn\b[^.;]{0,12}\bvar(?:iable)?\b/i.test(
      text,
    ),
  // The group of a function or a service is its own.
  logs: (text, has) =>
    !(
      (has('lambda') || has('ecs') || has('flowlogs') || has('states') || has('cloudtrail')) &&
      !/\bmetric filter\b|\blogs? ?groups?\s+(?:called |named )?["'`]?(?:[a-z]+[-/]|\/(?!ecs|aws))|\bsubscription\b|\b(?:a|an|one|that|new) (?:cloud ?watch )?log ?group\b(?! (?:for|of) (?:the|its))/i.test(
        text,
      )
    ) ||
    (has('flowlogs') && has('dashboard')),
  eventbridge: (text, has) =>
    !(has('scheduler') || has('pipes')) || /\brules?\b/i.test(text) || (has('scheduler') && /\bbus\b/i.test(text)),
  archive: (text, has) => has('eventbridge') || /\bevent archive\b/i.test(text),
  // "the table articles" of a function.
  dynamodb: (text, has) => /\bdynamo/i.test(text) || (['lambda', 'states', 'apigateway', 'appsync', 'iot'].some(has) && !['rds', 'glue', 'redshift', 'athena', 'vpc'].some(has)), // prettier-ignore
  emr: (text, has) => !has('emrserverless'),
  redshift: (text, has) => !has('redshiftserverless'),
  sns: (text) => /\bsns\b/i.test(text) || !/\bkafka|msk\b/i.test(text),
  elasticache: (text, has) => /\belasti ?cache\b/i.test(text) || !has('ecs'),
  opensearch: (text, has) => !/\belasticsearch compatible\b/i.test(text) && !has('opensearchserverless'),
  ec2: (text, has) => onlyMachines(has, text),
  ecs: (text, has) => !has('batch') || /\becs\b/i.test(text),
  iam: (text, has) =>
    !has('oidc') &&
    (!/\biam\b/i.test(text) ||
      !(has('lambda') || has('ecs') || has('eks')) ||
      /\biam (?:users?|groups?|policy)\b/i.test(text)),
  // Those of a pool of users are its own.
  passwords: (text, has) => !has('cognito') || /\b(?:iam|account)\b/i.test(text),
  rds: (text) => !(/\bglue|athena\b/i.test(text) && !/\brds|aurora|postgres|mysql\b/i.test(text)),
  vpc: (text, has) =>
    !(
      /\bno vpc\b|\bexisting vpc\b|\bvpc (?:that exists|given|from|as a? ?variable)\b|\bvpc-[0-9a-f]{6,17}\b/i.test(
        text,
      ) ||
      (/\bvar(?:iables?)?\b[.,:\s]+(?:\w+(?:,\s*|\s+and\s+))*\w*(?:vpc|subnet)\w*/i.test(text) &&
        !/\b(?:new|create|a|own) vpc\b|\bvpc\b[^.;]{0,24}\d\/\d\d/i.test(text)) ||
      (has('flowlogs') && !/\bnew vpc\b|\bsubnets?\b|\d\/\d\d/i.test(text)) ||
      (has('tgw') && (text.match(/\d\/\d\d\b/g)?.length ?? 0) > 1)
    ),
  s3: (text, has) =>
    !(
      has('flowlogs') &&
      !/\bbucket\s+(?:called|named)|\b(?:another|second) bucket/i.test(text) &&
      /\bflow logs?\b[^.;]{0,60}\b(?:s3|bucket)\b/i.test(text)
    ) &&
    /\bs3\b|\bbucket/i.test(text) &&
    !(has('endpoints') && !/\bbucket/i.test(text)),
  ssm: (text, has) => !has('endpoints'),
  ecr: (text, has) => /\becr\b/i.test(text) || !has('ecs'),
  dashboard: (text) => /\bcloud ?watch dash|\bdashboards?\b/i.test(text),
};

/** Drops components that only an ambiguous word seemed to name. */
export function refine(named: readonly Component[], text: string): Component[] {
  const has: Has = (id) => named.some((c) => c.id === id);
  return named.filter((c) => MEANT[c.id]?.(text, has) ?? true);
}
