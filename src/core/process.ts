/** A process that cannot be mistaken for another: a pid is reused, the triple of pid, start time and boot is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** In the platform's own unit and epoch: clock ticks since boot on Linux. */
  readonly startTime: string;
  readonly bootId: string;
}
