// Certificates, kubeconfigs and the daemons' configuration files.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { authority, certificate } from '../shared/certificates.mjs';

export function writeConfiguration({ paths, ports }) {
  const server = `https://127.0.0.1:${ports.api}`;
  const { pki, home } = paths;
  const ca = authority(pki, 'ca');
  const names = ['127.0.0.1', '10.96.0.1', 'localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  certificate(pki, 'apiserver', { ca, subject: { CN: 'kube-apiserver' }, names });
  certificate(pki, 'kubelet-server', { ca, subject: { CN: 'localhost' }, names: ['localhost', '127.0.0.1'] });
  execFileSync('openssl', ['genrsa', '-out', join(pki, 'sa.key'), '2048'], { stdio: 'ignore' });
  const users = {
    admin: { CN: 'admin', O: 'system:masters' },
    'controller-manager': { CN: 'system:kube-controller-manager' },
    scheduler: { CN: 'system:kube-scheduler' },
    kubelet: { CN: 'system:node:localhost', O: 'system:nodes' },
  };
  for (const [name, subject] of Object.entries(users)) {
    const pair = certificate(pki, name, { ca, subject });
    const user = { 'client-certificate': pair.crt, 'client-key': pair.key };
    writeKubeconfig(join(home, `${name}.kubeconfig`), { server, ca: ca.crt, name, user });
  }
  // Users without a certificate, for tests of rights: `reader` may read where a test binds it, `nobody` may nothing.
  writeFileSync(join(home, 'tokens.csv'), 'testbed-reader-token,reader,1001\ntestbed-nobody-token,nobody,1002\n', {
    mode: 0o600,
  });
  for (const name of ['reader', 'nobody']) {
    const user = { token: `testbed-${name}-token` };
    writeKubeconfig(join(home, `${name}.kubeconfig`), { server, ca: ca.crt, name, user });
  }
  writeKubelet({ paths, ports });
  writeContainerd(paths);
}

/** JSON is YAML, so the file needs no writer of YAML. */
function writeKubeconfig(file, { server, ca, name, user }) {
  const value = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'testbed', cluster: { server, 'certificate-authority': ca } }],
    users: [{ name, user }],
    contexts: [{ name: 'testbed', context: { cluster: 'testbed', user: name } }],
    'current-context': 'testbed',
  };
  writeFileSync(file, JSON.stringify(value, null, 2), { mode: 0o600 });
}

/** No cgroups of its own, no limits raised: what a machine inside a container or a small VM allows. */
function writeKubelet({ paths, ports }) {
  const value = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: '127.0.0.1',
    port: ports.kubelet,
    healthzPort: ports.health,
    healthzBindAddress: '127.0.0.1',
    tlsCertFile: join(paths.pki, 'kubelet-server.crt'),
    tlsPrivateKeyFile: join(paths.pki, 'kubelet-server.key'),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(paths.pki, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${join(paths.containerd, 'containerd.sock')}`,
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    makeIPTablesUtilChains: false,
    oomScoreAdj: 0,
    maxOpenFiles: 1024,
    resolvConf: '/etc/resolv.conf',
    imageMinimumGCAge: '8760h',
    evictionHard: {
      'memory.available': '50Mi',
      'nodefs.available': '0%',
      'imagefs.available': '0%',
      'nodefs.inodesFree': '0%',
    },
    nodeStatusUpdateFrequency: '5s',
    syncFrequency: '10s',
  };
  writeFileSync(join(paths.home, 'kubelet.yaml'), JSON.stringify(value, null, 2));
}

function writeContainerd(paths) {
  const dir = (name) => join(paths.containerd, name);
  mkdirSync(dir('cni'), { recursive: true });
  const network = {
    cniVersion: '0.4.0',
    name: 'testbed',
    plugins: [
      {
        type: 'bridge',
        bridge: 'codetestbed0',
        isGateway: true,
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: dir('addresses'),
          ranges: [[{ subnet: '10.244.0.0/16' }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
  writeFileSync(join(dir('cni'), '10-testbed.conflist'), JSON.stringify(network, null, 2));
  const text = `version = 2
root = "${dir('root')}"
state = "${dir('state')}"
oom_score = 0
[grpc]
  address = "${dir('containerd.sock')}"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "testbed.local/pause:1"
  disable_tcp_service = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${dir('cni')}"
`;
  writeFileSync(join(paths.home, 'containerd.toml'), text);
}
