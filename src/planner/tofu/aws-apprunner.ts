/** Services of App Runner: an image, its size, and how far it scales. */
import type { Component } from './components.ts';
import { nested, raw } from './hcl.ts';
import type { TofuModule } from './module.ts';

const apprunner = (m: TofuModule): void => {
  const image =
    m.take(/\bimage\s+["'`]?((?:[\w.-]+\/)+[\w.-]+(?::[\w.-]+)?)/i)?.[1] ??
    m.take(/\b((?:[\w.-]+\/)+[\w.-]+:[\w.-]+)/)?.[1];
  const most = m.take(/\b(?:up to|at most|max(?:imum)?(?: of)?)\s+(\d+)\s+(?:instances?|copies)/i)?.[1];
  const least = m.take(/\b(?:at least|min(?:imum)?(?: of)?)\s+(\d+)\s+(?:instances?|copies)/i)?.[1];
  const path = m.take(/\bhealth ?-?checks?\b[^.;/]{0,20}(\/(?:[\w./-]*\w)?)/i)?.[1];
  const cpu = m.take(/\b(0?\.25|0?\.5|\d+)\s*v?cpus?\b/i)?.[1];
  const memory = m.take(/\b(\d+)\s?(?:GB|GiB)\b/i)?.[1];
  const closed = image !== undefined && /\.dkr\.ecr\./.test(image);
  const role = closed ? m.role('access', ['build.apprunner.amazonaws.com'], [], ['arn:aws:iam::aws:policy/service-role/AWSAppRunnerServicePolicyForECRAccess']) : undefined; // prettier-ignore
  const variables = Object.fromEntries(m.text.takeAll(/\b([A-Z][A-Z0-9_]{1,})\s*=\s*["'`]?([^\s,;"'`)]+)/g).map((p) => [p[1] ?? '', p[2] ?? ''])); // prettier-ignore
  if (most !== undefined || least !== undefined)
    m.resource('aws_apprunner_auto_scaling_configuration_version', 'main', { auto_scaling_configuration_name: m.name('scaling'), max_size: Number(most ?? 10), min_size: Number(least ?? 1) }); // prettier-ignore
  m.resource('aws_apprunner_service', 'main', {
    service_name: m.name('service', m.called('service')),
    ...(most !== undefined || least !== undefined ? { auto_scaling_configuration_arn: raw('aws_apprunner_auto_scaling_configuration_version.main.arn') } : {}), // prettier-ignore
    source_configuration: nested({
      auto_deployments_enabled: false,
      ...(role === undefined ? {} : { authentication_configuration: nested({ access_role_arn: raw(`${role}.arn`) }) }),
      image_repository: nested({
        image_identifier: image ?? 'public.ecr.aws/nginx/nginx:1.28',
        image_repository_type: closed ? 'ECR' : 'ECR_PUBLIC',
        image_configuration: nested({
          port: m.take(/\bport\s+(\d+)/i)?.[1] ?? '80',
          ...(Object.keys(variables).length === 0 ? {} : { runtime_environment_variables: variables }),
        }),
      }),
    }),
    ...(cpu === undefined && memory === undefined ? {} : { instance_configuration: nested({ cpu: String(Number(cpu ?? 1) * 1024), memory: String(Number(memory ?? 2) * 1024) }) }), // prettier-ignore
    ...(path === undefined ? {} : { health_check_configuration: nested({ protocol: 'HTTP', path }) }),
  });
  m.output('url', 'aws_apprunner_service.main.service_url', 'Where it answers.');
};

export const APPRUNNER: readonly Component[] = [{ id: 'apprunner', names: /\bapp ?runner\b/i, make: apprunner }];
