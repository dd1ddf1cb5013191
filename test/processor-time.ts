/**
 * How long synchronous work takes, in milliseconds of the processor: a busy machine makes it no longer. Limits that are held against it
 * lie far above what the work takes, so that only work of another order passes them; the figures themselves are bench/'s.
 */
export function processorMs(work: () => void): number {
  const from = process.cpuUsage();
  work();
  return process.cpuUsage(from).user / 1000;
}
