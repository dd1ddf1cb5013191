/** Routes of Traefik, as labels of the services that it sends requests to. */
import type { Passage } from '../text.ts';
import { innerPort, isBackend, type Project, type Service } from './project.ts';

const MATCHER = String.raw`(?:Host|HostRegexp|HostSNI|Path|PathPrefix|PathRegexp|Headers?|Query|Method)\((?:[^()]*)\)`;
const RULE = new RegExp(String.raw`!?${MATCHER}(?:\s*(?:&&|\|\|)\s*!?${MATCHER})*`);
const HOST =
  /\b(?:host(?:name)?|domain|under|at|for|to|on|by|as|behind)\s*(?:of|is|=|:)?\s*(?:the\s+)?(?:host(?:name)?\s+)?(?:https?:\/\/)?["'`(]*((?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})\b(?![\w:/]*:\d)/i;
const NO_HOST = /\.(?:conf|ya?ml|json|sock|env|txt|toml|sh|py|js|internal|pem|log|sql)$/i;
const PREFIX =
  /\b(?:path(?: prefix)?|under|prefix|at|on)\s*(?:is|=|:)?\s*["'`]?(\/[a-z][\w-]*(?:\/[\w-]+)*)["'`]?(?=[\s,;.)]|$)(?![\w/]*:)/i;

const quoted = (rule: string): string =>
  rule.replace(/\(([^()`]*)\)/g, (_all, inner: string) => `(\`${inner.trim().replace(/^["']|["']$/g, '')}\`)`);

/** The rule of a route: as it is written, or the host and path that the words give. */
function ruleOf(service: Service, text: Passage, alone: boolean): string | undefined {
  const written = service.words.said.take(RULE)?.[0] ?? (alone ? text.take(RULE)?.[0] : undefined);
  if (written !== undefined) return quoted(written);
  const host = service.words.said.take(HOST)?.[1] ?? (alone ? text.take(HOST)?.[1] : undefined);
  const named = host === undefined || NO_HOST.test(host) ? undefined : `Host(\`${host}\`)`;
  const path = service.app === undefined || named !== undefined ? service.words.said.take(PREFIX)?.[1] : undefined;
  const prefix = path === undefined || /^\/(?:var|etc|usr|app|data|srv|opt|tmp|dev|run)\b/.test(path) ? undefined : `PathPrefix(\`${path}\`)`; // prettier-ignore
  return named !== undefined && prefix !== undefined ? `${named} && ${prefix}` : (named ?? prefix);
}

export function routeByLabels(project: Project, traefik: Service, text: Passage): void {
  const routed = project.services.filter((s) => s !== traefik && !isBackend(s) && s.app?.role !== 'monitoring' && s.extra['restart'] !== 'no' && !isWorker(s)); // prettier-ignore
  const all = routed.length > 0 ? routed : project.services.filter((s) => s !== traefik && !isBackend(s));
  for (const s of all) {
    const router = s.words.said.take(/\brouter\s+(?:called |named |name |is |= ?|: ?)?["'`]?([a-z][\w-]*)(?!\s*\()/i)?.[1] ?? s.name; // prettier-ignore
    const rule = ruleOf(s, text, all.length === 1);
    if (rule === undefined && all.length > 1) project.assumptions.push(`${s.name} is reached under the host ${s.name}.localhost.`); // prettier-ignore
    s.words.said.take(/\bopts? in\b[^.;,:]*|\blabels?\b/i);
    s.labels.push(
      'traefik.enable=true',
      `traefik.http.routers.${router}.rule=${rule ?? (all.length > 1 ? `Host(\`${s.name}.localhost\`)` : 'PathPrefix(`/`)')}`,
      `traefik.http.services.${router}.loadbalancer.server.port=${innerPort(s)}`,
    );
  }
}

const isWorker = (s: Service): boolean => /worker|consumer|migrat|cron|scheduler|beat/.test(s.name);
