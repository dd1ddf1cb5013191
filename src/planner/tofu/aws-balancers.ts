/** Load balancers on AWS, with their targets and listeners. */
import type { Component } from './components.ts';
import { nested, raw, type Body, type Raw } from './hcl.ts';
import type { TofuModule } from './module.ts';

const internalWish = (m: TofuModule): boolean => m.has(/\binternal(?:ly)?\b|\bnot (?:public|internet[- ]facing)\b/i);

/** What stands behind: addresses, a function, machines. */
function targetType(m: TofuModule): string {
  if (
    m.present.has('ecs') ||
    m.take(
      /\bip (?:address )?targets?(?: group)?\b|\btarget type (?:of )?["'`]?ip\b|\bip[- ]target\w*|\b(?:of )?type ["'`]?ip\b/i,
    ) !== undefined
  )
    return 'ip';
  return m.present.has('lambda') && !m.present.has('ec2') ? 'lambda' : 'instance';
}

/** "/api/* goes to target group api on port 8080": a group and a rule for each path; what else comes goes to the usual group. */
function byPath(m: TofuModule, targets: string): void {
  const rules = m.text.takeAll(/(?<![\w.:])(\/[\w-]+(?:\/[\w*-]+)*\*?)\s+(?:(?:goes|go|is|are|gets?|should|sent|routed?|forward\w*|traffic)\s+)*(?:to|->)\s+(?:the\s+|an?\s+)?(?:target group\s+|service\s+)?["'`]?([a-z][\w-]*)["'`]?(?:\s+target group)?(?:\s+(?:on|at)\s+(?:port\s+)?(\d{2,5}))?/gi); // prettier-ignore
  const listener = m.hasResource('aws_lb_listener.https') ? 'https' : 'http';
  for (const [i, [, path = '/', name = 'app', port]] of rules.entries()) {
    const label = name.toLowerCase().replace(/\W+/g, '_');
    m.resource('aws_lb_target_group', label, {
      name: m.name(name.toLowerCase()),
      port: Number(port ?? 80),
      protocol: 'HTTP',
      vpc_id: m.network().vpc,
      target_type: targets,
      health_check: nested({ path: '/', matcher: '200-399' }),
    });
    m.resource('aws_lb_listener_rule', label, {
      listener_arn: raw(`aws_lb_listener.${listener}.arn`),
      priority: 10 * (i + 1),
      action: nested({ type: 'forward', target_group_arn: raw(`aws_lb_target_group.${label}.arn`) }),
      condition: nested({ path_pattern: nested({ values: [path] }) }),
    });
  }
  if (rules.length > 0) m.take(/\b(?:path[- ]based routing|everything else|all other(?: traffic| requests)?)\b/i);
}

/** The module's own certificate, or one that is given. */
const certificateOf = (m: TofuModule): Raw =>
  m.present.has('acm')
    ? (m.need('acm'), raw('aws_acm_certificate.main.arn'))
    : m.variable(m.variableFor('\\bcertificate\\b') ?? 'certificate_arn', 'string', 'Certificate for HTTPS.');

function alb(m: TofuModule): void {
  const nlb = m.has(/\bnlb\b|\bnetwork load balancer\b/i);
  const classic = m.has(/\bclassic (?:load balancer|elb)\b/i);
  const network = m.network();
  const https = m.has(/\bhttps\b|\btls\b|\bcertificate\b|\bacm\b/i);
  const behind = m.take(/\b(?:towards?|to|behind|forward\w*|instances?|targets?|backends?)\b[^.;,\d]{0,24}\b(?:on|port)\s+(?:port\s+)?(\d{2,5})\b/i)?.[1]; // prettier-ignore
  const front = nlb ? m.take(/\b(?:tls|tcp|udp|listen\w*)\b[^.;,\d]{0,12}(?:on |port )+(\d{2,5})\b/i)?.[1] : undefined;
  const target = Number(
    nlb && behind !== undefined && front !== undefined
      ? behind
      : (m.take(/\b(?:target|container|instance|backend) port\s+(\d+)/i)?.[1] ??
          m.take(/\b(?:port|tcp|udp)\s+(?:listener )?(?:on )?(?:port )?(\d{2,5})\b/i)?.[1] ??
          (nlb ? m.take(/\b(?:listen\w*|listener)\b[^.;\d]{0,16}(\d{2,5})\b/i)?.[1] : undefined) ??
          80),
  );
  const group = m.securityGroup('balancer', 'The load balancer', [
    { port: nlb ? target : 80, from: internalWish(m) ? '10.0.0.0/8' : '0.0.0.0/0' },
    ...(https ? [{ port: 443, from: '0.0.0.0/0' }] : []),
  ]);
  if (classic)
    return void m.resource('aws_elb', 'main', {
      name: m.name('balancer'),
      subnets: network.publicSubnets,
      security_groups: [raw(`${group}.id`)],
      listener: nested({ instance_port: target, instance_protocol: 'http', lb_port: 80, lb_protocol: 'http' }),
      health_check: nested({
        healthy_threshold: 2,
        unhealthy_threshold: 3,
        timeout: 5,
        target: `HTTP:${target}/`,
        interval: 30,
      }),
      ...(m.hasResource('aws_instance') ? { instances: [raw('aws_instance.main.id')] } : {}),
    });
  const listening = Number(m.take(/\blisten\w*\b[^.;,\d]{0,20}(?:on |port )+(\d{2,5})\b|\bport (\d{2,5}) listener\b/i)?.slice(1).find((x: string | undefined) => x !== undefined && x !== '443') ?? 80); // prettier-ignore
  const internal =
    m.take(/\binternal(?:ly)?\b|\bnot (?:public|internet[- ]facing)\b|\bprivate (?:load balancer|alb|nlb)\b/i) !==
    undefined;
  const crossZone = m.take(/\bcross[- ]zone(?: load balancing)?(?: (?:on|enabled))?\b/i) !== undefined;
  const targets = targetType(m);
  const given = m.subnetsVariable();
  m.resource('aws_lb', 'main', {
    name: m.name('balancer', m.called('(?:load balancer|alb|nlb)')),
    internal,
    load_balancer_type: nlb ? 'network' : 'application',
    subnets: given ?? (internal ? network.privateSubnets : network.publicSubnets),
    security_groups: [raw(`${group}.id`)],
    drop_invalid_header_fields: nlb ? undefined : true,
    ...(crossZone ? { enable_cross_zone_load_balancing: true } : {}),
    ...(m.take(/\bdeletion protection\b/i) && !m.has(/\b(?:no|without) deletion protection\b/i)
      ? { enable_deletion_protection: true }
      : {}),
    ...(m.take(/\bidle timeout\b/i) ? { idle_timeout: m.seconds('idle timeout') ?? 60 } : {}),
  });
  m.resource('aws_lb_target_group', 'main', {
    name: m.name('targets'),
    port: target,
    protocol: nlb ? 'TCP' : 'HTTP',
    vpc_id: network.vpc,
    target_type: targets,
    health_check: nested({
      ...(nlb
        ? {}
        : { path: m.take(/\bhealth ?-?checks?\b[^.;/]{0,20}(\/(?:[\w./-]*\w)?)/i)?.[1] ?? '/', matcher: '200-399' }),
      healthy_threshold: 2,
      unhealthy_threshold: 3,
      interval: m.seconds('(?:health ?-?checks?|every|interval)') ?? 30,
    }),
  });
  const forward: Body = { type: 'forward', target_group_arn: raw('aws_lb_target_group.main.arn') };
  if (https && !nlb) {
    const certificate = certificateOf(m);
    m.resource('aws_lb_listener', 'https', {
      load_balancer_arn: raw('aws_lb.main.arn'),
      port: 443,
      protocol: 'HTTPS',
      ssl_policy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
      certificate_arn: certificate,
      default_action: nested(forward),
    });
    m.resource('aws_lb_listener', 'http', {
      load_balancer_arn: raw('aws_lb.main.arn'),
      port: 80,
      protocol: 'HTTP',
      default_action: nested({
        type: 'redirect',
        redirect: nested({ port: '443', protocol: 'HTTPS', status_code: 'HTTP_301' }),
      }),
    });
  } else
    m.resource('aws_lb_listener', 'http', {
      load_balancer_arn: raw('aws_lb.main.arn'),
      port: nlb ? Number(front ?? target) : listening,
      protocol: nlb ? (https ? 'TLS' : m.has(/\budp\b/i) ? 'UDP' : 'TCP') : 'HTTP',
      ...(nlb && https ? { ssl_policy: 'ELBSecurityPolicy-TLS13-1-2-2021-06', certificate_arn: certificateOf(m) } : {}),
      default_action: nested(forward),
    });
  byPath(m, targets);
  if (m.present.has('ec2') && !m.present.has('asg')) {
    m.need('ec2');
    m.resource('aws_lb_target_group_attachment', 'main', {
      ...(m.count('(?:instance|machine|vm|server|ec2)', 1) > 1
        ? { count: raw('length(aws_instance.main)'), target_id: raw('aws_instance.main[count.index].id') }
        : { target_id: raw('aws_instance.main.id') }),
      target_group_arn: raw('aws_lb_target_group.main.arn'),
      port: target,
    });
  }
  m.output('address', 'aws_lb.main.dns_name', 'Where it answers.');
}

export const BALANCERS: readonly Component[] = [
  { id: 'alb', names: /\balb\b|\bnlb\b|\belb\b|\bload[- ]balanc(?:er|ers|ed)\b/i, make: alb },
];
