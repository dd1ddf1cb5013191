/** Keys of a Compose service that the words ask for: restarts, health checks, rights, logging, limits and the like. */
import { DURATION, NUMBER, SIZE, numberOf } from '../grammar/quantities.ts';
import { readPairs, type Said } from '../kubernetes/attributes.ts';
import { health, spell } from './health.ts';
import { deploy } from './limits.ts';

type Keys = Record<string, unknown>;

export function readKeys(said: Said, port: number | undefined, data?: string): Keys {
  return {
    ...restart(said),
    ...health(said, port),
    ...rights(said, data),
    ...logging(said),
    ...host(said),
    ...simple(said),
    ...deploy(said),
  };
}

/** It ends and stays down. */
const NO_RESTART =
  /(?:\b(?:not|never|no need to)|n't)\s+(?:be\s+|get\s+|to be\s+)?(?:automatically\s+)?restart(?:ed|ing)?(?: (?:automatically|by itself|on its own|again))?\b|\b(?:no|without(?: any)?|never an?) (?:automatic |auto-?)?restart(?:s|ing)?(?: policy)?\b(?!:? ?(?:always|unless|on))|\b(?:runs?|ran|executed?) (?:only |just |exactly )?once\b(?! (?:the |its )?[\w`"-]+ (?:is|are|has|have|reports?|becomes?)\b)|\bone-?(?:shot|off)\b|\bstays? down (?:when|once|after)\b/i;

function restart(said: Said): Keys {
  const only = said.take(NO_RESTART);
  if (only !== undefined) said.takeAll(NO_RESTART);
  const match =
    said.take(
      new RegExp(
        `\\brestart(?:s|ed|ing)?(?: ?policy)?(?:\\s+(?!on\\b|no\\b|always\\b|never\\b|unless\\b|max|at\\b|up\\b)[\\w-]+){0,4}?\\s*(?:is|of|=|:|set to)?\\s*["'\`]?(always|unless[- ]stopped|on[- ]?failure|never|no)\\b(?:[^.;]{0,14}?(?:at most|max(?:imum)?|up to|only|:)\\s*(${NUMBER})(?: times| tries| retries)?)?`,
        'i',
      ),
    ) ?? said.take(/\b(always) restart(?:s|ed|ing)?\b|\b(never) restart(?:s|ed)?\b/i);
  const tries =
    match === undefined
      ? said.take(new RegExp(`\\bon[- ]?failure\\b[^.;,]{0,16}?\\brestart(?:s|ed|ing)?\\b(?:[^.;,]{0,14}?(${NUMBER}) (?:times|tries|retries))?|\\brestart(?:s|ed|ing)?\\b[^.;]{0,24}?(${NUMBER}) (?:times|tries|retries)\\b(?: on[- ]failure)?`, 'i')) // prettier-ignore
      : undefined;
  if (tries !== undefined) {
    const count = tries[1] ?? tries[2];
    return { restart: count === undefined ? 'on-failure' : `on-failure:${numberOf(count)}` };
  }
  const word = (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\s/g, '-');
  if (word === undefined && only === undefined && said.take(/\bunless-stopped\b/i) !== undefined)
    return { restart: 'unless-stopped' };
  if (word === undefined) return only === undefined ? {} : { restart: 'no' };
  if (word.startsWith('on'))
    return { restart: match?.[2] === undefined || !/\d|[a-z]/.test(match[2]) ? 'on-failure' : `on-failure:${numberOf(match[2])}` }; // prettier-ignore
  return { restart: word === 'never' ? 'no' : word };
}

const CAPABILITY = /\b(?:NET_ADMIN|NET_RAW|NET_BIND_SERVICE|SYS_TIME|SYS_ADMIN|SYS_PTRACE|SYS_NICE|SYS_MODULE|SYS_RESOURCE|CHOWN|SETUID|SETGID|DAC_OVERRIDE|IPC_LOCK|AUDIT_WRITE|KILL|MKNOD)\b/g; // prettier-ignore

function rights(said: Said, data: string | undefined): Keys {
  const keys: Keys = {};
  const caps = said.takeAll(CAPABILITY).map((m) => m[0]);
  if (caps.length > 0) {
    said.take(/\b(?:cap[_ ]add|(?:with |add(?:s|ed)? )?(?:the )?(?:linux )?capabilit(?:y|ies))\b/i);
    keys['cap_add'] = [...new Set(caps)];
  }
  if (said.take(/\bdrop(?:s|ped|ping)?\s+all(?:\s+(?:linux\s+)?capabilities)?\b|\ball (?:linux )?capabilities (?:are )?dropped\b|\bcap[_ ]drop:? all\b/i)) keys['cap_drop'] = ['ALL']; // prettier-ignore
  if (said.take(/\bno[- ]new[- ]privileges\b/i)) keys['security_opt'] = ['no-new-privileges:true'];
  if (said.take(/\b(?<!no new )(?<!un)privileged\b/i)) keys['privileged'] = true;
  if (
    said.take(
      /\bread[- _]?only(?: root)? ?(?:file ?system|root|container|fs|rootfs)\b|\bread_only\b|\broot ?(?:file ?system|fs) (?:is |must be |should be )?read[- ]?only\b/i,
    )
  )
    keys['read_only'] = true;
  const user = said.take(/\b(?:as |run as )?(?:user|uid)(?: id)?\s*(?:=|:|of)?\s*(\d+(?::\d+)?)/i)?.[1];
  if (user !== undefined) keys['user'] = user;
  const tmpfs = said.takeAll(/\btmpfs\b[^.;,/]{0,16}?(\/[\w./-]*\w)/gi).map((m) => m[1] ?? '/tmp');
  for (const m of said.takeAll(/\btmpfs\b[^.;]{0,16}?\/[\w./-]*\w((?:\s*(?:,|and|,\s*and)\s+\/[\w./-]*\w)+)/gi)) tmpfs.push(...(m[1]?.match(/\/[\w./-]*\w/g) ?? []).filter((t) => !tmpfs.includes(t))); // prettier-ignore
  if (tmpfs.length > 0) keys['tmpfs'] = tmpfs;
  else if (
    data !== undefined &&
    said.take(
      /\b(?:data|database|it)\b[^.;,]{0,24}?\b(?:in|on|to) (?:an? )?(?:tmpfs|ram ?disk|memory only)\b|\b(?:throw-?away|ephemeral)\b[^.;]{0,40}\btmpfs\b|\btmpfs (?:for|as) (?:its |the )?data\b/i,
    )
  )
    keys['tmpfs'] = [data];
  return keys;
}

function logging(said: Said): Keys {
  const driver = said.take(
    /\blog(?:s|ged)? (?:with|to|via|through|using) (?:the )?(json-file|syslog|journald|local|gelf|fluentd|awslogs)\b|\b(json-file|syslog|journald|local|gelf|fluentd|awslogs)\s+(?:log(?:ging|s)?)(?: driver)?\b|\blogging(?: driver)?\s*(?:is|to|=|:|via|with)?\s*(json-file|syslog|journald|local|gelf|fluentd|awslogs|none)\b/i,
  );
  const told = said.take(/\blog(?:s|ging)?\b[^.;]{0,24}?\b(\d+|three|four|five|ten) (?:log )?files? (?:of|at|with|each|of up to) (\d+\s?[kmg])b?\b|\blog(?:s|ging)?\s+(?:rotation|rotat\w*)\b[^.;,]{0,16}?(\d+\s?[kmg])b?\b[^.;]{0,12}?(\d+|three|five|ten) files/i); // prettier-ignore
  if (told !== undefined)
    return {
      logging: {
        driver: 'json-file',
        options: {
          'max-size': (told[2] ?? told[3] ?? '10m').replace(/\s/g, '').toLowerCase(),
          'max-file': String(numberOf(told[1] ?? told[4] ?? '3')),
        },
      },
    };
  const short =
    driver === undefined ? undefined : said.take(/\b(?:json-file|local)\b[^.;]{0,12}?\b(\d+[kmg])b?\b/i)?.[1];
  const rotated = driver === undefined || short === undefined ? rotation(said) : undefined;
  if (rotated !== undefined) return rotated;
  const size = said.take(/\bmax[- ]size\s*(?:of|=|:)?\s*["'`]?(\d+[kmg])/i)?.[1] ?? short;
  const files = said.take(/\bmax[- ]files?\s*(?:of|=|:)?\s*["'`]?(\d+)|\b(\d+|two|three|four|five) (?:log )?files\b/i);
  if (driver === undefined && size === undefined) return {};
  return {
    logging: {
      driver: (driver?.slice(1).find((d: string | undefined) => d !== undefined) ?? 'json-file').toLowerCase(),
      ...(size === undefined && files === undefined
        ? {}
        : {
            options: {
              ...(size === undefined ? {} : { 'max-size': size }),
              ...(files === undefined ? {} : { 'max-file': String(numberOf(files[1] ?? files[2] ?? '3')) }),
            },
          }),
    },
  };
}

/** "JSON log files rotated at 10m, three files at most", "logs capped at 5 MB, keep 3". */
function rotation(said: Said): Keys | undefined {
  const at = said.take(new RegExp(String.raw`\b(?:json(?:-file)? )?log(?:s|ging)?\b(?: files?)?[^.;]{0,40}?\b(?:rotat\w*|capped|limited|max(?:imum)?(?: size)?|at most|up to|kept|no (?:more|bigger|larger) than|of)\b[^.;\d]{0,24}?${SIZE}`, 'i')); // prettier-ignore
  if (at?.[1] === undefined) return undefined;
  const files = said.take(new RegExp(String.raw`\b(${NUMBER})(?: of them| log)?(?: files?| rotations?| copies| of those)\b|\b(?:keep|kept|max(?:imum)?|at most|up to|x)\s+(${NUMBER})\b(?! ?(?:[mkg]b?\b|cpus?|%|replicas))`, 'i')); // prettier-ignore
  const count = files?.[1] ?? files?.[2];
  return {
    logging: {
      driver: 'json-file',
      options: {
        'max-size': `${at[1]}${(at[2] ?? 'm').charAt(0).toLowerCase()}`,
        ...(count === undefined ? {} : { 'max-file': String(numberOf(count)) }),
      },
    },
  };
}

/** Without a limit is -1 for both, which a bare number cannot say for memory locks. */
const limitOf = (said: string): unknown => (/^(?:unlimited|-1)$/i.test(said) ? { soft: -1, hard: -1 } : Number(said));

/** "net.core.somaxconn=1024": settings of the kernel by their own names. */
const kernel = (said: Said): Record<string, string> =>
  Object.fromEntries(
    said
      .takeAll(
        /(?<![\w.])((?:net|kernel|fs|vm)\.[a-z0-9_]+(?:\.[a-z0-9_]+)*)\s*(?:=|:| to | of )\s*["'`]?(\d[\d ]*\d|\d)/g,
      )
      .map((m) => [m[1] ?? '', m[2] ?? '']),
  );

/** How it stands on its host: name, network, devices, kernel settings. */
function host(said: Said): Keys {
  const keys: Keys = {};
  if (said.take(/\bhost network(?:ing)?(?: mode)?\b|\bnetwork[_ ]mode:? host\b|\bnetwork of the host\b|\bhost'?s? (?:own )?network\b/i)) keys['network_mode'] = 'host'; // prettier-ignore
  const name = said.take(/\bhost ?name(?!s)\s*(?:is|of|=|:)?\s*["'`]?([a-z0-9][a-z0-9.-]*)/i)?.[1];
  if (name !== undefined) keys['hostname'] = name;
  const container = said.take(/\bcontainer[_ ]name\b\s*(?:is|of|=|:)?\s*["'`]?([a-z0-9][\w.-]*)|\bcontainer (?:called|named) ["'`]?([a-z0-9][\w.-]*)/i); // prettier-ignore
  if (container !== undefined) keys['container_name'] = container[1] ?? container[2];
  const sysctls = { ...readPairs(said, 'sysctls?'), ...kernel(said) };
  if (Object.keys(sysctls).length > 0) keys['sysctls'] = Object.fromEntries(Object.entries(sysctls).map(([k, v]) => [k, /^\d+$/.test(v) ? Number(v) : v])); // prettier-ignore
  const ulimit = [
    ...said.takeAll(/\b(memlock|nofile|nproc|core|stack|rtprio|msgqueue|sigpending|fsize)\s*(?:ulimits?\s*)?(?:soft (?:and|\/) hard\s*)?(?:of|=|:|to|is|set to)?\s*(unlimited|-?\d+)/gi),
    ...said.takeAll(/\bulimits?\s+(\w+)\s*(?:of|=|:|to)?\s*(unlimited|-?\d+)/gi),
  ]; // prettier-ignore
  if (ulimit.length > 0) keys['ulimits'] = Object.fromEntries(ulimit.map((m) => [(m[1] ?? 'nofile').toLowerCase(), limitOf(m[2] ?? '')])); // prettier-ignore
  const hosts = said.takeAll(
    /\b(?:extra[_ ]hosts?|host entry|add[- ]host)\s*:?\s*["'`]?([\w.-]+)\s*(?:=|:|to|->|pointing (?:to|at)|points? (?:to|at)|for|as|is|at|on)\s*([\w.-]+\w)/gi,
  );
  if (hosts.length > 0) keys['extra_hosts'] = hosts.map((m) => `${m[1] ?? ''}:${m[2] ?? ''}`);
  const dns = said.take(
    /\bdns(?: servers?)?\s*(?:=|:|is|to)?\s*((?:\d{1,3}(?:\.\d{1,3}){3}(?:\s*(?:,|and)\s*)?)+)/i,
  )?.[1];
  if (dns !== undefined) keys['dns'] = dns.match(/[\d.]{7,}/g);
  const devices = said.takeAll(/(\/dev\/[\w/-]+)(?::(\/dev\/[\w/-]+))?/g).filter((m) => m[1] !== '/dev/shm');
  if (devices.length > 0) keys['devices'] = devices.map((m) => `${m[1] ?? ''}:${m[2] ?? m[1] ?? ''}`);
  const shm = said.take(new RegExp(`\\b(?:shm|shared memory)(?:[_ -]size)?\\s*(?:of|=|:|is)?\\s*${SIZE}|${SIZE}\\s*(?:of )?(?:shared memory|shm)`, 'i')); // prettier-ignore
  if (shm !== undefined) keys['shm_size'] = `${shm[1] ?? shm[3] ?? '64'}${(shm[2] ?? shm[4] ?? 'm').charAt(0).toLowerCase()}`; // prettier-ignore
  const ipc = said.take(/\bipc(?: mode)?\s*(?:=|:|is|of)?\s*(host|shareable|private|none)\b|\b(host) ipc\b/i);
  if (ipc !== undefined) keys['ipc'] = (ipc[1] ?? ipc[2] ?? 'host').toLowerCase();
  if (said.take(/\bpid(?: mode| namespace)?\s*(?:=|:|is|of)?\s*(?:the )?host\b|\bhost'?s? pid(?: namespace)?\b/i)) keys['pid'] = 'host'; // prettier-ignore
  const pids = said.take(
    /\bpids?[ _-]?limit\s*(?:of|=|:|is)?\s*(\d+)|\b(?:at most|max(?:imum)?|up to) (\d+) (?:pids|processes)\b/i,
  );
  if (pids !== undefined) keys['pids_limit'] = Number(pids[1] ?? pids[2]);
  return keys;
}

function simple(said: Said): Keys {
  const keys: Keys = {};
  const grace = said.take(new RegExp(`\\b(?:stop[_ ])?grace[_ ]period\\s*(?:of|=|:|is)?\\s*${DURATION}`, 'i')) ?? said.take(new RegExp(`${DURATION}(?:'s?)?\\s+(?:of\\s+)?(?:stop )?grace\\b|\\b(?:has|gets?|give[sn]?|takes?)\\b[^.;,\\d]{0,12}${DURATION} to (?:stop|shut down|end)\\b`, 'i')); // prettier-ignore
  const span = grace?.[1] ?? grace?.[3];
  if (span !== undefined) keys['stop_grace_period'] = spell(span, grace?.[2] ?? grace?.[4] ?? 's');
  const signal = said
    .take(
      /\b(?:stop[_ ]signal|stopped (?:with|by)|stops? (?:with|on|by))\s*(?:is|of|=|:)?\s*(?:an?\s+)?(SIG[A-Z]+)|\b(SIG(?:INT|TERM|QUIT|HUP|KILL|USR[12]|WINCH))\b/i,
    )
    ?.slice(1)
    .find(Boolean);
  if (signal !== undefined) keys['stop_signal'] = signal;
  const dir = said.take(/\bwork(?:ing)?[_ ]?dir(?:ectory)?\s*(?:is|of|=|:)?\s*(\/[\w./-]+)/i)?.[1];
  if (dir !== undefined) keys['working_dir'] = dir;
  const platform = said.take(/\bplatform\s*(?:of|=|:)?\s*(linux\/[\w/]+)|\b(linux\/(?:amd64|arm64|arm\/v\d))\b/i);
  if (platform !== undefined) keys['platform'] = platform[1] ?? platform[2];
  const pull = said.take(/\bpull[_ ]policy\s*(?:is|of|=|:)?\s*(always|missing|never|build|if[- ]not[- ]present)/i)?.[1];
  if (pull !== undefined) keys['pull_policy'] = pull.toLowerCase().replace(/\s/g, '_').replace(/-/g, '_');
  if (
    said.take(
      /\b(?:with |an? |an? proper )?init(?: process| system)\b|\binit(?::? ?(?:=\s*)?(?:true|enabled|on|yes))\b|\b(?:enable|use|with) init\b|\btini\b/i,
    )
  )
    keys['init'] = true;
  if (said.take(/\btty\b/i)) keys['tty'] = true;
  if (said.take(/\bstdin(?:[_ ]open)?\b|\binteractive\b/i)) keys['stdin_open'] = true;
  const file = said.take(/\benv(?:ironment)?[-_ ]?file\b(?:\s*(?:of|=|:|called|named)?\s*["'`]?(\.?[\w./-]*\.?env[\w.-]*))?|\b(?:from|in|via|reads?|loads?|uses?|reading|with)\s+(?:an?\s+|the\s+)?(\.env(?:\.\w+)?)\b/i); // prettier-ignore
  const read =
    file === undefined
      ? said.take(
          /\b(?:reads?|loads?|gets?|takes?) (?:its (?:settings|environment|variables) from )?(?:the )?["'`]?((?:\.{0,2}\/)?[\w./-]*[\w-]\.env)\b/i,
        )?.[1]
      : undefined;
  if (read !== undefined) keys['env_file'] = [read];
  if (file !== undefined) keys['env_file'] = [file[1] ?? file[2] ?? '.env'];
  const labels = readPairs(said, 'labels?');
  if (Object.keys(labels).length > 0) keys['labels'] = labels;
  return keys;
}
