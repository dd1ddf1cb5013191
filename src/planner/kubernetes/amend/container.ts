/** Changes to one container of a manifest: image, amounts, variables, probes, rights, commands, mounts. */
import { NUMBER, SIZE, numberOf, sizeOf } from '../../grammar/quantities.ts';
import { Ledger, Passage } from '../../text.ts';
import { namePorts, readPorts, Said } from '../attributes.ts';
import { fillContainer, type References } from '../fill.ts';
import { findImages } from '../images.ts';
import { drop, listOf, mapOf, wordOf } from '../mend/shape.ts';
import type { ContainerFacts, Draft, DraftObject } from '../model.ts';
import { probeTiming } from '../probes.ts';
import { readMounts } from '../volumes.ts';
import { laidOver } from './over.ts';

export const passageOf = (text: string): Passage => new Passage(text, 0, new Ledger(text));
export const saidOf = (text: string): Said => new Said([passageOf(text)]);

const HANDLERS = ['httpGet', 'tcpSocket', 'exec', 'grpc'] as const;

/** @returns what is to be laid over the container, and the volumes that it mounts */
export function containerChange(
  text: string,
  container: DraftObject,
  whole = text,
): { change: DraftObject; volumes: DraftObject[] } {
  const refs: References = { configMaps: new Set(), secrets: new Set(), claims: new Set() };
  const said = saidOf(text);
  const facts: ContainerFacts = { name: '', image: '', ports: [], secrets: [], fields: {} };
  const port = Number(wordOf(listOf(container['ports'])[0]?.['containerPort']));
  if (port > 0) facts.ports = [{ name: 'http', port }];
  fillContainer(facts, said, refs);
  const change: DraftObject = { ...facts.fields };
  half(text, container, change);
  memoryOf(text, whole, change);
  const image = imageIn(text, wordOf(container['image']));
  if (image !== undefined) change['image'] = image;
  probesOver(probedIn(text, whole), container, change);
  const ports = portsIn(text, container);
  if (ports.length > 0) change['ports'] = ports;
  const { volumes, mounts } = readMounts(saidOf(placed(text, whole)), refs);
  if (mounts.length > 0) change['volumeMounts'] = mounts.map((m) => ({ ...m }));
  return { change: pruned(change), volumes };
}

/** "It is OOMKilled. Please give it 384Mi.": a bare size is memory where memory is spoken of. */
function memoryOf(text: string, whole: string, change: DraftObject): void {
  const resources = mapOf(change['resources']);
  if (Object.keys(mapOf(resources['limits'])).length + Object.keys(mapOf(resources['requests'])).length > 0) return;
  if (
    !/\boom\w*|\bmemory\b|\bram\b|\bout of memory\b/i.test(whole) ||
    /\b(?:storage|disk|volume|claim|pvc|empty ?dir)\b/i.test(text)
  )
    return;
  const size = [...text.matchAll(new RegExp(SIZE, 'gi'))].at(-1);
  if (size?.[1] !== undefined) change['resources'] = { limits: { memory: sizeOf(size[1], size[2] ?? 'Mi') } };
}

/** "Also the path should be /healthz": of the probe that was spoken of before. */
function probedIn(text: string, whole: string): string {
  if (
    /\b(?:liveness|readiness|startup|probes?)\b/i.test(text) ||
    !/\b(?:path|delay|period|threshold|interval|time ?out)\b/i.test(text)
  )
    return text;
  const probe = /\b(liveness|readiness|startup)\b/i.exec(whole)?.[1];
  return probe === undefined ? text : `${probe} probe: ${text}`;
}

/** "cannot write to /tmp. Give it an emptyDir there.": the folder that was spoken of. */
function placed(text: string, whole: string): string {
  if (!/\bempty ?-?dir\b|\bvolume\b/i.test(text) || /\s["'`]?\/\w/.test(text)) return text;
  const path = /(?:^|\s)["'`]?(\/[a-z][\w./-]*\w)/i.exec(whole)?.[1];
  return path === undefined ? text : `${text.replace(/[.\s]+$/, '').replace(/\bthere\b/i, '')} mounted at ${path}`;
}

/** "requests half of that", "double the memory limit". */
function half(text: string, container: DraftObject, change: DraftObject): void {
  const resources = mapOf(container['resources']);
  const times = /\bhal(?:f|ve)\b/i.test(text) ? 0.5 : /\b(?:double|twice)\b/i.test(text) ? 2 : undefined;
  if (times === undefined) return;
  const own = mapOf(change['resources']);
  if (Object.keys(mapOf(own['limits'])).length + Object.keys(mapOf(own['requests'])).length > 0) return;
  const part =
    /\brequests?\b/i.test(text) && /\bhalf\b/i.test(text)
      ? 'requests'
      : /\brequests?\b/i.test(text)
        ? 'requests'
        : 'limits';
  const from = part === 'requests' && times === 0.5 && !/\bhalve\b/i.test(text) ? 'limits' : part;
  const kinds = ['cpu', 'memory'].filter((k) => !/\b(?:cpu|memory|ram)\b/i.test(text) || new RegExp(`\\b${k === 'cpu' ? 'cpu' : '(?:memory|ram)'}\\b`, 'i').test(text)); // prettier-ignore
  const amounts = Object.fromEntries(
    kinds.flatMap((k) => {
      const value = mapOf(resources[from])[k];
      return value === undefined ? [] : [[k, multiplied(wordOf(value), times)]];
    }),
  );
  if (Object.keys(amounts).length > 0) change['resources'] = { ...own, [part]: amounts };
}

function multiplied(amount: string, times: number): string {
  const [, number = '1', unit = ''] = /^([\d.]+)(.*)$/.exec(amount) ?? [];
  const product = Number(number) * times;
  if (Number.isInteger(product)) return `${product}${unit}`;
  return unit === '' ? `${product * 1000}m` : `${product * 1024}${unit.replace('Gi', 'Mi').replace('Ti', 'Gi')}`;
}

/** "to acme/x:2", "image tag 1.4", "bump it to version 2.1". */
function imageIn(text: string, own: string): string | undefined {
  const all = findImages(text)
    .map((i) => i.image)
    .filter((i) => i !== own);
  if (all.length > 0) return all.at(-1);
  const tag =
    /\b(?:tag|version)\b[^.;,]{0,24}?\b(?:to|as|=)\s+["'`]?(v?\d[\w.-]*\w|v?\d|latest|stable)/i.exec(text)?.[1] ??
    /\b(?:tag|version)\s+["'`]?(v?\d[\w.-]*\w)/i.exec(text)?.[1] ??
    /\bimage\b[^.;,]{0,30}?\bto\s+["'`]?(v?\d+(?:\.[\w-]+)+)/i.exec(text)?.[1];
  if (tag === undefined || own === '' || !/\bimages?\b|\b(?:tag|version)\b/i.test(text)) return undefined;
  return `${own.replace(/@.*$/, '').replace(/:[^/:]*$/, '')}:${tag}`;
}

/** Probes that are there keep what the words do not change. */
function probesOver(text: string, container: DraftObject, change: DraftObject): void {
  const plain = text
    .replace(
      /\b(?:of|for|on|in|from)\s+(?:the\s+|its\s+|both\s+)?(?:(?:liveness|readiness|startup)(?:\s+and\s+)?\s*)*\s*(?:probes?|checks?)\b/gi,
      ' ',
    )
    .replace(
      /\b(?:from\s+\d+\s*(?:s|seconds?)?\s+)?(?:should be|must be|is set|set|to)\b(?=\s+(?:at least\s+)?\d)/gi,
      ' ',
    )
    .replace(/\s+/g, ' ');
  const all = /\bprobes\b|\b(?:both|all) (?:probes|checks)\b/i.test(text);
  for (const probe of ['liveness', 'readiness', 'startup']) {
    const key = `${probe}Probe`;
    const there = mapOf(container[key]);
    if (!(new RegExp(`\\b${probe}\\b`, 'i').test(text) || (all && container[key] !== undefined))) continue;
    const read = mapOf(change[key]);
    const timing = probeTiming(passageOf(plain));
    if (container[key] === undefined) {
      if (Object.keys(read).length > 0) change[key] = { ...read, ...timing };
      continue;
    }
    const path = /(?:^|[\s"'`:])(\/[\w./-]*[\w-]|\/)(?=[\s"'`,;).]|$)/.exec(text)?.[1];
    const port =
      /\bport\b[^\d;.]{0,14}(\d{2,5})\b/i.exec(text.replace(/\bfrom (?:port )?\d+/i, ''))?.[1] ??
      /:(\d{2,5})\b/.exec(text)?.[1];
    const handler = HANDLERS.find((h) => there[h] !== undefined) ?? 'httpGet';
    const said = HANDLERS.find((h) => read[h] !== undefined);
    const other = said !== undefined && said !== handler && /\b(?:tcp|exec|command|grpc|http)\b|["'`]/i.test(text);
    change[key] = other
      ? { [said]: read[said], ...timing }
      : {
          ...(path === undefined && port === undefined
            ? {}
            : {
                [handler]: {
                  ...(path === undefined || handler !== 'httpGet' ? {} : { path }),
                  ...(port === undefined ? {} : { port: Number(port) }),
                },
              }),
          ...timing,
        };
    if (other) drop(container, key);
  }
}

/** Ports that a clause adds to a container, or the only one changed. */
function portsIn(text: string, container: DraftObject): DraftObject[] {
  if (!/\bports?\b|\blisten/i.test(text) || /\bprobe|\bservice\b|\bnode ?-?port|\btarget ?-?port|\bGET\b/i.test(text))
    return [];
  const said = saidOf(
    text.replace(/\bfrom (?:port )?\d+/i, '').replace(/\bport\b([^.;,\d]{0,20})\bto\s+(?=\d)/i, 'port '),
  );
  const ports = namePorts(said, readPorts(said)).map((p): DraftObject => ({
    ...(p.name === `port-${p.port}` ? {} : { name: p.name }),
    containerPort: p.port,
    ...(p.hostPort === undefined ? {} : { hostPort: p.hostPort }),
    ...(p.protocol === undefined ? {} : { protocol: p.protocol }),
  }));
  const own = listOf(container['ports']);
  const adds = /\b(?:add|also|additional|second|another|expose)\b/i.test(text);
  if (ports.length === 1 && own.length === 1 && !adds) {
    const [first] = own;
    container['ports'] = [{ ...first, ...ports[0], ...(first?.['name'] === undefined ? {} : { name: first['name'] }) }];
    return [];
  }
  return ports;
}

const pruned = (fields: DraftObject): DraftObject =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]): [string, Draft][] => {
      if (value === undefined) return [];
      if (key !== 'resources') return [[key, value]];
      const kept = Object.fromEntries(Object.entries(mapOf(value)).filter(([, v]) => Object.keys(mapOf(v)).length > 0));
      return Object.keys(kept).length === 0 ? [] : [[key, kept]];
    }),
  );

/** Lays a change over a container; a variable has one source, a probe one handler. */
export function changeContainer(container: DraftObject, change: DraftObject): void {
  const env = listOf(change['env']);
  for (const entry of listOf(container['env']))
    if (env.some((e) => e['name'] === entry['name'])) {
      delete entry['value'];
      delete entry['valueFrom'];
    }
  const merged = laidOver(container, change);
  Object.assign(container, merged);
}

/** A count that a clause asks for. */
export function countIn(text: string): number | undefined {
  const found = new RegExp(String.raw`\breplicas?\b(?: count)?[^.;,\d]{0,24}?\b(?:to|of|=|:|is|at)\s*(?:exactly\s+)?(${NUMBER}|zero)\b|\b(${NUMBER}|zero)\s+(?:replicas?|copies|instances|pods)\b|\b(?:scale|run)\w*\b[^.;,]{0,30}?\b(?:to|with|at)\s+(${NUMBER}|zero)\b(?!\s*%)`, 'i').exec(text); // prettier-ignore
  const word = found?.[1] ?? found?.[2] ?? found?.[3];
  return word === undefined ? undefined : /^zero$/i.test(word) ? 0 : numberOf(word);
}
