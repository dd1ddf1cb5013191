/** How much a service may take, how many of it there are. */
import { NUMBER, SIZE, numberOf, sizeOf } from '../grammar/quantities.ts';
import { readResources } from '../kubernetes/amounts.ts';
import { Said } from '../kubernetes/attributes.ts';
import { Passage } from '../text.ts';

type Keys = Record<string, unknown>;

/** Sizes that are not the memory of a container. */
const OTHER: readonly RegExp[] = [
  /\blogs?\b[^.;]*?\b\d+\s?[kmg]b?\b/gi,
  new RegExp(String.raw`\b(?:java )?heap(?: size)?\s*(?:of|=|:|is)?\s*${SIZE}|${SIZE}\s*(?:of )?(?:java )?heap`, 'gi'),
  new RegExp(String.raw`\b(?:shm|shared memory)(?:[_ -]size)?\s*(?:of|=|:)?\s*${SIZE}|${SIZE}\s*(?:of )?(?:shared memory|shm)`, 'gi'),
  new RegExp(String.raw`\bmax[- ]?memory\b[^.;,]{0,14}?${SIZE}`, 'gi'),
  new RegExp(String.raw`\b(?:tmpfs|uploads?|upload size|body size|max[- ]size|file size|swap)\b[^.;,]{0,24}?${SIZE}`, 'gi'),
  /-X(?:ms|mx)\d+\w/g,
]; // prettier-ignore

function memoryOnly(said: Said): Said {
  return new Said(
    said.passages.map((p) => {
      let { text } = p;
      for (const pattern of OTHER) text = text.replace(pattern, (m) => ' '.repeat(m.length));
      text = text
        .replace(/(?<=\d\s?[GM]i?B?\s)(?:each|apiece|per (?:replica|instance|container))\b/gi, (m) =>
          'memory'.padEnd(m.length).slice(0, m.length),
        ) // prettier-ignore
        .replace(/m\b(?<=\b(?:mem|memory|ram)\b[^,;\d]{0,10}\d+m)/gi, 'MB')
        .replace(/(?<=\d\s?)(gigabytes?|gigs?)\b/gi, (m) => `GB${' '.repeat(m.length - 2)}`)
        .replace(/(?<=\d\s?)(megabytes?|megs?)\b/gi, (m) => `MB${' '.repeat(m.length - 2)}`);
      return new Passage(text, p.at, p.ledger);
    }),
  );
}

/** "redis 64 MB", "at most 1 GB each": a size on its own can only be memory. */
function bareMemory(said: Said): string | undefined {
  const m =
    said.take(new RegExp(String.raw`\b(?:(?:not |no )?more than|at most|max(?:imum)?(?: of)?|up to|limit(?:ed)?(?: to| of)?|capped? (?:at|to)|within)\s+${SIZE}(?! (?:of )?(?:data|disk|storage|logs?|uploads?|files?|swap))`, 'i')) ??
    said.take(new RegExp(String.raw`^\s*(?:and\s+|the\s+)*[\w-]+\s+(?:gets?\s+|has\s+|with\s+|at\s+)?${SIZE}\s*$`, 'i')); // prettier-ignore
  return m?.[1] === undefined || m[2] === undefined ? undefined : sizeOf(m[1], m[2]);
}

const cpus = (a: string): string => (a.endsWith('m') ? String(Number(a.slice(0, -1)) / 1000) : a);
const spelled = (a: Record<string, string>): Keys => ({
  ...(a['cpu'] === undefined ? {} : { cpus: cpus(a['cpu']) }),
  ...(a['memory'] === undefined ? {} : { memory: a['memory'].replace(/i$/, '') }),
});

export function deploy(said: Said): Keys {
  const only = memoryOnly(said);
  const { requests, limits } = readResources(only);
  const bare = limits['memory'] === undefined ? bareMemory(only) : undefined;
  if (bare !== undefined) limits['memory'] = bare;
  const reserved = said.has(/\breserv|\bat least\b|\bguarante/i);
  const counted = said.takeAll(new RegExp(`\\b(${NUMBER}|all(?: the)?)\\s+(?:nvidia\\s+)?gpus?\\b`, 'gi'));
  // "a GPU service … two GPUs"
  const gpu =
    counted.sort((a, b) => numberOf(b[1] ?? '1') - numberOf(a[1] ?? '1'))[0] ??
    said.take(new RegExp(`\\b(${NUMBER}|all(?: the)?|an?)?\\s*(?:nvidia\\s+)?gpus?\\b`, 'i'));
  const count = gpu?.[1]?.toLowerCase().startsWith('all') === true ? 'all' : numberOf(gpu?.[1] ?? '1');
  const devices = gpu === undefined ? undefined : [{ driver: 'nvidia', count, capabilities: ['gpu'] }];
  const replicas = said.take(
    new RegExp(`(?<![:\\w./-])(${NUMBER})\\s+(?:(?!(?:one|two|three|four|five|six)\\b)[a-z]+\\s+)?(?:replicas|instances|copies|containers)\\b|\\b(?:replicas|scale[sd]?(?: to)?)\\s*(?:of|=|:|to)?\\s*(${NUMBER})|\\b(?:runs?|run it|kept?|start(?:ed)?)\\s+(twice|three times|four times|\\d+ times)\\b(?! (?:a|per))`, 'i'), // prettier-ignore
  );
  const resources: Keys = {
    ...(Object.keys(limits).length === 0 ? {} : { limits: spelled(limits) }),
    ...((reserved && Object.keys(requests).length > 0) || devices !== undefined
      ? { reservations: { ...(reserved ? spelled(requests) : {}), ...(devices === undefined ? {} : { devices }) } }
      : {}),
  };
  const made: Keys = {
    ...(replicas === undefined ? {} : { replicas: numberOf(replicas[1] ?? replicas[2] ?? replicas[3]?.split(' ')[0] ?? '1') }),
    ...(Object.keys(resources).length === 0 ? {} : { resources }),
  }; // prettier-ignore
  // A swarm heeds only the policy of the deployment.
  const retries = /\brestart\w*[^.;,]{0,14}?on[- ]?failure[^.;,]{0,14}?(\d+)/i.exec(said.text)?.[1];
  if (Object.keys(made).length > 0 && retries !== undefined)
    made['restart_policy'] = { condition: 'on-failure', max_attempts: Number(retries) };
  return Object.keys(made).length === 0 ? {} : { deploy: made };
}
