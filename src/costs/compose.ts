/** What the services of a Compose file may use: reservations, else limits. https://github.com/compose-spec/compose-spec/blob/main/deploy.md#resources */
import { isObject } from '../core/json.ts';
import { NOTHING, type Ask } from './asks.ts';
import { byteValue, GIBIBYTE, quantity } from './quantity.ts';

export function asksOfCompose(file: unknown): Ask[] {
  const services = isObject(file) && isObject(file.services) ? file.services : {};
  return Object.entries(services).flatMap(([name, service]) => (isObject(service) ? [askOf(name, service)] : []));
}

function askOf(name: string, service: Readonly<Record<string, unknown>>): Ask {
  const deploy = isObject(service.deploy) ? service.deploy : {};
  const resources = isObject(deploy.resources) ? deploy.resources : {};
  const reserved = isObject(resources.reservations) ? resources.reservations : {};
  const limited = isObject(resources.limits) ? resources.limits : {};
  const cpu = quantity(reserved.cpus) ?? quantity(limited.cpus) ?? quantity(service.cpus);
  const memory =
    byteValue(reserved.memory) ??
    byteValue(limited.memory) ??
    byteValue(service.mem_reservation) ??
    byteValue(service.mem_limit);
  const replicas = wholeNumber(deploy.replicas) ?? wholeNumber(service.scale) ?? 1;
  return {
    what: `service ${name}`,
    replicas,
    amounts: {
      ...NOTHING,
      cpu: (cpu ?? 0) * replicas,
      memoryGib: ((memory ?? 0) / GIBIBYTE) * replicas,
      gpu: gpusOf(reserved) * replicas,
    },
    silent: cpu === undefined || memory === undefined ? [name] : [],
  };
}

function gpusOf(reserved: Readonly<Record<string, unknown>>): number {
  const devices = Array.isArray(reserved.devices) ? reserved.devices.filter(isObject) : [];
  return devices
    .filter(({ capabilities }) => Array.isArray(capabilities) && capabilities.includes('gpu'))
    .map(({ count }) => wholeNumber(count) ?? 1)
    .reduce((a, b) => a + b, 0);
}

const wholeNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
