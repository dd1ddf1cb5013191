/** All rules, the most specific first: a tool's own words before those of the system that it runs on. */
import type { Rule } from '../rule.ts';
import { CONTAINERS } from './containers.ts';
import { DELIVERY } from './delivery.ts';
import { ENDINGS } from './endings.ts';
import { HELM } from './helm.ts';
import { KUBERNETES } from './kubernetes.ts';
import { MODELS } from './models.ts';
import { NETWORK } from './network.ts';
import { PODS } from './pods.ts';
import { SCRIPTS } from './scripts.ts';
import { TOFU } from './tofu.ts';

export const RULES: readonly Rule[] = [
  ...HELM,
  ...TOFU,
  ...PODS,
  ...KUBERNETES,
  ...DELIVERY,
  ...CONTAINERS,
  ...MODELS,
  ...NETWORK,
  ...SCRIPTS,
  ...ENDINGS,
];
