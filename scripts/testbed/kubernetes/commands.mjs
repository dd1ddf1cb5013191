// The command lines of the six daemons.
import { join } from 'node:path';

export function commands({ paths, ports, bin, which }) {
  const pki = (name) => join(paths.pki, name);
  const config = (name) => join(paths.home, name);
  const etcd = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return {
    etcd: {
      program: which('etcd'),
      args: [
        ...['--data-dir', paths.etcd, '--listen-client-urls', etcd, '--advertise-client-urls', etcd],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
        ...['--auto-compaction-retention', '5m', '--log-level', 'warn'],
      ],
    },
    'kube-apiserver': {
      program: join(bin, 'kube-apiserver'),
      args: [
        `--etcd-servers=${etcd}`,
        '--bind-address=127.0.0.1',
        '--advertise-address=127.0.0.1',
        `--secure-port=${ports.api}`,
        `--tls-cert-file=${pki('apiserver.crt')}`,
        `--tls-private-key-file=${pki('apiserver.key')}`,
        `--client-ca-file=${pki('ca.crt')}`,
        `--kubelet-client-certificate=${pki('admin.crt')}`,
        `--kubelet-client-key=${pki('admin.key')}`,
        '--kubelet-preferred-address-types=Hostname',
        '--service-account-issuer=https://kubernetes.default.svc',
        `--service-account-key-file=${pki('sa.key')}`,
        `--service-account-signing-key-file=${pki('sa.key')}`,
        `--token-auth-file=${config('tokens.csv')}`,
        '--authorization-mode=Node,RBAC',
        '--service-cluster-ip-range=10.96.0.0/16',
        '--endpoint-reconciler-type=none',
        '--allow-privileged=true',
        '--profiling=false',
      ],
    },
    'kube-controller-manager': {
      program: join(bin, 'kube-controller-manager'),
      args: [
        `--kubeconfig=${config('controller-manager.kubeconfig')}`,
        `--service-account-private-key-file=${pki('sa.key')}`,
        `--root-ca-file=${pki('ca.crt')}`,
        '--use-service-account-credentials=true',
        '--leader-elect=false',
        '--secure-port=0',
        '--profiling=false',
      ],
    },
    'kube-scheduler': {
      program: join(bin, 'kube-scheduler'),
      args: [
        `--kubeconfig=${config('scheduler.kubeconfig')}`,
        '--leader-elect=false',
        '--secure-port=0',
        '--profiling=false',
      ],
    },
    containerd: { program: which('containerd'), args: ['--config', config('containerd.toml')] },
    kubelet: {
      program: join(bin, 'kubelet'),
      args: [
        `--config=${config('kubelet.yaml')}`,
        `--kubeconfig=${config('kubelet.kubeconfig')}`,
        `--root-dir=${paths.kubelet}`,
        '--hostname-override=localhost',
      ],
    },
  };
}
