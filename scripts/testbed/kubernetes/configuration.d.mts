/** Writes certificates, kubeconfigs (`NAME.kubeconfig` in `paths.home`) and the daemons' files; `paths.pki` has to be there. */
export function writeConfiguration(made: {
  readonly paths: Readonly<Record<'home' | 'pki' | 'kubelet' | 'containerd', string>>;
  readonly ports: Readonly<Record<'api' | 'kubelet' | 'health', number>>;
}): void;
