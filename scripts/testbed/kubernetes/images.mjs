// The images that pods of the test bed run: busybox under a few names. `testbed.local` is no registry: a name there that is not
// imported cannot be pulled, which is what the tests of ImagePullBackOff want.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { busyboxImage } from '../shared/image.mjs';

export const images = ['testbed.local/busybox:1', 'testbed.local/web:1', 'testbed.local/web:2'];

export function prepareImages({ work, socket }) {
  const load = (archive) =>
    execFileSync('ctr', ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', archive], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  const serve = ['httpd', '-f', '-p', '8080', '-h', '/www'];
  load(
    busyboxImage(join(work, 'pause'), join(work, 'pause.tar'), ['testbed.local/pause:1'], {
      command: ['sleep', '2147483647'],
    }).archive,
  );
  load(busyboxImage(join(work, 'busybox'), join(work, 'busybox.tar'), images, { command: serve }).archive);
}
