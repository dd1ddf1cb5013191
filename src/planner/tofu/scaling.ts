/** As many of something as keep a measure of it where it is wanted. */
import { nested, raw } from './hcl.ts';
import type { TofuModule } from './module.ts';

interface Scaled {
  /** The label of its resources. */
  readonly label: string;
  /** The name of the policy, without that of the module. */
  readonly policy: string;
  readonly service: 'dynamodb' | 'ecs';
  /** What is scaled, as an expression, and which number of it. */
  readonly resource: string;
  readonly dimension: string;
  readonly least: number;
  readonly most: number;
  readonly metric: string;
  /** Percent of the measure. */
  readonly target: number;
}

export function scaleBy(m: TofuModule, scaled: Scaled): void {
  const target = m.resource('aws_appautoscaling_target', scaled.label, {
    min_capacity: scaled.least,
    max_capacity: scaled.most,
    resource_id: raw(scaled.resource),
    scalable_dimension: scaled.dimension,
    service_namespace: scaled.service,
  });
  m.resource('aws_appautoscaling_policy', scaled.label, {
    name: m.name(scaled.policy),
    policy_type: 'TargetTrackingScaling',
    resource_id: raw(`${target}.resource_id`),
    scalable_dimension: raw(`${target}.scalable_dimension`),
    service_namespace: raw(`${target}.service_namespace`),
    target_tracking_scaling_policy_configuration: nested({
      target_value: scaled.target,
      predefined_metric_specification: nested({ predefined_metric_type: scaled.metric }),
    }),
  });
}
