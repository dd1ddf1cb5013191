interface Daemon {
  readonly program: string | undefined;
  readonly args: readonly string[];
}
interface Made {
  readonly paths: Readonly<Record<'home' | 'pki' | 'etcd' | 'kubelet' | 'containerd', string>>;
  readonly ports: Readonly<Record<'etcd' | 'etcdPeer' | 'api' | 'kubelet' | 'health', number>>;
  /** Where the built programs are. */
  readonly bin: string;
  readonly which: (program: string) => string | undefined;
}
export function commands(made: Made): Readonly<Record<'etcd' | 'kube-apiserver' | 'kube-controller-manager', Daemon>>;
