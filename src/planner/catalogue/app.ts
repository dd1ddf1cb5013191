/** A component that runs as a container: what a person calls it, and what one must know to run it well. */

/** What an application stores in or talks through; an application that `uses` an engine is wired to the one in the plan. */
export type Engine =
  | 'postgres'
  | 'mysql'
  | 'mssql'
  | 'mongo'
  | 'redis'
  | 'memcached'
  | 'rabbitmq'
  | 'nats'
  | 'kafka'
  | 'zookeeper'
  | 'elasticsearch'
  | 'influxdb'
  | 'cassandra';

export type Role = 'database' | 'cache' | 'queue' | 'app' | 'monitoring' | 'proxy' | 'ai' | 'tool';

export type Probe =
  | { readonly http: string; readonly port?: number }
  | { readonly exec: readonly string[] }
  | { readonly tcp: number }
  | 'none';

export interface App {
  readonly id: string;
  /** What people write, as a regular expression without anchors; matched whole words, any case. */
  readonly names: string;
  readonly image: string;
  readonly tag: string;
  /** By name; the first is the one that people mean by "its port". */
  readonly ports: Readonly<Record<string, number>>;
  readonly role: Role;
  /** What it offers to others. */
  readonly engine?: Engine;
  /** What it can store in, best first; wired by `wiring.ts`. */
  readonly uses?: readonly Engine[];
  /** Folder and usual size of what it must keep. */
  readonly data?: { readonly path: string; readonly size: string };
  readonly env?: Readonly<Record<string, string>>;
  /** Variables that hold secrets. */
  readonly secrets?: readonly string[];
  /** Reads `NAME_FILE` as well as `NAME` (Compose secrets). The suffix where it is another one. */
  readonly fileSuffix?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  /** Runs well as this user; without it the image wants to start as root, with `caps`. */
  readonly uid?: number;
  readonly caps?: readonly string[];
  readonly probe?: Probe;
  readonly memory?: string;
  readonly cpu?: string;
  /** A configuration file it needs, mounted read-only. */
  readonly config?: { readonly path: string; readonly file: string; readonly text: string };
  /** The usual kind of workload where it is not the one that its data or its role suggests. */
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  /** A published image whose name on its own (`nginx`) is a complete reference. */
  readonly official?: boolean;
}

/** Start-up rights that official images need to drop to their own user by themselves. */
export const ROOT_START = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'] as const;
