import assert from 'node:assert/strict';
import { reach } from '../../src/planner/evaluate/where.ts';
import { inFigures } from '../../src/planner/grammar/figures.ts';
import { readSchedule } from '../../src/planner/grammar/schedule.ts';
import { plainly } from '../../src/planner/kubernetes/phrases.ts';
import { readText } from '../../src/planner/text.ts';
import { objects, plan } from './support.ts';

describe('amounts and times in words', () => {
  for (const [words, figures] of [
    ['sixty-two mebibytes', '62 mebibytes'],
    ['two hundred and fifty-six MiB', '256 MiB'],
    ['one million', '1000000'],
    ['one million two hundred thousand', '1200000'],
    ['four thousand IOPS', '4000 IOPS'],
    ['twenty-five replicas', '25 replicas'],
    ['half a CPU', '500m CPU'],
    ['one and a half CPUs', '1.5 CPU'],
    ['a tenth of a core', '100m CPU'],
    ['half a gibibyte', '512Mi'],
    ['one and a half tebibytes', '1.5 tebibytes'],
    ['three quarters of a minute', '45 seconds'],
    ['a quarter of an hour', '15 minutes'],
    ['an hour and a half', '90 minutes'],
    ['two and a half hours', '150 minutes'],
    ['half of the requested cpu', '50 % of the requested cpu'],
    ['one to three pods', '1 to 3 pods'],
    ['ten to twelve replicas', '10 to 12 replicas'],
    ['at quarter past six in the morning', 'at 6:15'],
    ['at twenty past four in the afternoon', 'at 16:20'],
    ['every night at half past eleven', 'every night at 23:30'],
    ['at quarter to seven in the evening', 'at 18:45'],
    ["at seven o'clock each morning", 'every day at 7:00'],
    ['every other day at 3am', 'every 2 days at 3am'],
    ['twice a day', 'every 12 hours'],
  ] as const)
    it(`${words} is ${figures}`, () => assert.equal(inFigures(words), figures));

  for (const words of [
    'twenty two-core machines',
    'a deployment called forty',
    'a third party service',
    'a second service',
    'the first quarter',
    'half of it',
    'one container',
    'with a CPU request of 100m',
    'runs "echo sixty pods"',
    'the image acme/sixty:2',
  ])
    it(`${words} stays as it is`, () => assert.equal(inFigures(words), words));

  for (const [words, cron] of [
    ['Monday to Friday at a quarter past nine', '15 9 * * 1-5'],
    ['Tue through Sat at 4am', '0 4 * * 2-6'],
    ['on Mon, Wed and Fri at 7:30', '30 7 * * 1,3,5'],
    ['on weekdays (Mon to Fri) at quarter past six in the morning', '15 6 * * 1-5'],
    ['on Saturdays and Sundays at 8 in the morning', '0 8 * * 0,6'],
    ['every hour at 20 past', '20 * * * *'],
  ] as const)
    it(`${words} is ${cron}`, () => assert.equal(readSchedule(readText(words)), cron));
});

/** A sentence, and what has to stand where in the objects of a kind. */
const SENTENCES: readonly (readonly [string, string, string, string | RegExp])[] = [
  ['Pod p1 with image httpd:2.4, memory limit two hundred and fifty-six mebibytes.', 'Pod', 'spec.containers.*.resources.limits.memory', '256Mi'],
  ['Pod p1 with image httpd:2.4, memory request sixty-four mebibytes, memory limit ninety-six mebibytes', 'Pod', 'spec.containers.*.resources.limits.memory', '96Mi'],
  ['Create a priority class gold with the value two million.', 'PriorityClass', 'value', '2000000'],
  ['Priority class bronze, value five thousand', 'PriorityClass', 'value', '5000'],
  ['Deployment web, nginx:1.27, twenty-five replicas', 'Deployment', 'spec.replicas', '25'],
  ['Deployment web, nginx:1.27, three replicas; requests a quarter of a CPU, limit half a core.', 'Deployment', 'spec.template.spec.containers.*.resources.limits.cpu', '500m'],
  ['Deployment web, nginx:1.27; requests a quarter of a CPU, limit half a core.', 'Deployment', 'spec.template.spec.containers.*.resources.requests.cpu', '250m'],
  ['Deployment web (nginx:1.27) gets one and a half CPUs as its limit', 'Deployment', 'spec.template.spec.containers.*.resources.limits.cpu', '1.5'],
  ['Deployment web (nginx:1.27) with a memory limit of half a gibibyte', 'Deployment', 'spec.template.spec.containers.*.resources.limits.memory', '512Mi'],
  ['PVC store of one and a half tebibytes', 'PersistentVolumeClaim', 'spec.resources.requests.storage', '1.5Ti'],
  ['Pod p2, redis:7: 200m CPU guaranteed, bursting up to 1 CPU is fine.', 'Pod', 'spec.containers.*.resources.requests.cpu', '200m'],
  ['Pod p2, redis:7: 300Mi memory, both as request and as limit', 'Pod', 'spec.containers.*.resources.requests.memory', '300Mi'],
  ['Pod p2, redis:7. The container shall be called cache-main.', 'Pod', 'spec.containers.*.name', 'cache-main'],
  ['Autoscale the deployment api in namespace shop: two to eight pods, aiming at half of the requested CPU.', 'HorizontalPodAutoscaler', 'spec.metrics.*.resource.target.averageUtilization', '50'],
  ['Autoscale the deployment api between two and eight pods so that they use three quarters of the CPU they request', 'HorizontalPodAutoscaler', 'spec.metrics.*.resource.target.averageUtilization', '75'],
  ['Autoscale the deployment api: no fewer than 3 and never more than 9 pods, target 60 percent CPU', 'HorizontalPodAutoscaler', 'spec.minReplicas', '3'],
  ['Autoscale the deployment api: no fewer than 3 and never more than 9 pods, target 60 percent CPU', 'HorizontalPodAutoscaler', 'spec.maxReplicas', '9'],
  ['HPA for deployment api, anywhere from two to twelve replicas, CPU at two thirds', 'HorizontalPodAutoscaler', 'spec.maxReplicas', '12'],
  ['Cron job clean, image busybox:1.36, every night at half past two', 'CronJob', 'spec.schedule', '30 2 * * *'],
  ['Cron job clean, image busybox:1.36, daily at quarter to seven in the evening', 'CronJob', 'spec.schedule', '45 18 * * *'],
  ['Cron job clean, image busybox:1.36, each Tuesday at twenty past four in the afternoon', 'CronJob', 'spec.schedule', '20 16 * * 2'],
  ['Cron job clean, image busybox:1.36, Monday to Friday at a quarter past nine', 'CronJob', 'spec.schedule', '15 9 * * 1-5'],
  ['Cron job clean, image busybox:1.36, runs every quarter of an hour', 'CronJob', 'spec.schedule', '*/15 * * * *'],
  ['Cron job clean, image busybox:1.36, runs every half hour', 'CronJob', 'spec.schedule', '*/30 * * * *'],
  ['Cron job clean, image busybox:1.36, on Saturdays and Sundays at 8 in the morning', 'CronJob', 'spec.schedule', '0 8 * * 0,6'],
  ['Cron job clean, image busybox:1.36, on Mon, Wed and Fri at 7:30', 'CronJob', 'spec.schedule', '30 7 * * 1,3,5'],
  ['Cron job clean, image busybox:1.36, at 5 past the hour, every hour', 'CronJob', 'spec.schedule', '5 * * * *'],
  ["Cron job clean, image busybox:1.36, at seven o'clock each morning, Tokyo time", 'CronJob', 'spec.timeZone', 'Asia/Tokyo'],
  ['Cron job clean, image busybox:1.36, daily at 6 am, in the time zone of Helsinki', 'CronJob', 'spec.timeZone', 'Europe/Helsinki'],
  ['Cron job clean, image busybox:1.36, daily at 6 am (New York)', 'CronJob', 'spec.timeZone', 'America/New_York'],
  ['Cron job clean, image busybox:1.36, every ten minutes. If the last run has not finished yet, leave the new one out.', 'CronJob', 'spec.concurrencyPolicy', 'Forbid'],
  ['Cron job clean, image busybox:1.36, every ten minutes; skip a run while the one before is still going', 'CronJob', 'spec.concurrencyPolicy', 'Forbid'],
  ["Cron job clean, image busybox:1.36, every ten minutes. Don't start another while one is still running.", 'CronJob', 'spec.concurrencyPolicy', 'Forbid'],
  ['Cron job clean, image busybox:1.36, every ten minutes. A run that is still going is to be stopped when the next is due.', 'CronJob', 'spec.concurrencyPolicy', 'Replace'],
  ['Cron job clean, image busybox:1.36, hourly. Keep five successful and two failed jobs in the history.', 'CronJob', 'spec.failedJobsHistoryLimit', '2'],
  ['Cron job clean, image busybox:1.36, hourly. Of the finished ones keep four that succeeded and one that failed.', 'CronJob', 'spec.successfulJobsHistoryLimit', '4'],
  ['Cron job clean, image busybox:1.36, hourly; remember only the last successful run and 3 failed ones', 'CronJob', 'spec.successfulJobsHistoryLimit', '1'],
  ["Cron job clean, busybox:1.36, hourly, printing the date and 'good morning'", 'CronJob', 'spec.jobTemplate.spec.template.spec.containers.*.command', /date.*good morning/],
  ["Pod talk, busybox:1.36, echoing 'hi there' and then sleeping for two hours", 'Pod', 'spec.containers.*.command', /hi there.*sleep 7200/],
  ["Pod talk, busybox:1.36, that prints 'ready' and sleeps forever", 'Pod', 'spec.containers.*.command', /ready.*sleep infinity/],
  ['Pod nap, busybox:1.36, which only sleeps for an hour', 'Pod', 'spec.containers.*.command', /sleep.*3600/],
  ['Job once, busybox:1.36, which prints the host name', 'Job', 'spec.template.spec.containers.*.command', /hostname/],
  ['Deployment old, image acme/old:2, port 8080. It takes long to start: allow 20 tries, one every 5 seconds, on /up before the other checks begin.', 'Deployment', 'spec.template.spec.containers.*.startupProbe.failureThreshold', '20'],
  ['Deployment old, image acme/old:2, port 8080. It is slow to start, so try /up every 15 seconds up to 12 times before anything else is checked.', 'Deployment', 'spec.template.spec.containers.*.startupProbe.periodSeconds', '15'],
  ['Deployment old, image acme/old:2, port 8080. Because starting takes a while, check /started 40 times at intervals of 3 s before liveness counts.', 'Deployment', 'spec.template.spec.containers.*.startupProbe.failureThreshold', '40'],
  ['Deployment old, image acme/old:2, port 8080. Liveness on /live each 20 s, readiness on /ready.', 'Deployment', 'spec.template.spec.containers.*.livenessProbe.periodSeconds', '20'],
  ['Deployment old, image acme/old:2. When it shuts down let it sleep ten seconds first.', 'Deployment', 'spec.template.spec.containers.*.lifecycle.preStop', /10/],
  ['Deployment old, image acme/old:2. On shutdown wait 20 seconds first (preStop sleep).', 'Deployment', 'spec.template.spec.containers.*.lifecycle.preStop', /20/],
  ['Deployment old, image acme/old:2. Before it stops it should wait for 5 seconds so that the load balancer notices.', 'Deployment', 'spec.template.spec.containers.*.lifecycle.preStop', /5/],
  ['Deployment old, image acme/old:2. Give it a minute and a half altogether to shut down.', 'Deployment', 'spec.template.spec.terminationGracePeriodSeconds', '90'],
  ['Deployment old, image acme/old:2. It gets two minutes to shut down.', 'Deployment', 'spec.template.spec.terminationGracePeriodSeconds', '120'],
  ['Deployment old, image acme/old:2. On shutdown wait 5 seconds first, and give it 50 seconds in total.', 'Deployment', 'spec.template.spec.terminationGracePeriodSeconds', '50'],
  ['Storage class quick with provisioner ebs.csi.aws.com, gp3. Volumes can be grown later on.', 'StorageClass', 'allowVolumeExpansion', 'true'],
  ['Storage class quick with provisioner ebs.csi.aws.com; its volumes may be enlarged afterwards', 'StorageClass', 'allowVolumeExpansion', 'true'],
  ['Storage class quick with provisioner ebs.csi.aws.com; resizing must be possible', 'StorageClass', 'allowVolumeExpansion', 'true'],
  ['Storage class quick with provisioner ebs.csi.aws.com; the volume outlives its claim', 'StorageClass', 'reclaimPolicy', 'Retain'],
  ['Storage class quick with provisioner ebs.csi.aws.com. Volumes are kept when their claim goes away.', 'StorageClass', 'reclaimPolicy', 'Retain'],
  ['Storage class quick with provisioner ebs.csi.aws.com; the disk goes away together with the claim', 'StorageClass', 'reclaimPolicy', 'Delete'],
  ['Storage class quick with provisioner ebs.csi.aws.com. Volumes are only made once a pod wants them.', 'StorageClass', 'volumeBindingMode', 'WaitForFirstConsumer'],
  ['Storage class quick with provisioner ebs.csi.aws.com; disks must be created in the zone of the pod', 'StorageClass', 'volumeBindingMode', 'WaitForFirstConsumer'],
  ['Storage class quick with provisioner ebs.csi.aws.com, binding only when the first consumer is scheduled', 'StorageClass', 'volumeBindingMode', 'WaitForFirstConsumer'],
  ['Storage class quick for EBS volumes, 3000 IOPS, encrypted', 'StorageClass', 'parameters.iops', '3000'],
  ['Priority class crit, value 900000, which must not kick out running pods', 'PriorityClass', 'preemptionPolicy', 'Never'],
  ['Priority class crit, value 900000, without preemption', 'PriorityClass', 'preemptionPolicy', 'Never'],
  ['Priority class crit, value 900000, applied to every pod that names none', 'PriorityClass', 'globalDefault', 'true'],
  ['Service account bot in namespace ci whose token is never mounted automatically', 'ServiceAccount', 'automountServiceAccountToken', 'false'],
  ['Service account bot in namespace ci; pods must not get its token by themselves', 'ServiceAccount', 'automountServiceAccountToken', 'false'],
  ['We need a service account bot in namespace ci; its API token should not be mounted into pods unless asked.', 'ServiceAccount', 'automountServiceAccountToken', 'false'],
  ['Deployment run, image acme/run:1, pulls its image with the existing pull secret regcred', 'Deployment', 'spec.template.spec.imagePullSecrets', /regcred/],
  ['Deployment run, image acme/run:1; the image is pulled using the secret regcred', 'Deployment', 'spec.template.spec.imagePullSecrets', /regcred/],
  ['Deployment run, image acme/run:1; credentials for the registry are in the secret hub-login', 'Deployment', 'spec.template.spec.imagePullSecrets', /hub-login/],
  ['Deployment run, image acme/run:1, only on nodes tainted pool=gpu:NoSchedule, which also carry the label pool=gpu', 'Deployment', 'spec.template.spec.nodeSelector', /"pool":"gpu"/],
  ['Deployment run, image acme/run:1, only on nodes tainted pool=gpu:NoSchedule, which also carry the label pool=gpu', 'Deployment', 'spec.template.spec.tolerations', /"pool".*"gpu"/],
  ['Deployment run, image acme/run:1. Our batch nodes have the taint batch=true:NoSchedule and the label kind=batch, it belongs there and nowhere else.', 'Deployment', 'spec.template.spec.nodeSelector', /"kind":"batch"/],
  ['Deployment run, image acme/run:1. GPU nodes carry the taint nvidia.com/gpu:NoSchedule and the label accel=h100; run it there.', 'Deployment', 'spec.template.spec.tolerations', /nvidia.com.gpu/],
  ['Deployment run, image acme/run:1, six replicas, spread over the zones, difference at most 2, and rather leave one pending than break that', 'Deployment', 'spec.template.spec.topologySpreadConstraints', /"maxSkew":2.*DoNotSchedule/],
  ['Deployment run, image acme/run:1, six replicas, spread across nodes, no more than one pod of difference; if that is impossible it must stay pending', 'Deployment', 'spec.template.spec.topologySpreadConstraints', /"maxSkew":1.*DoNotSchedule/],
  ['Deployment run, image acme/run:1, six replicas. During maintenance of nodes at least 3 have to stay up.', 'PodDisruptionBudget', 'spec.minAvailable', '3'],
  ['Deployment run, image acme/run:1, six replicas. While nodes are drained four must keep running.', 'PodDisruptionBudget', 'spec.minAvailable', '4'],
  ['Deployment run, image acme/run:1, six replicas; never more than 2 may be down while nodes are being upgraded', 'PodDisruptionBudget', 'spec.maxUnavailable', '2'],
  ['Pod sec, busybox:1.36, sleeping; user 1000, and files on its volumes belong to group 3000', 'Pod', 'spec.securityContext.fsGroup', '3000'],
  ['Pod sec, busybox:1.36, sleeping; its volumes are owned by group 2500', 'Pod', 'spec.securityContext.fsGroup', '2500'],
  ['Service db-old: simply an alias for db.corp.example.net', 'Service', 'spec.externalName', 'db.corp.example.net'],
  ['A service named mail that just points to the host name smtp.example.org outside the cluster', 'Service', 'spec.externalName', 'smtp.example.org'],
  ['Service pay is only another name for pay.partner.example.com', 'Service', 'spec.externalName', 'pay.partner.example.com'],
  ['Service front for pods app=front, port 80 to 8080, on every node at 30123', 'Service', 'spec.ports.*.nodePort', '30123'],
  ["Service front for pods app=front, port 80 to 8080, reachable on each node's port 31000", 'Service', 'spec.ports.*.nodePort', '31000'],
  ["Service front for pods app=front, cluster-only, port 80 to the pods' 8080", 'Service', 'spec.ports.*.targetPort', '8080'],
  ['Job train, image acme/train:1, at most one retry', 'Job', 'spec.backoffLimit', '1'],
  ['Job train, image acme/train:1, which may be tried again twice', 'Job', 'spec.backoffLimit', '2'],
  ['Job train, image acme/train:1; do not try again if it fails', 'Job', 'spec.backoffLimit', '0'],
  ['Job train, image acme/train:1, stopped after three quarters of an hour', 'Job', 'spec.activeDeadlineSeconds', '2700'],
  ['Job train, image acme/train:1; a day after its end it is removed', 'Job', 'spec.ttlSecondsAfterFinished', '86400'],
  ['Job train, image acme/train:1, finished jobs vanish after half a day', 'Job', 'spec.ttlSecondsAfterFinished', '43200'],
  ['Job train, image acme/train:1, two NVIDIA GPUs', 'Job', 'spec.template.spec.containers.*.resources.limits', /"nvidia.com.gpu":"?2/],
  ['Job train, image acme/train:1, with a single NVIDIA GPU and 8 GB of memory at most', 'Job', 'spec.template.spec.containers.*.resources.limits', /"nvidia.com.gpu":"?1/],
  ['LimitRange small in namespace play: every container gets by default a request of 128Mi and a quarter of a CPU', 'LimitRange', 'spec.limits.*.defaultRequest.cpu', '250m'],
  ['Give every container in namespace play these defaults: request 64Mi and a tenth of a CPU, limit 128Mi and one CPU. Call it small-limits.', 'LimitRange', 'spec.limits.*.defaultRequest.memory', '64Mi'],
  ['Pod go, label app=go, nginx:1.27, restart never', 'Pod', 'spec.restartPolicy', 'Never'],
  ['Pod go, nginx:1.27, it must not be started again when it ends', 'Pod', 'spec.restartPolicy', 'Never'],
  ['Deployment web, nginx:1.27; ready when /ok answers for the third time in a row? No: readiness on /ok, every quarter of a minute', 'Deployment', 'spec.template.spec.containers.*.readinessProbe.periodSeconds', '15'],
]; // prettier-ignore

describe('what people say of Kubernetes objects', () => {
  for (const [words, kind, path, wanted] of SENTENCES)
    it(`${words} sets ${path}`, () => {
      const found = objects(plan(words), kind).flatMap((object) => reach(object, path));
      const text = JSON.stringify(found);
      assert.ok(
        typeof wanted === 'string' ? found.some((value) => String(value) === wanted) : wanted.test(text),
        `${text} of ${plainly(readText(words)).text}`,
      );
    });

  it('is read once, in time that grows with the text', () => {
    const words =
      'It is slow to start, and a run that is still going while the last volume stays behind half of the time, may burst ';
    const long = words.repeat(Math.ceil(20_000 / words.length)).slice(0, 20_000);
    const text = plainly(readText(long)).text;
    assert.ok(text.length > 15_000);
  });

  it('is one object for each line of a list', () => {
    const made = objects(
      plan(
        'Two services please:\n1) inner: cluster-only, port 80 to the 9000 of pods app=shop\n2) outer: same pods, same ports, on every node at 30100\nThe deployment shop exists.',
      ),
      'Service',
    ) as { metadata: { name: string }; spec: { type: string; selector: Record<string, string> } }[];
    assert.deepEqual(
      made.map((o) => [o.metadata.name, o.spec.type, o.spec.selector]),
      [
        ['inner', 'ClusterIP', { app: 'shop' }],
        ['outer', 'NodePort', { app: 'shop' }],
      ],
    );
  });
});
