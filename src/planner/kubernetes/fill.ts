/** One container's fields: what the words say, and what the catalogue knows where they say nothing. */
import { NUMBER, numberOf } from '../grammar/quantities.ts';
import { readResources } from './amounts.ts';
import { blanked, readEnv, readEnvFrom, Said } from './attributes.ts';
import { readArgs, readCommand } from './program.ts';
import type { ContainerFacts, Draft, DraftObject } from './model.ts';
import { fillFields } from './fields.ts';
import { readProbes } from './probes.ts';
import { readSecurity } from './podspec.ts';

/** Names of objects that a workload refers to. */
export interface References {
  readonly configMaps: Set<string>;
  readonly secrets: Set<string>;
  readonly claims: Set<string>;
}

/** "root password from secret x key y": the component's own variable reads that secret. */
function passwordFrom(container: ContainerFacts, said: Said, refs: References, env: Draft[]): void {
  if (container.secrets.length === 0) return;
  const match = said.take(
    /\b(root )?passwords?\s+(?:is |are |comes? |taken |read )?(?:from|in)\s+(?:the |a )?secret\s+(?:named |called )?["'`]?([a-z0-9]+(?:-[a-z0-9]+)+|[a-z0-9]{4,})["'`]?(?:[,\s(]+(?:with\s+)?key\s*[:=]?\s*["'`]?([\w.-]+\w))?/i,
  );
  if (match?.[2] === undefined || /^(?:with|named|called|that|which)$/.test(match[2])) return;
  const root = match[1] !== undefined;
  const name =
    container.secrets.find((s) => (root ? /ROOT/.test(s) : /PASS/.test(s))) ?? container.secrets[0] ?? 'PASSWORD';
  refs.secrets.add(match[2]);
  env.push({ name, valueFrom: { secretKeyRef: { name: match[2], key: match[3] ?? 'password' } } });
  container.secrets = root ? [] : container.secrets.filter((s) => s !== name);
}

/** The words without those about hooks and probes, whose commands are not what the container runs. */
const ofItself = (said: Said): Said =>
  new Said(
    said.passages.map((p) =>
      blanked(
        p,
        /\b(?:post-?start|pre-?stop)\b(?:"[^"]*"|`[^`]*`|[^,.;"`]|\.(?=\S))*|\b(?:readiness|liveness|startup)\b(?!-)\s*(?:probes?|checks?|commands?|by|with|via|through|:)[^.;,]{0,40}(?:\b(?:command|exec\w*|runs?|running)\b)?(?:"[^"]*"|`[^`]*`|[^,.;"`]|\.(?=\S))*/gi,
      ),
    ),
  );

/** Everything that words about a container say, and what the catalogue knows where they say nothing. */
export function fillContainer(container: ContainerFacts, said: Said, refs: References, job = false): void {
  const { app, fields } = container;
  const command = readCommand(ofItself(said));
  if (command !== undefined) fields['command'] = command;
  else {
    if (app?.command !== undefined && !job) fields['command'] = [...app.command];
    if (app?.args !== undefined) fields['args'] = [...app.args];
  }
  // A Job that only uses a component's programs is no server of its own.
  const client = job && command !== undefined;
  if (client) container.secrets = [];
  const args = readArgs(said);
  if (args !== undefined) fields['args'] = args;
  const env: Draft[] = readEnv(said, refs);
  const named = new Set(env.map((e) => (e as DraftObject)['name']));
  for (const [name, value] of Object.entries(client ? {} : (app?.env ?? {})))
    if (!named.has(name)) env.push({ name, value });
  passwordFrom(container, said, refs, env);
  if (env.length > 0) fields['env'] = env;
  const envFrom = readEnvFrom(said, refs);
  if (envFrom.length > 0) fields['envFrom'] = envFrom;
  const asked = readResources(said);
  const gpus = said.take(
    new RegExp(
      `(${NUMBER})?\\s*(?:(nvidia|amd)(?:[\\w ]{0,12})?)?\\s*(?<![\\w-])gpus?\\b(?!\\s*[=:]\\s*["'\`]?[a-z])(?:\\s*[:=]?\\s*(\\d+))?`,
      'i',
    ),
  );
  if (gpus !== undefined)
    asked.limits[gpus[2]?.toLowerCase() === 'amd' ? 'amd.com/gpu' : 'nvidia.com/gpu'] = String(
      numberOf(gpus[1] ?? gpus[3] ?? '1'),
    );
  fields['resources'] = { requests: { ...asked.requests }, limits: { ...asked.limits } };
  Object.assign(fields, readProbes(said, container.ports[0]?.port));
  const security = readSecurity(said);
  if (Object.keys(security).length > 0) fields['securityContext'] = security;
  const pull = said.take(/\bimage ?pull ?policy\s*(?:is|of|=|:)?\s*["'`]?(always|never|if ?not ?present)/i)?.[1];
  if (pull !== undefined)
    fields['imagePullPolicy'] = /^a/i.test(pull) ? 'Always' : /^n/i.test(pull) ? 'Never' : 'IfNotPresent';
  fillFields(fields, 'V1Container', said);
  // Of a container it only says that a sidecar keeps running; the words mean the pod.
  delete fields['restartPolicy'];
  hooks(fields, said);
}

const COMMAND = String.raw`(?:"([^"]+)"|\x60([^\x60]+)\x60|'([^']+)'|((?:sh|bash|nginx|echo|curl|wget|sleep|touch|cat|kill|python3?|node|redis-cli|/\S+)\b[^,.;]*?))(?=[,.;)]|$|\s+and\s)`;

/** "nodetool drain before a pod stops" */
const BEFORE_ITS_END =
  /(?<![\w./-])(?!(?:it|they|and|with|for|the|a|waits?|waiting|sleeps?|sleeping|gets?|has|have|give[sn]?|allow\w*|connections?|requests?|pods?|\w*ing)\b)([a-z][a-z0-9_-]{2,}(?: (?!before\b|is\b|runs?\b|must\b|should\b)[\w./=:-]+){1,5}) (?:(?:is|must be|should be|gets|has to be) (?:run|called|executed) |runs )?before (?:(?:a|an|the|each|every|any|its|one|of|it|they|them|pods?|containers?|members?) )*(?:is |are |gets )?(?:being )?(?:stop|shut|terminat|kill|end)\w*/i;

/** What a container does right after its start and before its end. */
function hooks(fields: DraftObject, said: Said): void {
  const made: DraftObject = {};
  const exec = (text: string): DraftObject => ({ exec: { command: ['/bin/sh', '-c', text] } });
  const lead = { postStart: String.raw`(?:post-?start(?: hook)?|after (?:it |the container )?(?:has )?start(?:s|ed|ing|up)?)`, preStop: String.raw`(?:pre-?stop(?: hook)?|before (?:it |the container )?(?:is )?(?:stop(?:s|ped|ping)?|shut(?:s|ting)? ?down|terminat\w+|end(?:s|ing)?))` } as const; // prettier-ignore
  for (const [hook, words] of Object.entries(lead)) {
    const early = hook === 'preStop' ? said.take(BEFORE_ITS_END)?.[1] : undefined;
    if (early !== undefined) made[hook] = exec(early.trim());
    const sleep = said.take(
      new RegExp(`\\b${words}\\b[^.;,]{0,20}?\\bsleep(?:s|ing)?\\s*(?:for\\s*)?(\\d+)`, 'i'),
    )?.[1];
    const run = sleep === undefined ? said.take(new RegExp(`\\b${words}\\b[,:]?\\s*(?:it\\s+|that\\s+|which\\s+)?(?:(?:should\\s+)?(?:runs?|running|executes?|calls?|does|with|is|command)\\s+)?(?:the command\\s+)?${COMMAND}`, 'i')) : undefined; // prettier-ignore
    const write = run === undefined && sleep === undefined ? said.take(new RegExp(`\\b${words}\\b[,:]?\\s*(?:it\\s+)?(?:writes?|puts?|echo(?:e?s)?)\\s+["'\`]?([^"'\`]+?)["'\`]?\\s+(?:in)?to\\s+(/[\\w./-]+)`, 'i')) : undefined; // prettier-ignore
    const text = run?.slice(1).find((v: string | undefined) => v !== undefined);
    if (sleep !== undefined) made[hook] = { exec: { command: ['sleep', sleep] } };
    else if (text !== undefined) made[hook] = exec(text.trim());
    else if (write?.[2] !== undefined) made[hook] = exec(`echo ${write[1] ?? ''} > ${write[2]}`);
  }
  if (Object.keys(made).length > 0) fields['lifecycle'] = made;
}

export function addMounts(container: ContainerFacts, mounts: readonly DraftObject[]): void {
  const present = (container.fields['volumeMounts'] ?? []) as DraftObject[];
  const fresh = mounts.filter((m) => !present.some((p) => p['mountPath'] === m['mountPath']));
  if (present.length + fresh.length > 0)
    container.fields['volumeMounts'] = [...present, ...fresh.map((m) => ({ ...m }))];
}
