/** Folders and files of the host that a service sees. */
import type { Said } from '../kubernetes/attributes.ts';

/** The target is left out where the words leave it out. */
export interface Bind {
  readonly source: string;
  readonly target: string | undefined;
  readonly readOnly: boolean;
}

const SOURCE = String.raw`((?:\.{1,2}|~)\/[\w./-]*[\w]|\/(?:srv|mnt|home|opt|media|data|etc|var|run|usr|root|volume\d?)(?:\/[\w.-]+)+)\/?`;
const RO = String.raw`(?:read[- ]?only|ro)`;

/** "./nginx.conf, mounted read only at /etc/…", "~/world (it is /data inside the container)", "as /srv inside". */
function described(said: Said): Bind[] {
  const found: Bind[] = [];
  for (const m of said.takeAll(new RegExp(String.raw`${SOURCE}["'\x60]?[\s,(]*(?:(?:folder|directory|file|which|that|it|and|is|are|gets?|be|should be|must be|to be|goes|comes|appears|will be|ends up)\s+)*(?:(?:bind[- ]?)?mount(?:ed|s)?|mapped|visible|available|placed|seen|put|go(?:es)?|belongs)?[\s,(]*(?:live\s+|there\s+)?(${RO}\)?\s*)?,?\s*(?:\(?${RO}\)?\s*)?(?:at|to|on|in|into|under|as|onto|over|is|for|->|=>|:)\s*(?:the container(?:'s)? (?:at|as|under|path)?\s*)?["'\x60]?(\/[\w./-]*\w)(?:["'\x60]?\s*(?:inside|in the container))?(?:["'\x60)]*[\s,(:]*(?:mounted\s+|and\s+)?(${RO})\b)?`, 'gi'))) // prettier-ignore
    found.push({ source: m[1] ?? '', target: m[3], readOnly: (m[2] ?? m[4]) !== undefined || new RegExp(`\\b${RO}\\b`, 'i').test(m[0]) }); // prettier-ignore
  for (const m of said.takeAll(
    new RegExp(
      String.raw`${SOURCE}["'\x60]?\s*\((?:it is |this is |which is |mounted (?:at|to|as) |as |at |to |inside |inside it |in the container |-> ?)*(\/[\w./-]*\w)(?:\s+(?:inside|in)(?: the container| it)?)?\s*(?:,\s*(${RO}))?\)`,
      'gi',
    ),
  ))
    // prettier-ignore
    found.push({ source: m[1] ?? '', target: m[2], readOnly: m[3] !== undefined });
  return found;
}

/** "./in and ./out mounted to /a and /b": one each. */
function inTurn(said: Said): Bind[] {
  const m = said.take(
    /(?<![\w.])((?:\.{1,2}|~)?\/[\w./-]*\w)\)?[^/.;\n]{0,24}?\band\b[^/.;\n]{0,24}?(?<![\w.])((?:\.{1,2}|~)?\/[\w./-]*\w)\)?[^/.;\n]{0,30}?\b(?:at|to|on|in|into|under|as)\s+(\/[\w./-]*\w)\s+and\s+(\/[\w./-]*\w)/i,
  );
  if (m === undefined) return [];
  return [
    { source: m[1] ?? '', target: m[3], readOnly: /read[- ]?only/i.test(m[0]) },
    { source: m[2] ?? '', target: m[4], readOnly: /read[- ]?only/i.test(m[0]) },
  ];
}

/** "reads ./Caddyfile", "its config ./x.conf, read-only", "/lib/modules mounted": the place is where such things go. */
function placed(said: Said): Bind[] {
  const found: Bind[] = [];
  for (const m of said.takeAll(new RegExp(String.raw`\b(?:read(?:s|ing)?|load(?:s|ing)?|tak(?:es|ing)|us(?:es|ing)|with|has|gets?|from|configured (?:by|from|with|in)|config(?:uration|ured)?(?: file| folder)?(?: is| comes| lies| in| from|:)*|serv(?:es|ing)|pipeline (?:from|in)|its (?:own )?(?:config|configuration|pipeline))\s+(?:the\s+|its\s+|our\s+|my\s+|own\s+|(?:config|configuration|pipeline|rules|settings|file|folder|static|html|files)\s+|from\s+|in\s+)*["'\x60]?(\.{1,2}\/[\w./-]*[\w])["'\x60]?(?!\s*(?:->|=>|:|mounted|to \/|at \/|as \/|for \/|under \/|into \/|on \/|in \/|goes))(?:[\s,(]*(?:mounted\s+)?(read[- ]?only|ro)\b)?`, 'gi'))) // prettier-ignore
    if (/\.(?:conf|cfg|cnf|ya?ml|toml|ini|json|properties)$|Caddyfile$|pipeline$|provisioning$/.test(m[1] ?? '')) found.push({ source: m[1] ?? '', target: undefined, readOnly: true }); // prettier-ignore
  for (const m of said.takeAll(/\b(?:provisioning|config(?:uration)?|rules|dashboards?|pipeline|templates?)\s+(?:folder|directory|dir|files?)\s+(?:is |from |in |at |: ?)?["'`]?(\.{1,2}\/[\w./-]*\w)(?![\w./-])(?!\s*(?:->|=>|:|mounted|to \/|at \/|as \/|for \/|under \/|into \/|on \/))/gi)) found.push({ source: m[1] ?? '', target: undefined, readOnly: true }); // prettier-ignore
  for (const m of said.takeAll(/(?<=\s)(\/) (?:is )?mounted (read[- ]?only |ro )?(?:at|to|on|in|as|under) (\/[\w./-]*\w)/gi)) found.push({ source: '/', target: m[3], readOnly: m[2] !== undefined }); // prettier-ignore
  for (const m of said.takeAll(
    /(?<![\w.])(\/(?:lib\/modules|etc\/localtime|etc\/timezone|dev\/shm|sys|proc|var\/lib\/docker|var\/log|run\/udev|var\/run|etc\/ssl\/certs)(?:\/[\w.-]+)*)\s+(?:is\s+|are\s+|should be\s+)?(?:mounted|bind-?mounted|passed|shared|visible)\b(?!\s+(?:at|to|on|in|as|into|under)\s+\/)(?:\s+(read[- ]?only))?/gi,
  ))
    // prettier-ignore
    found.push({ source: m[1] ?? '', target: m[1], readOnly: m[2] !== undefined });
  for (const m of said.takeAll(
    /\b(?:from|in|with|of|has|sees|gets)\s+(?:the host's )?(\/(?:lib\/modules|etc\/localtime|etc\/timezone|dev\/shm|run\/udev|etc\/ssl\/certs))(?![\w/])(?!\s*(?:->|=>|:|mounted|at \/|to \/|as \/))(?:[\s,(]*(?:mounted\s+)?(read[- ]?only|ro)\b)?/gi,
  ))
    // prettier-ignore
    found.push({ source: m[1] ?? '', target: m[1], readOnly: m[2] !== undefined });
  for (const m of said.takeAll(
    /\breads?\s+(?:the\s+)?(?:logs\s+(?:in|from|of|under)\s+)?(\/(?:var|etc|sys|proc|srv|mnt|opt|data)(?:\/[\w.-]+)*)(?:\s+(?:\(?read[- ]?only\)?))?(?!\s*(?:->|:|at|as|under) ?\/)(?:\s*(?:,|and)\s+(\.{1,2}\/[\w./-]*\w))?/gi,
  )) {
    found.push({ source: m[1] ?? '', target: m[1], readOnly: true });
    if (m[2] !== undefined) found.push({ source: m[2], target: undefined, readOnly: true });
  }
  return found;
}

/** "the code is mounted live into /app": of the folder that it is built from; `.` stands for that. */
function ownCode(said: Said): Bind[] {
  const m = said.take(
    /\b(?:code|sources?|source code|project|files?|src)\s+(?:(?:of (?:the|this|that) (?:folder|app|project|repo)|is|are|gets?|should be|must be|to be|bind[- ]|live|also|of it)\s*)*mount(?:ed|s)?\s+(?:live\s+|read[- ]only\s+|directly\s+)*(?:in|at|to|into|under|on|as)\s+(\/[\w./-]*\w)/i,
  );
  const told =
    m ??
    said.take(
      /\bmount(?:s|ed|ing)?\s+(?:(?:the|its|our|my|all|app(?:lication)?)\s+)*(?:source code|code|sources?|src)\s+(?:live\s+|read[- ]only\s+)*(?:in|at|to|into|under|on|as|over)\s+(\/[\w./-]*\w)/i,
    );
  // "mount that folder into the container at /project", "the folder goes to /app": the one that was just spoken of.
  const same =
    told ??
    said.take(
      /\b(?:mount(?:s|ed|ing)?\s+)?(?:that|this|the|the same|its|it'?s own) (?:same )?(?:folder|directory|dir)\b(?! of\b)\s*(?:(?:is|gets?|should be|must be|to be|bind-?|live|also)\s*)*(?:mounted\s+|goes\s+|comes\s+)?(?:(?:in)?to (?:the|its) container\s+)?(?:in|at|to|into|under|on|as)\s+(\/[\w./-]*\w)/i,
    );
  return same?.[1] === undefined ? [] : [{ source: OWN, target: same[1], readOnly: /read[- ]only/i.test(same[0]) }];
}

/** "the media path comes from MEDIA_DIR and lands in /media": a place of the host that only the caller knows. */
function fromVariables(said: Said): Bind[] {
  return said
    .takeAll(
      new RegExp(String.raw`(?<![\w$={:/-])(?:\$\{?([A-Z][A-Z0-9_]*)\}?|([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+))(?!\s*[=:]|\w)(?:[^.;=\n]{0,40}?[\s,(])??(?:(?:which|that|and|is|are|gets?|it|should be|must be)\s+)*(?:(?:bind[- ]?)?mount(?:ed|s)?|lands?|goes|appears?|visible|seen|ends up|comes)?\s*(?:in|at|to|on|under|into|as|->|=>|:)\s*(?:the container(?:'s)? (?:at|as|under)?\s*)?(\/[\w./-]*\w)(?:[\s,(]*(?:mounted\s+)?(${RO})\b)?`, 'g'), // prettier-ignore
    )
    .map((m) => ({ source: `\${${m[1] ?? m[2] ?? ''}}`, target: m[3], readOnly: m[4] !== undefined }));
}

/** The folder that the service is built from. */
export const OWN = '<own>';

export function readBinds(said: Said): readonly Bind[] {
  const full = said
    .takeAll(
      /(?:^|[\s("'`])(\.{1,2}\/[\w./-]+|\/[\w./-]+|~\/[\w./-]+)\s*(?:mounted (?:at|to|on|in|into|under)|mounts? to|->|=>|:|to|as)\s*(\/[\w./-]+)(:ro|,?\s*\(?read[- ]?only\)?)?/g,
    ) // prettier-ignore
    .map((m) => ({ source: m[1] ?? '', target: m[2], readOnly: m[3] !== undefined }));
  const bare = [
    ...said.takeAll(/(?:^|[\s("'`])(\.{1,2}\/[\w./-]*\w)\s+(?:is\s+)?mounted(?!\s+(?:at|to|on|in|into|under)\b)(,?\s*\(?read[- ]?only\)?)?/gi),
    ...said.takeAll(/\b(?:init(?:iali[sz]ation)?|seed|schema|startup)[ -](?:scripts?|sql|files?|folder|directory)\s+(?:from |in |at )?["'`]?((?:\.{1,2}\/)?[\w./-]*\w)()/gi),
    ...said.takeAll(/\bmount(?:s|ed|ing)?\s+(?:the\s+)?(?:file\s+|folder\s+)?(\.{1,2}\/[\w./-]*\w)(?![\w./-])(?!\s*(?::|to|at|on|in|into|->)\b)(,?\s*\(?read[- ]?only\)?)?/gi),
    ...said.takeAll(/\b(?:persist\w*|data|world|config\w*|stor(?:es?|ed)|kept|keeps?|library|media|models?|content)\b[^.;,]{0,24}?\b(?:in|under|at|to)\s+(?:the\s+)?(?:folder\s+)?(\.{1,2}\/[\w./-]*\w)()/gi),
  ].map((m) => ({ source: m[1] ?? '', target: undefined, readOnly: (m[2] ?? '') !== '' })); // prettier-ignore
  const served = said.take(
    /\b(?:serv(?:es|ing|ed)?|static(?: files| content)?(?= from))\s+(?:(?:the|static|files|from)\s+)*(?:folder\s+)?(\.{1,2}\/[\w./-]*\w)/i,
  )?.[1];
  const absolute = said
    .takeAll(
      /\b(?!only|mounted|placed|available|served|running|started|located|put|it|them)([a-z]+)\s+(?:is\s+|are\s+)?(?:from|in|at|under|on)\s+(\/(?:srv|mnt|home|opt|media|data|var)\/[\w./-]*\w)(,?\s*\(?read[- ]?only\)?)?/gi,
    )
    .map((m) => ({
      source: m[2] ?? '',
      target: /^(?:config\w*|data|settings|state|files|storage)$/i.test(m[1] ?? '') ? undefined : `/${(m[1] ?? 'data').toLowerCase()}`, // prettier-ignore
      readOnly: m[3] !== undefined,
    }));
  const own = ownCode(said);
  const here =
    own.length > 0
      ? undefined
      : said.take(
          /\b(?:current|this|project|source|app|application)(?:'s)? (?:folder|directory|dir|code)\b(?:\s*\(\.\))?[^.;]{0,24}?\bmounted\b(?:\s*(?:at|to|into?|under)\s+(\/[\w./-]*\w|there))?|\bmount(?:s|ed|ing)? (?:the |my |our |its )?(?:(?:current|project|source|app) )*(?:folder|directory|dir|code|sources?)\b(?! (?:of|from)\b)(?:\s*(?:at|to|into?|under)\s+(?:the container(?: at)?\s*)?(\/[\w./-]*\w|there)?)?/i,
        );
  const there = here?.[1] ?? here?.[2];
  const inside = /\b(?:in|dir(?:ectory)?)\s+(\/[\w./-]*\w)/i.exec(said.text)?.[1];
  const socket = said.take(
    /\b(?:docker(?:'s)? socket|(?:the )?socket(?= (?:is )?mounted)|docker\.sock)\b(?:[^.;,]{0,20}(read[- ]?only))?/i,
  );
  const pair = [...fromVariables(said), ...inTurn(said)];
  const told = [...pair, ...described(said).filter((d) => !pair.some((p) => p.source === d.source))];
  const more = [...told, ...own, ...placed(said).filter((p) => !told.some((t) => t.source === p.source))]; // prettier-ignore
  return [
    ...more,
    ...full.filter((f) => !more.some((b) => b.source === f.source)),
    ...(served === undefined ? [] : [{ source: served, target: undefined, readOnly: true }]),
    ...absolute.filter((b) => ![...full, ...more].some((f) => f.source === b.source)),
    ...bare.filter((b) => ![...full, ...more].some((f) => f.source === b.source)),
    ...(here === undefined ? [] : [{ source: '.', target: there?.startsWith('/') === true ? there : (inside ?? '/app'), readOnly: false }]), // prettier-ignore
    ...(socket === undefined ? [] : [{ source: '/var/run/docker.sock', target: '/var/run/docker.sock', readOnly: socket[1] !== undefined }]), // prettier-ignore
  ];
}
