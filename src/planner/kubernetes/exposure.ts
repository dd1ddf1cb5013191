/** Services that are wished for: as objects of their own, or by words such as "expose". */
import { readPairs, Said } from './attributes.ts';
import type { ClusterBuilder } from './builder.ts';
import type { Entity, ServiceWish, Workload } from './model.ts';
import { renderService } from './render.ts';
import { readService } from './services.ts';

/** "the name my-db should resolve to my.database.example.com. Use an ExternalName service": said before the object is. */
function aliasOf(builder: ClusterBuilder, wish: ServiceWish): void {
  const match = builder.text.take(
    /\b(?:the\s+)?(?:name|host(?:name)?)\s+["'`]?([a-z0-9][a-z0-9-]*)["'`]?\s+(?:(?:should|must|shall|has to)\s+)?(?:resolves?|points?)\s+to\s+["'`]?([a-z0-9-]+(?:\.[a-z0-9-]+)+)/i,
  );
  if (match?.[1] === undefined || match[2] === undefined) return;
  wish.externalName = match[2];
  wish.name ??= match[1];
}

/** "sends everything to blue for now": of several workloads the one that the word is the end of. */
function sentTo(builder: ClusterBuilder, entity: Entity): Workload | undefined {
  const word =
    /\b(?:sends?|rout(?:es?|ing)|points?|goes|directs?)\s+(?:everything|all (?:the )?(?:traffic|requests)|traffic|it|all)?\s*(?:only\s+)?(?:to|at)\s+(?:the\s+)?(?:only\s+)?["'`]?([a-z][a-z0-9-]*)/i.exec(
      entity.said,
    )?.[1];
  return word === undefined
    ? undefined
    : [...builder.workloads.values()].find((w) => w.name === word || w.name.endsWith(`-${word}`));
}

export function wishService(builder: ClusterBuilder, entity: Entity): void {
  const said = new Said(entity.passages);
  const wish = readService(said, entity.name);
  if (wish.type === 'ExternalName' && /^(?:example\.com)?$/.test(wish.externalName ?? '')) aliasOf(builder, wish);
  const owners = entity.owners.map((o) => builder.workloads.get(o)).filter((w) => w !== undefined);
  const named = [...builder.workloads.values()].find((w) =>
    new RegExp(
      `\\b(?:for|to|of|in front of|exposing|exposes|expose)\\s+(?:the\\s+)?(?:deployment |stateful ?set |pods? |daemon ?set )?["'\`]?${w.name}\\b`,
      'i',
    ).test(entity.said),
  );
  const chosen = sentTo(builder, entity);
  const targets = named !== undefined ? [named] : chosen === undefined ? owners : [chosen];
  const namespace = builder.entityNamespace(entity);
  if (targets.length === 0) {
    if (wish.ports.length === 0 && wish.type !== 'ExternalName') wish.ports.push({ port: 80 });
    const about =
      /\b(?:for|of|in front of|exposing|expose)\s+(?:the\s+)?(?:existing\s+)?(?:deployment|pods?|stateful ?set)?\s*["'`]?([a-z0-9][a-z0-9-]*)/i.exec(
        entity.said,
      )?.[1];
    const given = entity.owners.filter((o) => o.exists);
    const labels = {
      ...readPairs(new Said(given.flatMap((o) => o.passages)), '(?:labell?(?:s|ed)?|pods?)'),
      ...given.reduce((all, o) => ({ ...all, ...bracketOf(builder, o).labels }), {}),
    };
    const listens = given.map((o) => bracketOf(builder, o).port).find((p) => p !== undefined);
    if (listens !== undefined) wish.ports = wish.ports.map((p) => ({ ...p, port: p.port === 0 ? listens : p.port, target: p.target ?? listens })); // prettier-ignore
    const selector =
      wish.selector ?? (Object.keys(labels).length > 0 ? labels : about === undefined ? undefined : { app: about });
    builder.objects.push(
      renderService(
        selector === undefined ? wish : { ...wish, selector },
        undefined,
        entity.name ?? wish.name ?? about ?? 'web',
        namespace,
      ),
    );
    return;
  }
  for (const workload of targets) {
    // "headless service plus a public service": the plain name is for the one that people use.
    workload.services.push({
      ...wish,
      ...(targets.length > 1 && wish.name !== undefined ? { name: workload.name } : {}),
    });
  }
}

/** "the existing deployment hello (pods app=hello, port 8080)": what is told of a thing that is there. */
function bracketOf(
  builder: ClusterBuilder,
  entity: Entity,
): { labels: Record<string, string>; port: number | undefined } {
  const text =
    new RegExp(`(?<![\\w-])${entity.name ?? '-'}["'\`]?\\s*\\(([^)]*)\\)`).exec(builder.text.text)?.[1] ?? '';
  const pairs = [...text.matchAll(/([\w./-]+)=([\w.-]*\w)/g)].map((m) => [m[1] ?? '', m[2] ?? ''] as const);
  const port = /\b(?:port|on)\s*:?\s*(\d{2,5})\b/i.exec(text)?.[1];
  return { labels: Object.fromEntries(pairs), port: port === undefined ? undefined : Number(port) };
}

/** "expose it on 80", "reachable from outside on 8080", "no external traffic". */
export function exposeWords(builder: ClusterBuilder, entity: Entity, workload: Workload): void {
  const said = entity.said;
  if (workload.services.length > 0) return;
  const outside =
    /\b(?:load ?balancer|public(?:ly)?|from outside|external(?:ly)?|internet)\b/i.test(said) &&
    !/\b(?:no|not|without|block|deny)\b[^.;]{0,20}\b(?:external|public|outside|internet)/i.test(said);
  const nodePort = /\bnode ?-?port\b/i.test(said);
  const exposed = /\bexpos(?:e|ed|es|ing)\b|\breachable\b|\baccessible\b|\bservice\b|\bload ?balancer\b/i.test(said);
  // "services: web (…, port 80), api (…, port 8080)": what is a service among others is reached by them.
  const among = workload.kind === 'Deployment' && builder.workloads.size > 1 && /\b(?:micro-?)?services\b|\bstack\b|\bapp(?:lication)? (?:with|of|consist\w+)\b|\bplatform\b/i.test(builder.text.text) && (workload.containers[0]?.ports.length ?? 0) > 0; // prettier-ignore
  const wanted = workload.explicit
    ? among ||
      (exposed && workload.kind !== 'Pod' && workload.kind !== 'Job' && workload.kind !== 'CronJob') ||
      nodePort
    : (workload.containers[0]?.ports.length ?? 0) > 0;
  if (!wanted) return;
  const wish: ServiceWish = /\bexpos|node ?port|load ?balancer|service\b/i.test(said)
    ? readService(new Said(entity.passages), undefined)
    : { ports: [] };
  if (!outside && wish.type === 'LoadBalancer') delete wish.type;
  if (workload.kind === 'StatefulSet' && wish.type === undefined) wish.headless = true;
  // Ports of the container decide unless the words give the service its own.
  if (wish.ports.every((p) => p.target === undefined && p.nodePort === undefined)) wish.ports = [];
  workload.services.push(wish);
}
