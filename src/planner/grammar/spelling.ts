/** Slips of the pen in the words that carry a wish: "depolyment", "replcas", "namepsace". Names and ordinary words stay as they are. */

const WORDS =
  `deployment deployments statefulset daemonset cronjob replicas replica container containers namespace service services ingress configmap
  secret secrets volume volumes persistent storage image expose exposed kubernetes cluster network policy memory requests limits readiness liveness
  environment variable variables schedule command autoscaler autoscale loadbalancer headless postgres postgresql mongodb rabbitmq elasticsearch
  prometheus grafana terraform opentofu compose healthcheck pipeline approval production staging bucket versioning encryption lifecycle function
  security certificate permissions account listening`.split(/\s+/);
const KNOWN = new Set(WORDS);
const BY_ENDS = new Map<string, string[]>();
for (const word of WORDS) {
  const key = `${word.charAt(0)}${word.at(-1) ?? ''}`;
  BY_ENDS.set(key, [...(BY_ENDS.get(key) ?? []), word]);
}

/** Ordinary words that are only a letter away from one of ours. */
const ORDINARY = new Set(['policies', 'secretes', 'services', 'instance', 'instances', 'limit', 'limited', 'requires', 'request', 'clusters', 'image', 'images', 'volume', 'stage', 'storages', 'produced', 'function', 'functional', 'account', 'amount', 'command', 'comments', 'contains', 'network', 'networks', 'composed', 'exposes']); // prettier-ignore

/** Corrects single words; what stands behind "called" or "named", in quotes, or holds anything but letters is a name. */
export const correctSpelling = (text: string): string =>
  text.replace(/(?<![\w./:=@"'`-])[a-z]{4,16}(?![\w./:=@"'`-])/g, (word: string, at: number) => {
    if (
      KNOWN.has(word) ||
      ORDINARY.has(word) ||
      /\b(?:called|named|name|namespace|image)\s+$/i.test(text.slice(Math.max(0, at - 12), at))
    )
      return word;
    const limit = 1;
    const near = (BY_ENDS.get(`${word.charAt(0)}${word.at(-1) ?? ''}`) ?? []).filter((w) => Math.abs(w.length - word.length) <= limit && distance(word, w) <= limit); // prettier-ignore
    return near.length === 1 ? (near[0] ?? word) : word;
  });

/** Letters changed, left out, added or swapped with their neighbour. */
export function distance(a: string, b: string): number {
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array<number>(b.length).fill(0)]);
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let j = 0; j <= b.length; j++) (rows[0] as number[])[j] = j;
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(i - 2, j - 2) + 1);
      (rows[i] as number[])[j] = best;
    }
  return at(a.length, b.length);
}
