/** What kind of plan a description asks for, in which environment, and whether it is clear enough to plan at all. */
import { findApps } from './catalogue/index.ts';
import type { WorkspaceFacts } from './context/facts.ts';
import { contradictions, impossible, refusals } from './guard.ts';
import { findImages } from './kubernetes/images.ts';
import { findKinds } from './kubernetes/kinds.ts';
import { appliedFiles } from './pipeline/steps.ts';
import type { Passage } from './text.ts';

export type Target = 'kubernetes' | 'compose' | 'opentofu' | 'helm' | 'pipeline';

const AWS =
  /\b(?:aws|amazon|s3|ec2|rds|dynamo ?db|lambda|sqs|sns|kinesis|cloud ?front|cloud ?watch|route ?53|iam|vpcs?|ecs|eks|ecr|fargate|elasti ?cache|redshift|athena|glue|step functions?|event ?bridge|api gateway|cognito|kms|secrets manager|elastic beanstalk|cloudtrail|auto ?scaling groups?|nat gateways?|security groups?|msk|emr|efs|fsx|app ?sync|code ?(?:build|pipeline|commit|deploy)|guard ?duty|waf|sage ?maker|batch compute|firehose|opensearch domain|document ?db|neptune|aurora|elastic ips?|load balancer target group|(?:network|application) load balancer|[na]lb|acm certificate|certificate manager|parameter store|ssm|flow logs?|hosted zone|user pool|launch templates?|web acl|state machine|log groups?|vpc peering|(?:interface|gateway) endpoints?|t[234][a-z]*\.(?:nano|micro|small|medium|x?large)|bastion host|github actions|ses|transfer family|event ?bridge (?:scheduler|pipes?)|transit gateways?|customer gateways?|virtual private gateway|site-to-site vpn|security ?hub|macie|access analy[sz]er|lightsail|global accelerator|memory ?db|time ?stream|keyspaces|mwaa|dms|app ?config|x-ray|elastic file system|simple (?:queue|notification|email|storage) service|aws budget|rds proxy|code ?artifact|service control polic(?:y|ies)|inspector|config rules?|dax)\b/i;

/** "no Helm", "not Docker Compose": what is not wished for. */
const DENIED =
  /\b(?:no|not|without|instead of|rather than|never|don't use|do not use|avoid)\s+(?:an?\s+|any\s+|using\s+|use\s+|with\s+|via\s+)?(?:helm(?: charts?)?|docker[- ]compose|compose|terraform|open ?tofu|tofu|operators?)\b/gi;

/** The plan's kind, by the words that only one kind has, then by what the workspace holds. */
export function targetOf(text: Passage, facts: WorkspaceFacts): Target {
  const t = text.text.replace(DENIED, ' ');
  const stages = pipelineWords(t);
  const helm = /\bhelm\b|\bcharts?\b/i.test(t);
  const tofu = /\b(?:open ?tofu|terraform|tofu|hcl|infrastructure as code)\b/i.test(t);
  const compose = composeOrNot(t, facts, stages);
  if (compose !== undefined) return compose;
  if (
    tofu &&
    AWS.test(t) &&
    facts.modules.length + facts.charts.length + facts.manifests.length + facts.builds.length === 0
  )
    return 'opentofu';
  if (facts.charts.length === 0 && /\b(?:write|create|make|generate|scaffold|give me)\b[^.;]{0,24}\b(?:helm |umbrella )chart\b/i.test(t)) return 'helm'; // prettier-ignore
  if (isDelivery(t, facts)) return 'pipeline';
  if (
    stages >= 3 ||
    (stages >= 2 &&
      (facts.modules.length > 0 || facts.charts.length > 0 || facts.manifests.length > 0 || facts.builds.length > 0) &&
      usesWorkspace(t))
  )
    return 'pipeline';
  if (
    facts.modules.length > 0 &&
    /\b(?:destroy|tear(?:ing)? down|remove)\b[^.;]*\b(?:infra\w*|tofu|terraform|stack|module)|\b(?:tofu|terraform) destroy\b/i.test(
      t,
    )
  )
    return 'pipeline';
  if (
    tofu &&
    facts.modules.length > 0 &&
    /\b(?:plan|apply|provision(?:s|ed|ing)?|the (?:module|infra\w*|modules?) (?:in|here|of)|existing|this)\b/i.test(
      t,
    ) &&
    !AWS.test(t)
  )
    return 'pipeline';
  if (tofu || (AWS.test(t) && !speaksKubernetes(t))) return 'opentofu';
  if (helm && /\bcharts?\b/i.test(t) && facts.charts.length > 0 && !findApps(t).some((m) => m.app.id !== 'nginx'))
    return 'pipeline';
  if (helm) return 'helm';
  if (
    facts.manifests.length > 0 &&
    /\b(?:the|these|existing|our|my) (?:manifests?|kustomization|overlays?|yaml)\b/i.test(t)
  )
    return 'pipeline';
  return 'kubernetes';
}

/** What only a Compose file has. */
const COMPOSE_KEYS =
  /\bdocker(?:'s)? socket\b|\bdocker\.sock\b|\b(?:env_file|depends_on|extra_hosts?)\b|\bhost\.docker\.internal\b|\bbind[- ]mount|\bdocker (?:volumes?|networks?|secrets?)\b/i;

/** Compose by its own words or by what lies in the workspace; a stack that is only brought up is a delivery. */
function composeOrNot(t: string, facts: WorkspaceFacts, stages: number): Target | undefined {
  const helm = /\bhelm\b|\bcharts?\b/i.test(t);
  const tofu = /\b(?:open ?tofu|terraform|tofu|hcl|infrastructure as code)\b/i.test(t);
  // The stack that is there is started for something else to be done with it.
  if (facts.composeFiles.length > 0 && PROGRAMS.test(t)) return 'pipeline';
  if (facts.composeFiles.length > 0 && STACK_UP.test(t) && STACK_USED.test(t)) return 'pipeline';
  if (
    facts.composeFiles.length > 0 &&
    stages >= 2 &&
    /\b(?:bring|start|spin)\w* up\b[^.;]{0,20}\bcompose\b|\bcompose (?:stack|up)\b/i.test(t)
  )
    return 'pipeline';
  if (
    /\b(?:docker[- ]?compose|compose(?: file|\.ya?ml| stack| services?| project)?|docker stack)\b/i.test(t) &&
    !/\bcompose (?:an?|the) (?:email|message)/i.test(t)
  )
    return 'compose';
  if (COMPOSE_KEYS.test(t) && !speaksKubernetes(t)) return 'compose';
  if (
    facts.builds.length > 1 &&
    /(?:^|[\s(])\.\/[\w-]+/.test(t) &&
    stages < 2 &&
    !tofu &&
    !helm &&
    !speaksKubernetes(t)
  )
    return 'compose';
  if (facts.composeFiles.length > 0 && stages < 2 && !tofu && !helm && !speaksKubernetes(t) && findApps(t).length > 0)
    return 'compose';
  if (stages < 2 && !tofu && !helm && !AWS.test(t) && isOneHost(t)) return 'compose';
  return undefined;
}

/** What is said of containers on one machine: each such word, with its weight. */
const ONE_HOST: readonly (readonly [RegExp, number])[] = [
  [/\b(?:on|of|at) (?:this|my|our|the|one|a|a single|our one|the same)(?: \w+)? (?:machine|laptop|computer|pc|nas|raspberry(?: pi)?|home ?server|workstation|vps|desktop|docker host)\b/i, 3],
  [/\b(?:on|of) (?:this|my|our|one|a single|our one) (?:\w+ )?(?:server|host)\b|\bdocker host\b|\bat home\b|\bhome ?lab\b|\braspberry pi\b/i, 2],
  [/\bhost port\b|\bport \d+ of the host\b|\bthe host'?s? (?:own )?network\b|\/dev\/(?!null|shm|urandom)\w+/i, 2],
  [/\bunless-stopped\b|\b(?:always|never) restart(?:s|ed|ing)?\b|\brestart(?:s|ed|ing)?:? always\b/i, 2],
  [/\bpublish(?:es|ed|ing)?\b/i, 1],
  [/\b(?:localhost|127\.0\.0\.1)\b/i, 1],
  [/\bvolumes?\b|\bcontainers?\b/i, 1],
  [/(?:^|[\s(])(?:\.|~)\/\w|(?<![\w.])\/(?:srv|mnt|home|media|opt)\/\w/, 1],
]; // prettier-ignore
const CLUSTER = /\b(?:replicas?|pods?|namespaces?|ingress(?:es)?|load ?-?balancers?|node ?-?ports?|clusters?|storage ?class|autoscal\w+|probes?|\d+ ?[GM]i)\b/i; // prettier-ignore

/** Containers of one machine, though nobody says with what: no word of a cluster, and several of such a machine. */
function isOneHost(t: string): boolean {
  if (
    CLUSTER.test(t) ||
    speaksKubernetes(t) ||
    findKinds(t).some((k) => !/^(?:Service|Secret|Role)$/.test(k.info.kind))
  )
    return false;
  if (findApps(t).length + findImages(t).length === 0) return false;
  const told = ONE_HOST.filter(([words]) => words.test(t)).map(([, weight]) => weight);
  return told.some((w) => w > 1) && told.reduce((sum, w) => sum + w, 0) > 2;
}

/** The stack that is there is brought up, and looked at or taken down again. */
const STACK_UP = /\b(?:bring|start|spin)\w*\s+(?:up\s+)?(?:the|this|our|my)\b[^.;,]{0,20}\b(?:compose|stack)\b/i;
const STACK_USED =
  /\bhttps?:\/\/[^.;]*\banswers?\b|\b(?:wait|until|check)\b[^.;]{0,30}\bhttps?:\/\/|\b(?:take|tear|bring|shut)\w* (?:it|everything|them|all|the \w+) (?:all )?down\b/i;

/** Programs that a delivery runs, with what they are told to do. */
const PROGRAMS =
  /\b(?:npm|yarn|pnpm|cargo|go|mvn|dotnet|gradlew?|make) (?:ci|test|run|build|verify|install|fmt|vet|clippy|lint|publish)\b|\b(?:pg_dump|mysqldump|mongodump|flyway|liquibase|alembic|pytest|tox|golangci-lint|twine|ruff|mypy|eslint)\b/i;

/** A delivery by its own words, whatever else is said: programs to run, pipelines, releases in steps, images to publish. */
function isDelivery(t: string, facts: WorkspaceFacts): boolean {
  if (/\btekton (?:pipeline|task)s?\b|\b(?:run|start|trigger)\b[^.;]*\btekton\b/i.test(t)) return true;
  if (PROGRAMS.test(t) && facts.files.length > 0 && !speaksKubernetes(t.replace(/\bjobs?\b/gi, ''))) return true;
  if (
    /\bollama\b/i.test(t) &&
    /\b(?:pull|ask|prompt|summari[sz]e|let it|have it)\b/i.test(t) &&
    !/\b(?:deploy|compose|gpu|port|service)\b/i.test(t)
  )
    return true;
  const files = facts.manifests.length + facts.charts.length > 0;
  if (/\bpulumi\b/i.test(t) && facts.files.some((f) => f.endsWith('Pulumi.yaml'))) return true;
  if (files && /\b\d{1,2}\s?(?:%|percent)(?: of (?:the |all )?)?\s*traffic\b/i.test(t) && /\b(?:appl(?:y|ies)|release|deploy|roll out)\b/i.test(t)) return true; // prettier-ignore
  if (facts.manifests.length > 0 && /\bkustomiz\w+\b|\boverlays?\b/i.test(t)) return true;
  if (appliedFiles(t, facts).length > 1) return true;
  if (facts.languages.length > 0 && /\bpublish\w*\b[^.;]{0,50}\b(?:pypi|npm(?:js)?|crates|maven central|nexus|ruby ?gems|nuget)\b/i.test(t)) return true; // prettier-ignore
  if (files && /\bblue[ /-]?green\b|\bcanary\b/i.test(t) && !/\b(?:named|called|image)\b/i.test(t)) return true;
  if (
    files &&
    /\b(?:deploy|apply|roll out)\b[^.;]{0,30}\b(?:the |our |my )?(?:\w+ (?:folder|directory|manifests?|chart)|[\w-]+\/)(?=[\s,.;]|$)/i.test(
      t,
    ) &&
    facts.manifests.concat(facts.charts).some((m) => new RegExp(`(?<![\\w-])${m.split('/')[0] ?? ''}\\b`).test(t))
  )
    return true;
  return (
    facts.builds.length > 0 &&
    /\b(?:multi-?(?:arch|platform)|(?:build|push|publish)\w*)\b[^.;]{0,40}\bimages?\b|\bimages?\b[^.;]{0,60}\b(?:built|build|push\w*|publish\w*)\b/i.test(
      t,
    ) &&
    !/\b(?:kubernetes|k8s|deployment|replicas?|pods?|namespace|service on|compose)\b/i.test(t)
  );
}

/** Objects that only a cluster has; words such as role, service or secret mean something elsewhere too. */
const speaksKubernetes = (t: string): boolean =>
  /\b(?:kubernetes|k8s|kubectl|helm)\b/i.test(t) ||
  findKinds(t).some(
    (k) =>
      !/^(?:Role|Service|Secret|Job|Gateway|Certificate|Application|Namespace|HorizontalPodAutoscaler|ResourceQuota)$/.test(
        k.info.kind,
      ),
  );

const usesWorkspace = (t: string): boolean =>
  /\b(?:the|this|our|my|existing|here|in \w+\/|chart|module|repo(?:sitory)?|folder|project)\b/i.test(t);

/** How many different things a delivery does: build, test, scan, push, plan, apply, deploy, check. */
function pipelineWords(t: string): number {
  const words = [
    /\bbuil(?:d|ds|t|ding)\b/i,
    /\b(?:unit |run |integration )?tests?\b(?! container)/i,
    /\blint/i,
    /\b(?:scan(?:s|ned|ning)?|trivy|checkov|conftest|zap|polic(?:y|ies) check)\b/i,
    /\bpush(?:es|ed)?\b/i,
    /\b(?:tofu|terraform|opentofu)\b/i,
    /\b(?:helm|charts?)\b/i,
    /\b(?:approv\w+|sign[- ]off|confirm\w*|manual gate|ask (?:me|first|before))\b/i,
    /\b(?:smoke|health check|verify|gate on|error rate|roll ?back)\b/i,
    /\bnotif\w+|slack\b/i,
    /\bargo ?cd\b|\bflux\b/i,
    /\bpromote\b|\bpipeline\b|\bworkflow\b/i,
  ];
  return words.filter((w) => w.test(t)).length;
}

/** The environment that the text names, as a name fit for a namespace. */
export function environmentOf(text: Passage): string | undefined {
  const match = text.take(
    /(?<![\w.-])(staging|production|prod|dev|development|test|testing|qa|preview|uat|sandbox)\b(?=\s+(?:environment|env|cluster|namespace|stage|version|setup|stack)|[.,;]|$)|\b(?:to|in|into|for|on)\s+(?:the\s+)?(staging|production|prod|dev|development|qa|preview|uat|sandbox)\b/i,
  );
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

/** Components that come with a phrase rather than by their own names. */
export function extraComponents(text: Passage): string[] {
  const extra: string[] = [];
  if (
    text.take(
      /\b(?:with|and|including|plus|add|has|needs?)\s+(?:full\s+|basic\s+|some\s+)?(?:monitoring|observability|metrics(?!\.)|dashboards?)\b|\bmonitored\b|\bmonitoring (?:stack|setup)\b/i,
    )
  )
    extra.push('prometheus', 'grafana');
  if (
    text.take(
      /\b(?:with|and|including|plus|add)\s+(?:central(?:ised|ized)?\s+|log\s+)?(?:logging|log aggregation|logs)\b/i,
    )
  )
    extra.push('loki');
  if (text.take(/\b(?:with|and|including|plus|add)\s+(?:distributed\s+)?trac(?:ing|es)\b/i)) extra.push('jaeger');
  return extra;
}

/** What must be asked before anything can be planned; empty where the text says enough. */
export function questionsFor(text: Passage, facts: WorkspaceFacts): string[] {
  const t = text.text.trim();
  if (t === '') return ['What should be deployed? Describe it in a sentence, such as: web app with postgres on k8s.'];
  if (!/[\p{L}]{2}/u.test(t))
    return [
      'This is no description that can be read. Say what should run and where, such as: web app with postgres on k8s.',
    ];
  const stop = [...refusals(t), ...contradictions(t), ...impossible(t)];
  if (stop.length > 0) return stop;
  if (
    /^(?:please\s+|can you\s+)?(?:undo|revert|roll ?back|take back)\b[^.;]{0,40}\b(?:everything|all(?: of it)?|the last (?:change|deployment|release|run)|it|what you did)\b[^.;]{0,20}[.!?\s]*$/i.test(
      t,
    )
  )
    // prettier-ignore
    return ['What should be taken back, and to which state: which release, deployment or workflow run? code-engine recover and Roll Back in the history know the runs of this workspace.'];
  const things = findApps(t).length + findKinds(t).filter((k) => k.info.kind !== 'Namespace').length;
  const vague =
    /^(?:please\s+|just\s+|can you\s+|could you\s+)?(?:deploy|ship|run|launch|release|install|set ?up|do|make|start|fix|improve|update|optimi[sz]e|publish|host|put)\b\s*(?:it|this|that|them|everything|all|stuff|things?|(?:the|my|our|this)\s+(?:app|application|thing|stuff|project|code|service|site|website|system|server|usual|same|infrastructure))?(?:\s+(?:up|live|online|now|please|again|better|faster|to (?:prod\w*|staging|the cloud|the server|kubernetes|k8s|the cluster)|on (?:kubernetes|k8s|the (?:cloud|cluster|server))|in (?:the cloud|production)|for me|to work|work|somewhere|properly|as (?:usual|before|always)|like (?:last time|before)))*[.!?\s]*$/i.test(
      t,
    );
  if (
    things === 0 &&
    vague &&
    facts.builds.length === 0 &&
    facts.charts.length === 0 &&
    facts.modules.length === 0 &&
    facts.manifests.length === 0 &&
    facts.composeFiles.length === 0
  ) {
    return [
      'What should be deployed? There is no Dockerfile, chart, module or manifest in this workspace to tell.',
      'Where should it run: on Kubernetes, with Docker Compose, or on a cloud by OpenTofu?',
    ];
  }
  return [];
}
