/** Shared file systems on AWS. */
import type { Component } from './components.ts';
import { nested, raw, type Body } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { accessTo } from './network.ts';

/** "provisioned throughput of 100 MiB/s", "bursting". */
function throughput(m: TofuModule): Body {
  const fixed = m.take(/\bprovisioned(?: throughput)?\b[^.;,\d]{0,24}(\d+)\s?(?:MiB|MB)|\b(\d+)\s?(?:MiB|MB)\/s\b/i);
  if (fixed !== undefined)
    return { throughput_mode: 'provisioned', provisioned_throughput_in_mibps: Number(fixed[1] ?? fixed[2]) };
  return {
    throughput_mode: m.take(/\bburst\w*\b/i) === undefined ? 'elastic' : 'bursting',
    ...(m.take(/\bmax ?io\b/i) === undefined ? {} : { performance_mode: 'maxIO' }),
  };
}

/** Days without a look after which a file goes to cheaper storage: one of those that there are. */
function coldAfter(m: TofuModule): string {
  const days = Math.round((m.seconds('(?:infrequent(?: access)?|IA|lifecycle|cold\\w*)') ?? 2_592_000) / 86_400);
  return `AFTER_${[1, 7, 14, 30, 60, 90, 180, 270, 365].find((d) => d >= days) ?? 365}_DAY${days <= 1 ? '' : 'S'}`;
}

/** "One Zone, us-east-1a": files that are kept in one place only, and are reached from there. */
function oneZone(m: TofuModule): string | undefined {
  if (m.take(/\bone[- ]zone\b|\b(?:one|1|a single|only one|just one) (?:availability )?zone\b|\bsingle[- ](?:az|zone)\b/i) === undefined) return undefined; // prettier-ignore
  return m.take(/\b((?:us|eu|ap|sa|ca|me|af|il)-[a-z]+-\d[a-f])\b/i)?.[1]?.toLowerCase() ?? '';
}

function efs(m: TofuModule): void {
  const zone = oneZone(m);
  if (zone !== undefined) m.data('aws_availability_zones', 'available', { state: 'available' });
  const place = zone === undefined ? undefined : zone === '' ? raw('data.aws_availability_zones.available.names[0]') : zone; // prettier-ignore
  m.resource('aws_efs_file_system', 'main', {
    creation_token: m.name('files'),
    encrypted: true,
    ...(place === undefined ? {} : { availability_zone_name: place }),
    ...throughput(m),
    ...(m.present.has('kms') ? (m.need('kms'), { kms_key_id: raw('aws_kms_key.main.arn') }) : {}),
    lifecycle_policy: nested({ transition_to_ia: coldAfter(m) }),
    tags: { Name: m.name('files', m.called('(?:efs )?file system')) },
  });
  const network = m.network();
  const subnets = network.privateSubnets;
  if (place !== undefined)
    m.data('aws_subnets', 'files', {
      filter: [
        nested({ name: 'vpc-id', values: [network.vpc] }),
        nested({ name: 'availability-zone', values: [place] }),
      ],
    });
  const group = m.securityGroup('files', 'The file system', [
    { port: 2049, ...accessTo(m, 'nfs|2049|efs|file system') },
  ]);
  m.resource('aws_efs_mount_target', 'main', {
    ...(place === undefined ? { count: raw(`length(${subnets.text})`) } : {}),
    file_system_id: raw('aws_efs_file_system.main.id'),
    subnet_id: place === undefined ? raw(`${subnets.text}[count.index]`) : raw('data.aws_subnets.files.ids[0]'),
    security_groups: [raw(`${group}.id`)],
  });
  const owner = Number(m.take(/\b(?:uid|user(?: id)?|owner)\s*(?:=|:|of)?\s*(\d+)/i)?.[1] ?? 1000);
  if (m.has(/\baccess points?\b/i))
    m.resource('aws_efs_access_point', 'main', {
      file_system_id: raw('aws_efs_file_system.main.id'),
      posix_user: nested({ uid: owner, gid: owner }),
      root_directory: nested({
        path: m.take(/\baccess points?\b[^.;]{0,24}?(\/[\w/.-]*\w)/i)?.[1] ?? '/app',
        creation_info: nested({ owner_uid: owner, owner_gid: owner, permissions: '0755' }),
      }),
    });
  if (m.has(/\bbackups?\b/i))
    m.resource('aws_efs_backup_policy', 'main', {
      file_system_id: raw('aws_efs_file_system.main.id'),
      backup_policy: nested({ status: 'ENABLED' }),
    });
}

export const FILES: readonly Component[] = [
  { id: 'efs', names: /\befs\b|\belastic file system\b|\bshared file system\b/i, make: efs },
];
