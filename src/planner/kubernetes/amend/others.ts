/** Changes to what is no workload: Services, Ingresses, ConfigMaps, autoscalers, claims, schedules. */
import { SIZE, sizeOf } from '../../grammar/quantities.ts';
import { readSchedule } from '../../grammar/schedule.ts';
import { companionReaders } from '../companions.ts';
import { readData } from '../config.ts';
import { fillFields } from '../fields.ts';
import { readCronSpec, readJobSpec } from '../jobs.ts';
import { listOf, mapOf, nameOf, spaceOf, wordOf } from '../mend/shape.ts';
import { entityOf, type DraftObject } from '../model.ts';
import { kinds } from '../schema.ts';
import { readService } from '../services.ts';
import { escaped } from '../../text.ts';
import { passageOf, saidOf } from './container.ts';
import { laidOver } from './over.ts';

export function changeOther(text: string, object: DraftObject): void {
  const spec = mapOf(object['spec']);
  switch (object['kind']) {
    case 'Service':
      changeService(text, spec);
      return;
    case 'Ingress':
      changeIngress(text, object, spec);
      return;
    case 'ConfigMap':
      object['data'] = {
        ...mapOf(object['data']),
        ...readData(saidOf(text.replace(/\b(?:of|for|in) (?:the )?config ?-?map\b[^.;,=]*?(?=\bto\b)/i, ' '))),
      };
      for (const key of Object.keys(mapOf(object['data']))) {
        const value = new RegExp(
          `(?<![\\w.-])${escaped(key)}["'\`]?\\s+(?:must be|should be|has to be|to|becomes?|is now|=)\\s+["'\`]?([^\\s,;"'\`]+)`,
        ).exec(text)?.[1];
        if (value !== undefined) object['data'] = { ...mapOf(object['data']), [key]: value.replace(/\.$/, '') };
      }
      return;
    case 'CronJob':
    case 'Job':
      changeJob(text, object, spec);
      return;
    case 'HorizontalPodAutoscaler':
      changeScaler(text, object, spec);
      return;
    case 'PersistentVolumeClaim': {
      const size = new RegExp(`${SIZE}(?![^.;]*${SIZE})`).exec(text);
      if (size?.[1] !== undefined)
        spec['resources'] = laidOver(spec['resources'], { requests: { storage: sizeOf(size[1], size[2] ?? 'Gi') } });
      named(text, object);
      return;
    }
    default:
      named(text, object);
  }
}

/** Fields by the API's own names. */
function named(text: string, object: DraftObject): void {
  const model = kinds[`${wordOf(object['apiVersion'])}/${wordOf(object['kind'])}`];
  if (model !== undefined)
    fillFields(object, model, saidOf(text.replace(/\b(?:of|for) the [\w-]+ (?=to\b)/i, '')), true);
}

function changeService(text: string, spec: DraftObject): void {
  const wish = readService(saidOf(text), undefined);
  if (wish.type !== undefined) spec['type'] = wish.type;
  if (wish.headless === true) Object.assign(spec, { clusterIP: 'None' });
  if (wish.sessionAffinity === true) spec['sessionAffinity'] = 'ClientIP';
  if (wish.selector !== undefined) spec['selector'] = wish.selector;
  Object.assign(spec, laidOver(spec, wish.fields ?? {}));
  const named =
    /\b(?:name|call) the (?:\w+ )?port\s+(?:as\s+)?["'`]?([a-z][a-z0-9-]{0,14})|\bport name\s+(?:to\s+|is\s+)?["'`]?([a-z][a-z0-9-]{0,14})/i.exec(
      text,
    );
  const [single] = listOf(spec['ports']);
  if (named !== null && single !== undefined) single['name'] = named[1] ?? named[2];
  const own = listOf(spec['ports']);
  const [first, ...others] = own;
  const adds = /\b(?:add|also|additional|second|another)\b/i.test(text) && first !== undefined;
  const plain = wish.ports.map((p): DraftObject => ({
    ...(p.name === undefined ? {} : { name: p.name }),
    ...(p.port === 0 ? {} : { port: p.port }),
    ...(p.target === undefined ? {} : { targetPort: p.target }),
    ...(p.nodePort === undefined ? {} : { nodePort: p.nodePort }),
    ...(p.protocol === undefined ? {} : { protocol: p.protocol }),
  }));
  if (plain.length === 0) return;
  if (adds) {
    // Where there are several, each has a name.
    const all = [...own, ...plain.filter((p) => !own.some((o) => o['port'] === p['port']))];
    spec['ports'] =
      all.length > 1
        ? all.map((p) => ({ ...(p['name'] === undefined ? { name: `port-${wordOf(p['port'])}` } : {}), ...p }))
        : all;
    return;
  }
  const [only] = plain;
  const target = /\btarget ?-?port\b[^.;,\d]{0,16}?(\d{2,5}|["'`][a-z-]+["'`])/i
    .exec(text.replace(/\bfrom \d+/i, ''))?.[1]
    ?.replace(/["'`]/g, '');
  if (target !== undefined && first !== undefined && !/\bport \d+[^.;]*\btarget/i.test(text)) {
    spec['ports'] = [{ ...first, targetPort: /^\d/.test(target) ? Number(target) : target }, ...others];
    return;
  }
  if (plain.length > 1 || first === undefined) spec['ports'] = plain;
  else {
    const before = first['targetPort'] ?? first['port'];
    spec['ports'] = [{ ...first, ...only, targetPort: only?.['targetPort'] ?? before }, ...others];
  }
}

/** New paths, hosts, a certificate, a class, annotations. */
function changeIngress(text: string, object: DraftObject, spec: DraftObject): void {
  const rules = listOf(spec['rules']);
  const service = listOf(mapOf(rules[0]?.['http'])['paths']).map((p) => mapOf(mapOf(mapOf(p['backend'])['service'])));
  const made = companionReaders['Ingress']?.(entityOf(0, { name: nameOf(object), said: text }), saidOf(text), {
    namespace: spaceOf(object) || undefined,
    text: passageOf(text),
    workload: undefined,
    services: service
      .slice(0, 1)
      .map((s) => ({ name: wordOf(s['name']), port: Number(wordOf(mapOf(s['port'])['number'])) || 80 })),
    workloadNamed: () => undefined,
    made: () => [],
    assume: () => undefined,
  });
  if (made === undefined) return;
  const fresh = mapOf(made['spec']);
  const annotations = mapOf(mapOf(made.metadata)['annotations']);
  if (fresh['tls'] !== undefined && /\btls\b|\bhttps\b|\bcertificate\b|\bsecret\b/i.test(text)) {
    const hosts = rules.map((r) => r['host']).filter((h) => h !== undefined);
    spec['tls'] = listOf(fresh['tls']).map((t) => ({
      hosts: hosts.length > 0 ? hosts : t['hosts'],
      secretName: t['secretName'],
    }));
  }
  if (Object.keys(annotations).length > 0) object['metadata'] = laidOver(object['metadata'], { annotations });
  if (/\bclass\b/i.test(text)) spec['ingressClassName'] = fresh['ingressClassName'];
  const routes = listOf(fresh['rules']);
  if (!/\bhost\b|\bpath\b|\s\/\w|\broute|\bsend/i.test(text) || /\brewrite|\bannotat/i.test(text)) return;
  for (const rule of routes) {
    const hosted = rule['host'] === undefined ? rules : rules.filter((r) => r['host'] === rule['host']);
    if (hosted.length === 0) {
      const changed =
        rules.length === 1 && /\b(?:change|set|use|replace|should be)\b/i.test(text) && !/\badd\b/i.test(text);
      if (changed && rules[0] !== undefined) rules[0]['host'] = rule['host'];
      else spec['rules'] = [...listOf(spec['rules']), rule];
      continue;
    }
    for (const own of hosted) {
      const http = (own['http'] = mapOf(own['http']));
      const paths = listOf(http['paths']);
      const more = listOf(mapOf(rule['http'])['paths']).filter(
        (p) => /\s["'`]?\//.test(text) || paths.length === 0 || p['path'] !== '/',
      );
      http['paths'] = [
        ...paths.map((p) => more.find((m) => m['path'] === p['path']) ?? p),
        ...more.filter((m) => !paths.some((p) => p['path'] === m['path'])),
      ];
    }
  }
}

function changeJob(text: string, object: DraftObject, spec: DraftObject): void {
  const said = saidOf(text);
  if (object['kind'] === 'Job') {
    Object.assign(spec, readJobSpec(said));
    return;
  }
  const schedule = /\b(?:schedule|every|daily|hourly|weekly|nightly|monthly|run|at \d|cron)\b/i.test(text)
    ? readSchedule(passageOf(text))
    : undefined;
  if (schedule !== undefined) spec['schedule'] = schedule;
  Object.assign(spec, readCronSpec(said));
  const job = mapOf(mapOf(spec['jobTemplate'])['spec']);
  Object.assign(job, readJobSpec(said));
}

function changeScaler(text: string, object: DraftObject, spec: DraftObject): void {
  const made = companionReaders['HorizontalPodAutoscaler']?.(
    entityOf(0, { name: nameOf(object), said: text }),
    saidOf(
      `for deployment ${wordOf(mapOf(spec['scaleTargetRef'])['name'])} ${text.replace(/\b(min(?:imum)?|max(?:imum)?)(?:imum)?( replicas)?( count)?\s+to\s+/gi, '$1 ')}`,
    ),
    {
      namespace: undefined,
      text: passageOf(text),
      workload: undefined,
      services: [],
      workloadNamed: () => undefined,
      made: () => [],
      assume: () => undefined,
    },
  );
  const fresh = mapOf(made?.['spec']);
  if (/\bmin|\bat least|\bbetween|\bfrom \d/i.test(text)) spec['minReplicas'] = fresh['minReplicas'];
  if (/\bmax|\bat most|\bup to|\bbetween|\bto \d+ (?:replicas|pods)/i.test(text))
    spec['maxReplicas'] = fresh['maxReplicas'];
  if (/\d\s?(?:%|percent)|\bmetric|\bMi\b/i.test(text)) {
    const metrics = listOf(fresh['metrics']);
    const adds = /\b(?:add|also|additional|second)\b/i.test(text);
    const key = (m: DraftObject): string => wordOf(mapOf(m['resource'])['name']) || JSON.stringify(m);
    spec['metrics'] = adds
      ? [...listOf(spec['metrics']).filter((m) => !metrics.some((f) => key(f) === key(m))), ...metrics]
      : metrics;
  }
  if (fresh['behavior'] !== undefined) spec['behavior'] = laidOver(spec['behavior'], fresh['behavior']);
}
