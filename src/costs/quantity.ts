/** Kubernetes' quantities: `500m`, `1.5`, `2Gi`, `128M`, `1e3`. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

export const GIBIBYTE = 2 ** 30;

/** @returns the number that a quantity stands for, or `undefined` where it is none */
export function quantity(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const parts = /^\+?(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(value.trim());
  if (parts === null) return undefined;
  const [, digits = '', exponent = '0', unit = ''] = parts;
  const factor = FACTORS[unit];
  return factor === undefined ? undefined : Number(digits) * 10 ** Number(exponent) * factor;
}

/** Compose writes memory as `512m`, `1gb`, `2048k` or plain bytes, in powers of two. https://github.com/compose-spec/compose-spec/blob/main/spec.md#specifying-byte-values */
export function byteValue(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  const parts = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*([bkmg]?)b?$/i.exec(value.trim()) : null;
  if (parts === null) return undefined;
  const power = { b: 0, '': 0, k: 1, m: 2, g: 3 }[(parts[2] ?? '').toLowerCase()] ?? 0;
  return Number(parts[1]) * 1024 ** power;
}
