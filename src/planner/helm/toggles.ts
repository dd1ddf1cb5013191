/** Parts of a chart that the words switch on or off. */
import type { Said } from '../kubernetes/attributes.ts';
import type { Tree } from '../values.ts';
import type { Chart } from './charts.ts';

/** @returns whether a part of that name lies deeper in the values, which then is on or off */
function switched(values: Tree, name: string, enabled: boolean): boolean {
  for (const [key, value] of Object.entries(values)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    const inner = value as Tree;
    const part = inner[name];
    if (key !== name && typeof part === 'object' && part !== null && 'enabled' in part) {
      inner[name] = { ...(part as Tree), enabled };
      return true;
    }
    if (switched(inner, name, enabled)) return true;
  }
  return false;
}

/** "alertmanager off", "with redis-ha enabled", "without dex": parts of a chart that are switched on or off. */
export function toggles(said: Said, chart: Chart, there: Tree): Tree {
  const values: Tree = {};
  const part = String.raw`([a-z][a-z0-9]*(?:[-_][a-z0-9]+|[A-Z][a-z]+)*)`;
  const off = new RegExp(
    `\\b${part}\\s+(?:is\\s+)?(?:off|disabled|switched off)\\b|\\b(?:disable|without|no)\\s+(?:the\\s+)?${part}`,
    'gi',
  );
  const on = new RegExp(
    `\\b${part}\\s+(?:is\\s+)?(?:on|enabled|switched on)\\b(?!\\s+(?:the|a|port|\\d|kubernetes|k8s))|\\benable\\s+(?:the\\s+)?${part}`,
    'gi',
  );
  for (const [pattern, enabled] of [
    [off, false],
    [on, true],
  ] as const)
    for (const m of said.takeAll(pattern)) {
      const name = m[1] ?? m[2] ?? '';
      const own = SPELLED[name.toLowerCase()] ?? (/^[A-Z]+$/.test(name) ? name.toLowerCase() : name.charAt(0).toLowerCase() + name.slice(1)); // prettier-ignore
      if (!TOGGLED.test(name) || new RegExp(`^(?:${chart.names})$`, 'i').test(name)) continue;
      // What the chart has further in is switched there.
      if (!switched(there, own, enabled)) values[own] = { enabled };
    }
  return values;
}

/** Parts that charts are made of; other words before "on" and "off" are no parts. */
const TOGGLED = /^(?:alertmanager|grafana|prometheus|node-?exporter|kube-?state-?metrics|push-?gateway|dex|notifications|application-?set|redis-ha|server-?side-?diff|autoscaling|ingress|metrics|tls|network-?policy|service-?monitor|dashboards?|gateway|minio|canary|lokiCanary|test|telemetry|injector|ui|csi|sidecar|default-?backend|webhook|prune|jetstream|natsbox|sentinel|volume-?permissions|rbac|pdb|tracing)$/i; // prettier-ignore
const SPELLED: Readonly<Record<string, string>> = { 'node-exporter': 'nodeExporter', nodeexporter: 'nodeExporter', 'kube-state-metrics': 'kubeStateMetrics', 'service-monitor': 'serviceMonitor', servicemonitor: 'serviceMonitor',  networkpolicy: 'networkPolicy', 'network-policy': 'networkPolicy', applicationset: 'applicationSet', canary: 'lokiCanary' }; // prettier-ignore
