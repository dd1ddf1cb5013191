/** How a release is asked for: its name, its values files and settings, its version, how long to wait and what happens when it fails. */
import type { JsonObject } from '../../core/json.ts';
import { DURATION, secondsOf } from '../grammar/quantities.ts';
import type { Passage } from '../text.ts';

const NOT_RELEASES =
  /^(?:the|a|an|in|into|to|of|with|and|on|from|named|called|as|it|is|was|chart|name|when|after|for|candidate|version|notes|namespace|managers?|teams?|leads?|owners?|engineers?)$/i;

/** Parameters of the helm task that the words give; nothing where they give none. */
export function releaseWords(text: Passage): JsonObject {
  const named = [
    /\bhelm (?:upgrade|install)(?:\s+--?[\w-]+)*\s+([a-z0-9][a-z0-9-]*)\s+(?=[\w.-]*\/)/i,
    /\bhelm (?:upgrade|install)(?:\s+--?[\w-]+)*\s+["'`]?([a-z0-9]+(?:-[a-z0-9]+)+)["'`]?(?=\s*(?::|\s(?:from|with|using|bitnami|the)\b))/i,
    /\brelease\s+(?:name\s+)?(?:called |named |is |=|:)?["'`]?([a-z0-9][a-z0-9-]*)(?![\w/.])/i,
    /\bas (?:the )?(?:release )?["'`]?([a-z0-9]+-[a-z0-9-]+)(?![\w/.])/i,
    /\bas release ["'`]?([a-z0-9-]+)/i,
    /["'`]?\b([a-z0-9]+(?:-[a-z0-9]+)+)["'`]?\s+release\b/i,
  ].find((p) => !NOT_RELEASES.test(p.exec(text.text)?.[1] ?? 'the'));
  const name = named === undefined ? undefined : text.take(named)?.[1];
  const files = text
    .takeAll(/(?<![\w/.-])((?:[\w.-]+\/)*(?:[\w.-]*values[\w.-]*|[\w-]+)\.ya?ml)\b/g)
    .map((m) => m[1] ?? '')
    .filter((f) => !/(?:^|\/)(?:Chart|deploy\.code)\.ya?ml$/.test(f));
  const version = text.take(/\b(?:chart )?version\s+v?(\d+\.\d+(?:\.\d+)?)|\bv(\d+\.\d+\.\d+)\b/i);
  const wait = text.take(
    new RegExp(
      `\\b(?:wait(?:s|ing)?(?: for)?(?: it)?(?: at most| up to| no longer than)?|time ?out(?: of| after| is|:)?|at most|within|giv\\w+ (?:it )?up (?:after|in)|no longer than|max(?:imum)?(?: of)?|allow(?: it)?)\\s+${DURATION}|${DURATION}[\\s-]+time ?out`,
      'i',
    ),
  );
  const [amount, unit] = [wait?.[1] ?? wait?.[3], wait?.[2] ?? wait?.[4]];
  const waited = amount === undefined ? undefined : `${secondsOf(amount, unit ?? 'm')}s`;
  const atomic =
    text.take(
      /\batomic(?:ally)?\b|\broll(?:s|ed)?(?: it)? ?back(?: automatically)?[^.;,]{0,20}\b(?:fail\w*|wrong|error)\b|\b(?:fail\w*|wrong)[^.;,]{0,20}\broll(?:s|ed)?(?: it)? ?back\b|\bautomatic roll ?back\b|\broll(?:s|ed)? ?back automatically\b|\broll(?:s|ed)?(?: it)? ?back (?:if|when|unless)\b|\b(?:go(?:es)?|back|return\w*|revert\w*|fall\w* back) (?:back )?to (?:the |its )?(?:former|previous|prior|last|old|earlier)\b[^.;,]{0,24}\b(?:if|when|fail\w*)|\b(?:if|when|should) (?:it|that|the \w+) fails?\b[^.;,]{0,24}\b(?:go|back|revert|undo)\w*/i,
    ) !== undefined;
  const test = text.take(/\b(?:run|with) (?:the )?(?:helm|chart(?:'s)?) tests?\b|\bhelm test\b/i) !== undefined;
  const dependencies =
    text.take(/\b(?:update|fetch|build) (?:the )?(?:chart )?dependenc\w+|\bdependency update\b/i) !== undefined;
  return {
    ...(name === undefined ? {} : { release: name.toLowerCase() }),
    ...(files.length === 0 ? {} : { values: [...new Set(files)] }),
    ...(version === undefined ? {} : { version: version[1] ?? `v${version[2] ?? ''}` }),
    ...(waited === undefined ? {} : { timeout: waited }),
    ...(atomic ? { atomic: true } : {}),
    ...(test ? { test: true } : {}),
    ...(dependencies ? { dependency_update: true } : {}),
  };
}

const VALUE = String.raw`("[^"]*"|'[^']*'|\x60[^\x60]*\x60|[^\s,;"'\x60]+)`;

/** `key=value`, `image.tag set to 1.2`, `replicaCount: 3`: settings taken over as they are, by path. */
export function readSettings(text: Pick<Passage, 'takeAll'>): Record<string, string | number | boolean> {
  const settings: Record<string, string | number | boolean> = {};
  for (const m of text.takeAll(
    new RegExp(
      String.raw`(?<![\w./-])([a-zA-Z][\w-]*(?:\.[\w-]+|\[\d+\])+|[a-z]+[A-Z]\w*|(?:replicas?|tag|domain|environment|enabled|debug)(?=\s*=))\s*(?:=|:\s|\s+(?:is\s+)?(?:set\s+)?to\s+(?:be\s+)?|\s+(?:should|must|has to|shall)\s+be\s+|\s+as\s+)\s*${VALUE}`,
      'g',
    ),
  )) {
    const key = m[1] ?? '';
    if (/\.(?:ya?ml|io|com|org|net|dev|json|svc|sh|html?)$/i.test(key)) continue;
    const raw = (m[2] ?? '').replace(/^["'`]|["'`]$/g, '').replace(/[.,)]+$/, '');
    settings[key] = /^\d+$/.test(raw) ? Number(raw) : raw === 'true' || raw === 'false' ? raw === 'true' : raw;
  }
  // "metrics.enabled and metrics.serviceMonitor.enabled": switches by their paths alone are on, unless the words say off.
  for (const m of text.takeAll(/(?<![\w./-])([a-z][\w-]*(?:\.[a-zA-Z][\w-]*)*\.enabled)\b(?!\s*(?:=|:|to\b|is\b|should\b|set\b|true|false|off|disabled|stays?))/g)) settings[m[1] ?? ''] ??= true; // prettier-ignore
  // "image.tag 2.4.1": a path beside its value, where the value can be nothing else.
  for (const m of text.takeAll(
    /(?<![\w./-])([a-z][\w-]*(?:\.[a-zA-Z][\w-]*)+)\s+["'`]?(\d[\w.-]*|true|false)["'`]?(?=[\s,.;)]|$)/g,
  )) {
    const key = m[1] ?? '';
    if (settings[key] !== undefined || /\.(?:ya?ml|io|com|org|net|dev|json|svc|sh|html?|local)$/i.test(key)) continue;
    const raw = (m[2] ?? '').replace(/[.]$/, '');
    settings[key] = /^\d+$/.test(raw) ? Number(raw) : raw === 'true' || raw === 'false' ? raw === 'true' : raw;
  }
  return settings;
}
