// A container image made from one static program, without an image builder: an OCI layout, as a tar archive that `ctr images import`,
// `podman load` and `skopeo` read. Nothing is downloaded.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const applets = [
  'sh',
  'sleep',
  'cat',
  'echo',
  'true',
  'false',
  'ls',
  'httpd',
  'wget',
  'nc',
  'env',
  'date',
  'test',
  'mkdir',
  'tee',
  'id',
];
const architectures = { x64: 'amd64', arm64: 'arm64' };

/**
 * Writes `archive`, an image of busybox for each of `names`.
 * @param command the default command; `files` are further files as `{ '/path': 'text' }`, `programs` as `{ '/path': '/program here' }`
 */
export function busyboxImage(
  work,
  archive,
  names,
  { busybox = '/bin/busybox', command = ['sh'], files = {}, programs = {} } = {},
) {
  rmSync(work, { recursive: true, force: true });
  const root = join(work, 'root');
  for (const dir of ['bin', 'etc', 'tmp', 'www', 'var/run']) mkdirSync(join(root, dir), { recursive: true });
  copyFileSync(busybox, join(root, 'bin/busybox'));
  for (const applet of applets) symlinkSync('busybox', join(root, 'bin', applet));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n');
  writeFileSync(join(root, 'www/index.html'), 'hello\n');
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  for (const [path, program] of Object.entries(programs)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(program, join(root, path));
  }
  const blobs = join(work, 'layout/blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const layer = join(work, 'layer.tar');
  // Fixed owner and time: the same content gives the same digest.
  execFileSync('tar', [
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mtime=@0',
    '--sort=name',
    '-C',
    root,
    '-cf',
    layer,
    '.',
  ]);
  const layerBlob = blob(blobs, readFileSync(layer));
  const config = blob(blobs, {
    architecture: architectures[process.arch] ?? process.arch,
    os: 'linux',
    config: { Cmd: command, Env: ['PATH=/bin'], WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [layerBlob.digest] },
  });
  const manifest = blob(blobs, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layerBlob }],
  });
  const manifests = names.map((name) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    ...manifest,
    annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name },
  }));
  writeFileSync(join(work, 'layout/index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  writeFileSync(join(work, 'layout/oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  execFileSync('tar', ['-C', join(work, 'layout'), '-cf', archive, '.']);
  return { archive, bytes: statSync(archive).size };
}

function blob(dir, content) {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
  const hash = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(join(dir, hash), bytes);
  return { digest: `sha256:${hash}`, size: bytes.length };
}
