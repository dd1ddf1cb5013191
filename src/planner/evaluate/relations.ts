/** Rules over several objects: selectors, references, backends, targets, networks. */
import type { Artifacts, Manifest } from './artifacts.ts';
import { isRecord } from './strict.ts';
import { pattern, reach } from './where.ts';

/** @param setup what the prompt says is there already, as text @param declared inputs and secrets of the plan, as text */
export function relationHolds(
  name: string,
  artifacts: Artifacts,
  setup: string,
  declared: string,
): { ok: boolean; why?: string } {
  const [rule = '', argument = ''] = name.split(/:(.*)/s);
  switch (rule) {
    case 'service_selects_workload':
      return serviceSelects(artifacts, setup);
    case 'refs_resolve':
      return refsResolve(artifacts, setup, declared);
    case 'ingress_backend_exists':
      return backends(artifacts);
    case 'hpa_target_exists':
      return hpaTargets(artifacts, setup);
    case 'compose_networks_disjoint':
      return disjoint(artifacts, argument);
    default:
      return { ok: false, why: `unknown rule ${rule}` };
  }
}

const fine = { ok: true };
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const kindOf = (m: Manifest): string => String(m.object['kind']);
const nameOf = (m: Manifest): string => String(reach(m.object, 'metadata.name')[0]);
const spaceOf = (m: Manifest): string => text(reach(m.object, 'metadata.namespace')[0]);

/** Labels of the pods that a workload makes. */
export function podLabels(m: Manifest): Record<string, unknown> | undefined {
  const path =
    kindOf(m) === 'Pod'
      ? 'metadata.labels'
      : kindOf(m) === 'CronJob'
        ? 'spec.jobTemplate.spec.template.metadata.labels'
        : 'spec.template.metadata.labels';
  const labels = reach(m.object, path)[0];
  return isRecord(labels) ? labels : undefined;
}

function serviceSelects(artifacts: Artifacts, setup: string): { ok: boolean; why?: string } {
  for (const service of artifacts.manifests.filter((m) => kindOf(m) === 'Service')) {
    const selector = reach(service.object, 'spec.selector')[0];
    if (!isRecord(selector) || setup.includes(nameOf(service))) continue;
    const matched = artifacts.manifests.some((m) => {
      const labels = podLabels(m);
      return (
        labels !== undefined &&
        (spaceOf(m) === spaceOf(service) || spaceOf(m) === '' || spaceOf(service) === '') &&
        Object.entries(selector).every(([k, v]) => labels[k] === v)
      );
    });
    if (!matched) return { ok: false, why: `Service ${nameOf(service)} selects no generated pods` };
  }
  return fine;
}

interface Reference {
  readonly kind: string;
  readonly name: string;
}

/** Every object that others name in their fields. */
export function referencesOf(object: unknown): Reference[] {
  const found: Reference[] = [];
  const add = (kind: string, value: unknown): void => {
    if (typeof value === 'string') found.push({ kind, name: value });
  };
  const walk = (value: unknown, key: string): void => {
    if (Array.isArray(value)) {
      value.forEach((v) => walk(v, key));
      return;
    }
    if (!isRecord(value)) return;
    if (value['optional'] === true) return;
    if (/^(?:configMapKeyRef|configMapRef|configMap)$/.test(key)) add('ConfigMap', value['name']);
    if (/^(?:secretKeyRef|secretRef)$/.test(key)) add('Secret', value['name']);
    if (key === 'secret') add('Secret', value['secretName'] ?? value['name']);
    if (key === 'imagePullSecrets') add('Secret', value['name']);
    if (key === 'persistentVolumeClaim') add('PersistentVolumeClaim', value['claimName']);
    if (key === 'roleRef') add(text(value['kind'] ?? 'Role'), value['name']);
    if (key === 'subjects' && value['kind'] === 'ServiceAccount') add('ServiceAccount', value['name']);
    for (const [k, v] of Object.entries(value)) {
      if (k === 'serviceAccountName') add('ServiceAccount', v);
      walk(v, k);
    }
  };
  walk(object, '');
  return found;
}

const BUILT_IN = /^(?:default|cluster-admin|admin|edit|view|system:.*)$/;

function refsResolve(artifacts: Artifacts, setup: string, declared: string): { ok: boolean; why?: string } {
  for (const m of artifacts.manifests) {
    for (const ref of referencesOf(m.object)) {
      const there = artifacts.manifests.some((o) => kindOf(o) === ref.kind && nameOf(o) === ref.name);
      if (!there && !BUILT_IN.test(ref.name) && !setup.includes(ref.name) && !declared.includes(ref.name))
        return { ok: false, why: `${kindOf(m)} ${nameOf(m)} names ${ref.kind} ${ref.name}, which is nowhere` };
    }
  }
  return fine;
}

function backends(artifacts: Artifacts): { ok: boolean; why?: string } {
  const services = artifacts.manifests.filter((m) => kindOf(m) === 'Service');
  for (const ingress of artifacts.manifests.filter((m) => kindOf(m) === 'Ingress')) {
    const found = [
      ...reach(ingress.object, 'spec.rules.*.http.paths.*.backend.service'),
      ...reach(ingress.object, 'spec.defaultBackend.service'),
    ];
    if (found.length === 0) return { ok: false, why: `Ingress ${nameOf(ingress)} has no backend` };
    for (const backend of found) {
      const service = services.find((s) => nameOf(s) === String(reach(backend, 'name')[0]));
      const port = reach(backend, 'port.number')[0] ?? reach(backend, 'port.name')[0];
      if (
        service === undefined ||
        ![...reach(service.object, 'spec.ports.*.port'), ...reach(service.object, 'spec.ports.*.name')].includes(port)
      )
        return { ok: false, why: `Ingress ${nameOf(ingress)} names a service or port that is nowhere` };
    }
  }
  return fine;
}

function hpaTargets(artifacts: Artifacts, setup: string): { ok: boolean; why?: string } {
  for (const hpa of artifacts.manifests.filter((m) => kindOf(m) === 'HorizontalPodAutoscaler')) {
    const kind = String(reach(hpa.object, 'spec.scaleTargetRef.kind')[0]);
    const name = String(reach(hpa.object, 'spec.scaleTargetRef.name')[0]);
    if (!artifacts.manifests.some((m) => kindOf(m) === kind && nameOf(m) === name) && !setup.includes(name))
      return { ok: false, why: `${kind} ${name} is nowhere` };
  }
  return fine;
}

function disjoint(artifacts: Artifacts, argument: string): { ok: boolean; why?: string } {
  const [left = '', right = ''] = splitAlternatives(argument);
  for (const compose of artifacts.compose) {
    const services = isRecord(compose['services'])
      ? Object.entries(compose['services']).filter((e): e is [string, Record<string, unknown>] => isRecord(e[1]))
      : [];
    const of = (regex: string): [string, Record<string, unknown>][] =>
      services.filter(
        ([name, s]) =>
          pattern(regex).test(text(s['image'])) ||
          (s['image'] === undefined && pattern(regex).test(`${name} ${JSON.stringify(s['build'] ?? '')}`)),
      );
    const networks = (s: Record<string, unknown>): string[] =>
      Array.isArray(s['networks'])
        ? s['networks'].map(String)
        : isRecord(s['networks'])
          ? Object.keys(s['networks'])
          : ['default'];
    for (const [a, one] of of(left))
      for (const [b, other] of of(right))
        if (networks(one).some((n) => networks(other).includes(n)))
          return { ok: false, why: `${a} and ${b} share a network` };
  }
  return fine;
}

/** `A|B`, where A and B may hold groups with bars of their own. */
function splitAlternatives(text: string): string[] {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    if (text[i] === ')') depth--;
    if (text[i] === '|' && depth === 0) return [text.slice(0, i), text.slice(i + 1)];
  }
  return [text];
}
