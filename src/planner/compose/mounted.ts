/** Secrets and configs of a project that the words name: what they are called, which file they come from, where they are seen. */
import type { Said } from '../kubernetes/attributes.ts';
import type { Project, Service } from './project.ts';

const NAME = String.raw`["'\x60]?([a-z][a-z0-9]*(?:[_.-][a-z0-9]+)*)["'\x60]?`;
const FILE = String.raw`["'\x60]?((?:\.{1,2}\/|\/)?(?:[\w.-]+\/)*[\w-]+\.\w+|\.{1,2}\/[\w./-]+)["'\x60]?`;
const WORD = /^(?:from|in|out|read|taken|stored|kept|lies|lives|sits|comes|set|given|file|files|and|for|with|named|called|is|are|as|at|to|of|on|the|that|which|in|mounted|via|by|instead|not|only|variable|values?|management|map)$/i; // prettier-ignore

const withDot = (file: string): string => (/^[./~]/.test(file) ? file : `./${file}`);

/** "config nginx_conf (file ./nginx.conf) at /etc/nginx/nginx.conf". */
export function mountConfigs(project: Project, service: Service): void {
  const { said } = service.words;
  const match = said.take(
    new RegExp(
      `\\b(?:compose |docker |top-level )?config\\s+(?:(?:called|named|entry|object|item)\\s+)*(?!check\\b|read-?only\\b|files?\\b|folder\\b|is\\b|from\\b|in\\b)${NAME}(?:[\\s,(]*(?:is |comes |taken |read )?(?:from )?(?:the )?(?:local )?(?:file )?:?\\s*${FILE}\\)?)?(?:[^.;]*?\\b(?:at|to|as|under|into?)\\s+(\\/[\\w./-]*\\w))?`,
      'i',
    ),
  );
  const name = match?.[1];
  if (name === undefined || WORD.test(name)) return;
  const file = match?.[2] ?? said.take(new RegExp(`\\b(?:from|file)\\s+${FILE}`, 'i'))?.[1];
  const target = match?.[3] ?? said.take(/\b(?:at|to|as|under|into?)\s+(\/[\w./-]*\w)/i)?.[1];
  const source = withDot(file ?? `${name}.conf`);
  if (file === undefined) project.assumptions.push(`The config ${name} is read from ${source}.`);
  project.configs.set(name, source);
  service.volumes = service.volumes.filter((v) => !v.startsWith(`${source}:`));
  service.extra['configs'] = [
    ...((service.extra['configs'] as unknown[] | undefined) ?? []),
    target === undefined ? name : { source: name, target },
  ];
}

/** "the root password from that same secret (file ./x)": the one that was named before. */
function sameSecret(project: Project, said: Said): (string | undefined)[] | undefined {
  const match = said.take(
    new RegExp(`\\b(root |admin )?(?:password|passwd|credentials?|token|key)\\b[^.;]{0,32}?\\b(?:that|the|this) (?:same )?secret\\b(?!\\s+["'\`]?[a-z])(?:[\\s,(]*(?:from |read from |in )?(?:the )?(?:file )?:?\\s*${FILE}\\)?)?`, 'i'), // prettier-ignore
  );
  if (match === undefined) return undefined;
  const named = project.services.flatMap((s) => s.words.secrets).at(-1);
  return named === undefined ? undefined : [match[0], match[1], named, match[2]];
}

/** "the root password from a secret db_root (./secrets/db_root.txt)": the component's own secret gets that name. */
export function nameSecrets(project: Project, spoken: Service): void {
  const { said } = spoken.words;
  const match =
    sameSecret(project, said) ??
    said.take(
      new RegExp(
        `\\b(root |admin )?(?:password|passwd|credentials?|token|key)\\b[^.;]{0,32}?\\b(?:file |compose |docker )*secret\\s+(?:called |named )?${NAME}(?![\\w/.])(?:[\\s,(]*(?:whose (?:source |value )?(?:file )?(?:is |comes from |lies in )|(?:which |that )?(?:is |comes )?(?:stored |kept |read |taken )?from |read from |in )?(?:the )?(?:file )?:?\\s*${FILE}\\)?)?`,
        'i',
      ),
    );
  const name = match?.[2];
  if (name === undefined || WORD.test(name)) return;
  const root = /root/i.test(match?.[1] ?? '');
  const isAdmin = (s: Service): boolean => s.app?.secrets?.some((x) => /ADMIN/.test(x)) === true;
  // "the admin password" is that of what has an administrator.
  const service = /admin/i.test(match?.[1] ?? '') && !isAdmin(spoken) ? (project.services.find(isAdmin) ?? spoken) : spoken; // prettier-ignore
  const own = (service.app?.secrets ?? []).map((s) => s.toLowerCase()).filter((s) => service.secrets.includes(s));
  const secret = own.find((s) => (root ? /root/.test(s) : !/root/.test(s))) ?? own[0];
  if (match?.[3] !== undefined) project.secretFiles.set(name, withDot(match[3]));
  project.secrets.add(name);
  if (secret === undefined || secret === name) {
    if (!service.secrets.includes(name)) service.secrets.push(name);
    return;
  }
  for (const s of project.services) {
    if (s !== service && !s.secrets.includes(secret)) continue;
    s.secrets = s.secrets.map((x) => (x === secret ? name : x));
    for (const [key, value] of Object.entries(s.environment))
      if (value === `/run/secrets/${secret}`) s.environment[key] = `/run/secrets/${name}`;
  }
  project.secrets.delete(secret);
}
