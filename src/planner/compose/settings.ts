/** What the words say of particular components: names of databases, flags of Redis, how long Prometheus keeps, where Traefik sends. */
import { sentences, type Passage } from '../text.ts';
import { LOGIN_TOLD, LOGIN_VARIABLES, loginName } from '../grammar/logins.ts';
import { DURATION, NUMBER, numberOf } from '../grammar/quantities.ts';
import { credentialsFrom, passwordsInFile, take, variablesFrom } from './credentials.ts';
import { serverOptions } from './options.ts';
import type { Project, Service } from './project.ts';

/** "database shop, user shopper": for the engine and for whatever was told of it. */
function databaseNames(project: Project, service: Service, text: Passage): void {
  const variables = LOGIN_VARIABLES[service.app?.id ?? ''];
  if (variables === undefined) return;
  for (const of of ['database', 'user'] as const) {
    const to = loginName(service.words.said, of) ?? elsewhere(project, text, of);
    if (to === undefined) continue;
    const before = service.environment[variables[of]];
    service.environment[variables[of]] = to;
    if (before === undefined) continue;
    for (const other of project.services)
      for (const [key, value] of Object.entries(other.environment)) {
        if (other.dependsOn[service.name] === undefined) continue;
        if (LOGIN_TOLD[of].test(key) && value === before) other.environment[key] = to;
        else if (of === 'database' && value.endsWith(`/${before}`) && /:\/\//.test(value))
          other.environment[key] = `${value.slice(0, -before.length)}${to}`;
      }
  }
}

/** "…, database named shop and user clerk" among the words about another: of the only store that there is. */
function elsewhere(project: Project, text: Passage, of: 'database' | 'user'): string | undefined {
  if (project.services.filter((s) => s.app?.role === 'database').length !== 1) return undefined;
  const sentence = sentences(text).find((s) => s.has(/\b(?:database|db) (?:is )?(?:called|named)\b/i));
  const from = sentence?.text.search(/\b(?:database|db) (?:is )?(?:called|named)\b/i) ?? -1;
  return sentence === undefined ? undefined : loginName(sentence.slice(from), of);
}

/** Persistence, memory and password of Redis and its like are flags of its command. */
function redisFlags(project: Project, service: Service): void {
  if (service.app?.engine !== 'redis' || service.app.role !== 'cache' || service.build !== undefined) return;
  const { said } = service.words;
  const flags: string[] = [];
  if (
    said.take(
      /\b(?:append[- ]?only|aof)\b(?:\s*(?:file|mode|persistence))?(?:\s*(?:=|:|is|set to)?\s*(?:yes|on|enabled|true))?/i,
    )
  )
    flags.push('--appendonly', 'yes');
  const memory =
    said.take(/\bmax[- ]?memory\s*(?:=|:|of|is|set to)?\s*(\d+)\s*([mg])i?b?\b/i) ??
    said.take(/\b(\d+)\s*([mg])i?b?\s+(?:of\s+)?max[- ]?memory\b/i);
  if (memory !== undefined) flags.push('--maxmemory', `${memory[1] ?? ''}${(memory[2] ?? 'm').toLowerCase()}b`);
  const policy = said.take(/\b(?:(?:max[- ]?memory|eviction)[- ]?policy\s*(?:=|:|of|is|set to)?\s*)?((?:allkeys|volatile)-(?:lru|lfu|random|ttl)|noeviction)\b(?: (?:eviction )?policy)?/i)?.[1]; // prettier-ignore
  if (policy !== undefined) flags.push('--maxmemory-policy', policy.toLowerCase());
  if (said.take(/\bpassword(?:[- ]protected)?\b|\brequirepass\b|\bauth(?:entication)?\b(?! service)/i)) {
    const variable = 'REDIS_PASSWORD';
    project.variables.add(variable);
    flags.push('--requirepass', `\${${variable}:?set ${variable}}`);
    service.environment['REDISCLI_AUTH'] = `\${${variable}}`;
    for (const other of project.services)
      if (other.dependsOn[service.name] !== undefined) other.environment[variable] ??= `\${${variable}}`;
  }
  const server = service.app.id === 'valkey' ? 'valkey-server' : 'redis-server';
  const data = service.volumes.some((v) => v.endsWith(':/data'));
  if (flags.includes('--appendonly') && !data) {
    project.volumes.add(`${service.name}-data`);
    service.volumes.push(`${service.name}-data:/data`);
  }
  if (flags.length > 0 && service.words.command === undefined) service.extra['command'] = [server, ...flags];
}

/** "keeps data for 30 days": Prometheus is told so by a flag. */
function retention(service: Service): void {
  if (service.app?.id !== 'prometheus') return;
  const { said } = service.words;
  const match =
    said.take(new RegExp(`\\b(?:retention(?: time| period)?|keep(?:s|ing)?(?: (?:its |the |all )?(?:data|metrics))?(?: for)?)\\s*(?:of|is|=|:|for)?\\s*${DURATION}`, 'i')) ??
    said.take(new RegExp(`${DURATION}\\s*(?:of\\s+)?(?:data\\s+|metrics\\s+)?retention`, 'i')); // prettier-ignore
  if (match?.[1] === undefined) return;
  const time = `${numberOf(match[1])}${(match[2] ?? 'd').charAt(0).toLowerCase()}`;
  const flag = '--storage.tsdb.retention.time=';
  const args = (service.app.args ?? []).filter((a) => !a.startsWith(flag));
  service.extra['command'] = [...args, `${flag}${time}`];
}

/** "the admin password comes from GF_ADMIN_PASSWORD": a variable of the caller's own. */
function passwordVariable(project: Project, service: Service): void {
  const match = service.words.said.take(
    /\b(root |admin )?(?:password|passwd|secret|credentials?|token|api key)\b[^.;,]{0,24}?\b(?:from|in|by|via|through|=|is)\s+(?:the\s+)?(?:env(?:ironment)?(?:\s+variable)?\s+|variable\s+)?\$?\{?([A-Z][A-Z0-9]*_[A-Z0-9_]+)\}?/,
  );
  const variable = match?.[2];
  if (variable === undefined) return;
  const all = service.app?.secrets ?? [];
  const own = all.find((s) => (/root/i.test(match?.[1] ?? '') ? /ROOT/.test(s) : !/ROOT/.test(s))) ?? all[0];
  if (own === undefined) {
    service.environment[variable] ??= `\${${variable}:?set ${variable}}`;
    project.variables.add(variable);
    return;
  }
  take(project, service, own, variable);
}

/** "realm.json imported at startup", "localstack with services s3 and sqs": what only these images are told. */
function ownWays(project: Project, service: Service, text: Passage): void {
  if (service.app?.id === 'keycloak' && service.build === undefined) {
    const words = text.take(/\brealm\b[^;,]{0,40}?\bimport\w*[^;,]*|\bimport\w*\b[^;,]{0,30}?\brealm\b[^;,]*/i)?.[0];
    const file = /["'`]?((?:\.{1,2}\/)?[\w./-]+\.json)/.exec(words ?? '')?.[1];
    if (words === undefined) return;
    service.extra['command'] = [...(service.app.command ?? service.app.args ?? ['start']), '--import-realm'];
    service.volumes = service.volumes.filter((v) => file === undefined || !v.startsWith(`${file}:`));
    if (file !== undefined) service.volumes.push(`${file}:/opt/keycloak/data/import/${file.split('/').at(-1) ?? 'realm.json'}:ro`); // prettier-ignore
  }
  if (service.app?.engine === 'elasticsearch') {
    const cluster = service.words.said.take(
      /\bcluster(?:[ .]name)?\s+(?:is |called |named |=|: ?)?["'`]?([a-z][\w-]*)["'`]?(?=\s*(?:,|;|\.|$|and\b))/i,
    )?.[1];
    if (cluster !== undefined && !/^(?:of|is|with|and|single|name)$/i.test(cluster))
      service.environment['cluster.name'] = cluster;
  }
  if (service.app?.id === 'localstack') {
    const list = service.words.said.take(
      /\bservices?\s*(?:=|:)?\s*((?:[a-z0-9]+(?:\s*,\s*(?:and\s+)?|\s+and\s+)?)+)/i,
    )?.[1];
    const names = (list ?? '').split(/\s*(?:,|\band\b)\s*/).filter((n) => /^(?:s3|sqs|sns|dynamodb|lambda|kinesis|ssm|secretsmanager|iam|sts|events|logs|cloudwatch|stepfunctions|apigateway|ec2|kms|ses|route53)$/i.test(n)); // prettier-ignore
    if (names.length > 0) service.environment['SERVICES'] = names.join(',').toLowerCase();
  }
  if (service.app?.id === 'pihole') {
    const address = String.raw`\d{1,3}(?:\.\d{1,3}){3}(?:#\d+)?`;
    const asked = service.words.said.take(new RegExp(`\\b(?:asks?|upstreams?|forwards?|resolv\\w+|quer(?:y|ies))\\b[^.;,\\n]{0,30}?((?:${address}(?:\\s*[,;]\\s*|\\s+and\\s+)?)+)`, 'i'))?.[1]; // prettier-ignore
    if (asked !== undefined) service.environment['FTLCONF_dns_upstreams'] = asked.match(new RegExp(address, 'g'))?.join(';') ?? asked; // prettier-ignore
  }
  if (service.app?.id === 'spark-worker') {
    const master = project.services.find((s) => s.app?.id === 'spark-master');
    if (master !== undefined) {
      service.extra['command'] = ['/opt/spark/bin/spark-class', 'org.apache.spark.deploy.worker.Worker', `spark://${master.name}:7077`]; // prettier-ignore
      service.dependsOn[master.name] ??= { condition: 'service_started' };
    }
  }
}

/** "credentials from the environment": variables that must be set instead of files. */
function fromEnvironment(project: Project, service: Service): void {
  const asked = service.words.said.take(
    /\b(?:credentials?|passwords?|secrets?|keys?|logins?)\b[^.;,]{0,24}?\b(?:from|in|via|by|as|through|using)\s+(?:the\s+|an?\s+)?(?:env(?:ironment)?(?:\s+variables?)?|\.env(?:\s+file)?)\b(?!_)/i,
  );
  if (asked === undefined) return;
  for (const variable of service.app?.secrets ?? []) {
    const secret = variable.toLowerCase();
    if (!service.secrets.includes(secret) || project.secretFiles.has(secret)) continue;
    if (project.services.some((s) => s !== service && s.secrets.includes(secret))) continue;
    service.secrets = service.secrets.filter((s) => s !== secret);
    project.secrets.delete(secret);
    project.variables.add(variable);
    service.environment = Object.fromEntries(
      Object.entries(service.environment).filter(([, v]) => v !== `/run/secrets/${secret}`),
    );
    service.environment[variable] = `\${${variable}:?set ${variable}}`;
  }
}

/** Traefik listens for TLS where its port is published. */
function entryPoints(project: Project, service: Service, text: Passage): void {
  if (service.app?.id !== 'traefik' || service.build !== undefined) return;
  const email = text.take(/\blet'?s ?encrypt\b(?:[^.;]{0,40}?([\w.+-]+@[\w-]+\.[\w.-]+\w))?/i); // prettier-ignore
  const only = text.take(/\bonly (?:over |by |via )?https\b|\bhttps only\b|\bhttp (?:is |gets )?redirect\w*(?: to https)?\b|\bredirect\w* (?:http )?to https\b/i); // prettier-ignore
  if (email !== undefined || only !== undefined)
    for (const port of ['80:80', '443:443']) if (!service.ports.includes(port)) service.ports.push(port);
  const tls = service.ports.some((p) => p.endsWith(':443'));
  if (!tls && email === undefined) return;
  const args = (service.app.args ?? []).concat(
    '--entrypoints.websecure.address=:443',
    ...(only === undefined ? [] : ['--entrypoints.web.http.redirections.entrypoint.to=websecure']),
  );
  for (const s of project.services) {
    const rule = s.labels.find((l) => /routers\.[\w-]+\.rule=/.test(l));
    if (rule === undefined) continue;
    s.labels.push(`traefik.http.routers.${s.name}.entrypoints=websecure`, `traefik.http.routers.${s.name}.tls=true`);
    if (email !== undefined) s.labels.push(`traefik.http.routers.${s.name}.tls.certresolver=letsencrypt`);
  }
  if (email !== undefined) {
    project.volumes.add('letsencrypt');
    service.volumes.push('letsencrypt:/letsencrypt');
  }
  service.extra['command'] =
    email === undefined
      ? args
      : args.concat(
          '--certificatesresolvers.letsencrypt.acme.httpchallenge.entrypoint=web',
          '--certificatesresolvers.letsencrypt.acme.storage=/letsencrypt/acme.json',
          `--certificatesresolvers.letsencrypt.acme.email=${email[1] ?? '${ACME_EMAIL:?set ACME_EMAIL}'}`,
        );
}

/** "three peers": how many of what a variable of the component counts. */
function counted(service: Service): void {
  for (const [name, usual] of Object.entries(service.app?.env ?? {})) {
    if (!/^\d+$/.test(usual) || !/^[A-Z]{3,}S$/.test(name) || service.words.environment[name] !== undefined) continue;
    const count = service.words.said.take(new RegExp(`\\b(${NUMBER})\\s+${name}\\b`, 'i'))?.[1];
    if (count !== undefined) service.environment[name] = String(numberOf(count));
  }
}

export function settings(project: Project, service: Service, text: Passage): void {
  ownWays(project, service, text);
  databaseNames(project, service, text);
  redisFlags(project, service);
  serverOptions(service);
  retention(service);
  counted(service);
  const told = credentialsFrom(project, service);
  variablesFrom(project, service);
  if (!told) passwordVariable(project, service);
  fromEnvironment(project, service);
  passwordsInFile(project, service);
  entryPoints(project, service, text);
}
