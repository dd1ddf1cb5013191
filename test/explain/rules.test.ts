import assert from 'node:assert/strict';
import { explainTask } from '../../src/explain/explain.ts';
import { filled, type FailedTask } from '../../src/explain/rule.ts';
import { RULES } from '../../src/explain/rules/index.ts';

/** What tools really print, the rule that knows it, and a word that the explanation must say. */
const SAID: readonly (readonly [rule: string, type: string, text: string, says: RegExp])[] = [
  ['pods/pull-rate-limit', 'kubernetes', 'Failed to pull image "redis:7": failed to pull and unpack image "docker.io/library/redis:7": failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/redis/manifests/sha256:1: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit.', /too many pulls/],
  ['pods/pull-denied', 'kubernetes', 'Failed to pull image "acme/web:1": rpc error: code = Unknown desc = failed to pull and unpack image "docker.io/acme/web:1": failed to resolve reference "docker.io/acme/web:1": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed', /pull secret|let the cluster pull/],
  ['pods/image-not-found', 'kubernetes', 'Failed to pull image "nginx:1.99": rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:1.99": failed to resolve reference "docker.io/library/nginx:1.99": docker.io/library/nginx:1.99: not found', /nginx:1\.99/],
  ['pods/image-not-found', 'kubernetes', 'Deployment web: container web of pod web-5c-x7: the image registry.example/web:2 cannot be pulled: ErrImagePull', /registry\.example\/web:2/],
  ['pods/invalid-image-name', 'kubernetes', 'Failed to apply default image tag "web:": couldn\'t parse image name "web:": invalid reference format', /makes no sense: web:/],
  ['pods/oom-killed', 'kubernetes', 'Last State: Terminated  Reason: OOMKilled  Exit Code: 137', /memory/],
  ['pods/oom-killed', 'kubernetes', 'container app of pod app-1: it crashes again and again (4 restarts); it was killed because it needed more memory than its limit', /memory/],
  ['pods/missing-config', 'kubernetes', 'Error: secret "db-credentials" not found', /secret db-credentials is not there/],
  ['pods/missing-config', 'kubernetes', "Error: couldn't find key password in Secret shop/db", /Secret shop\/db lacks the key password/],
  ['pods/unbound-volume', 'kubernetes', '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.', /volume/],
  ['pods/no-room', 'kubernetes', '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.', /enough cpu/],
  ['pods/taint', 'kubernetes', '0/1 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }. preemption: 0/1 nodes are available', /node-role\.kubernetes\.io\/control-plane/],
  ['pods/no-matching-node', 'kubernetes', "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.", /demands/],
  ['pods/mount', 'kubernetes', 'MountVolume.SetUp failed for volume "config" : configmap references non-existent config key: app.toml', /config cannot be mounted/],
  ['pods/liveness', 'kubernetes', 'Liveness probe failed: Get "http://10.244.0.7:8080/healthz": context deadline exceeded', /liveness probe/],
  ['pods/readiness', 'kubernetes', 'Readiness probe failed: HTTP probe failed with statuscode: 503', /not ready/],
  ['pods/crash-loop', 'kubernetes', 'Back-off restarting failed container web in pod web-7d4b_shop', /again and again/],
  ['pods/run-as-root', 'kubernetes', 'Error: container has runAsNonRoot and image will run as root (pod: "web_default(1)", container: web)', /root/],
  ['pods/no-command', 'kubernetes', 'OCI runtime create failed: runc create failed: unable to start container process: exec: "serve": executable file not found in $PATH: unknown', /serve/],
  ['pods/exec-format', 'docker', 'exec /usr/bin/app: exec format error', /processor/],
  ['pods/exec-format', 'docker', 'no matching manifest for linux/arm64/v8 in the manifest list entries', /linux\/arm64\/v8/],
  ['pods/deadline', 'shell', 'error: deployment "web" exceeded its progress deadline', /rollout/],
  ['pods/job-failed', 'kubernetes', 'Job has reached the specified backoff limit', /gave up/],
  ['pods/evicted', 'kubernetes', 'The node was low on resource: ephemeral-storage. Threshold quantity: 2Gi, available: 1Gi.', /ephemeral-storage/],
  ['kubernetes/quota', 'kubernetes', 'Error from server (Forbidden): error when creating "pod.yaml": pods "web" is forbidden: exceeded quota: compute, requested: limits.memory=1Gi, used: limits.memory=4Gi, limited: limits.memory=4Gi', /quota compute .*limits\.memory=1Gi/],
  ['kubernetes/limit-range', 'kubernetes', 'pods "web" is forbidden: [minimum memory usage per Container is 64Mi, but request is 16Mi]', /requests and limits/],
  ['kubernetes/pod-security', 'kubernetes', 'pods "web" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "web" must set securityContext.allowPrivilegeEscalation=false)', /restricted:latest/],
  ['kubernetes/rbac', 'kubernetes', 'Error from server (Forbidden): deployments.apps is forbidden: User "system:serviceaccount:ci:deployer" cannot create resource "deployments" in API group "apps" in the namespace "prod"', /system:serviceaccount:ci:deployer may not create deployments/],
  ['kubernetes/rbac', 'kubernetes', 'The user "ci" may not patch deployments.apps in the namespace "prod".', /ci may not patch deployments\.apps/],
  ['kubernetes/unauthorized', 'kubernetes', 'error: You must be logged in to the server (Unauthorized)', /credentials/],
  ['kubernetes/immutable', 'kubernetes', 'The Deployment "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"api"}}: field is immutable', /spec\.selector/],
  ['kubernetes/immutable', 'kubernetes', "The StatefulSet \"db\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy' are forbidden", /cannot be changed/],
  ['kubernetes/field-conflict', 'kubernetes', 'error: Apply failed with 1 conflict: conflict with "horizontal-pod-autoscaler" using autoscaling/v2: .spec.replicas', /horizontal-pod-autoscaler/],
  ['kubernetes/changed-meanwhile', 'kubernetes', 'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again', /same moment/],
  ['kubernetes/no-kind', 'kubernetes', 'error: resource mapping not found for name: "web" namespace: "" from "cert.yaml": no matches for kind "Certificate" in version "cert-manager.io/v1"', /Certificate cert-manager\.io\/v1/],
  ['kubernetes/no-kind', 'kubernetes', 'The cluster at https://127.0.0.1:6443 knows no Certificate in cert-manager.io/v1.', /Certificate cert-manager\.io\/v1/],
  ['kubernetes/terminating-namespace', 'kubernetes', 'configmaps "x" is forbidden: unable to create new content in namespace shop because it is being terminated', /shop is being deleted/],
  ['kubernetes/no-namespace', 'kubernetes', 'Error from server (NotFound): error when creating "web.yaml": namespaces "shop" not found', /namespace shop/],
  ['kubernetes/webhook-down', 'kubernetes', 'Internal error occurred: failed calling webhook "webhook.cert-manager.io": failed to call webhook: Post "https://cert-manager-webhook.cert-manager.svc:443/mutate?timeout=10s": no endpoints available for service "cert-manager-webhook"', /webhook\.cert-manager\.io/],
  ['kubernetes/webhook-denied', 'kubernetes', 'Error from server: error when creating "pod.yaml": admission webhook "validation.gatekeeper.sh" denied the request: [no-latest] image tag latest is not allowed', /gatekeeper/],
  ['kubernetes/unknown-field', 'kubernetes', 'Error from server (BadRequest): Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica"', /spec\.replica/],
  ['kubernetes/port-taken', 'kubernetes', 'The Service "web" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated', /node port/],
  ['kubernetes/host-taken', 'kubernetes', 'host "shop.example.com" and path "/" is already defined in ingress shop/web', /shop\.example\.com\//],
  ['kubernetes/too-long', 'kubernetes', 'The CustomResourceDefinition "x" is invalid: metadata.annotations: Too long: must have at most 262144 bytes', /too large/],
  ['kubernetes/no-server', 'shell', 'The connection to the server localhost:8080 was refused - did you specify the right host or port?', /localhost:8080/],
  ['kubernetes/no-context', 'kubernetes', 'error: context "staging" does not exist', /staging/],
  ['kubernetes/exists', 'kubernetes', 'Error from server (AlreadyExists): error when creating "web.yaml": deployments.apps "web" already exists', /deployments\.apps "web" is there already/],
  ['kubernetes/cannot-read-yaml', 'kubernetes', 'error: error parsing web.yaml: error converting YAML to JSON: yaml: line 9: did not find expected key', /YAML/],
  ['helm/in-progress', 'helm', 'Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress', /under way/],
  ['helm/name-in-use', 'helm', 'Error: INSTALLATION FAILED: cannot re-use a name that is still in use', /already/],
  ['helm/not-ours', 'helm', 'Error: INSTALLATION FAILED: Unable to continue with install: Service "web" in namespace "shop" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"', /Service "web"/],
  ['helm/no-deployed', 'helm', 'Error: UPGRADE FAILED: "web" has no deployed releases', /release web/],
  ['helm/required-value', 'helm', 'Error: execution error at (shop/templates/secret.yaml:8:24): A password is required', /A password is required/],
  ['helm/nil-value', 'helm', 'Error: template: shop/templates/web.yaml:12:20: executing "shop/templates/web.yaml" at <.Values.image.tag>: nil pointer evaluating interface {}.tag', /\.Values\.image\.tag/],
  ['helm/render', 'helm', 'Error: YAML parse error on shop/templates/web.yaml: error converting YAML to JSON: yaml: line 9: did not find expected key', /does not render: shop\/templates\/web\.yaml/],
  ['helm/schema', 'helm', "Error: values don't meet the specifications of the schema(s) in the following chart(s):", /schema/],
  ['helm/dependencies', 'helm', 'Error: An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: postgresql', /postgresql/],
  ['helm/no-chart', 'helm', 'Error: INSTALLATION FAILED: chart "postgresql" version "99.0.0" not found in https://charts.example.com repository', /postgresql 99\.0\.0/],
  ['helm/hook', 'helm', 'Error: UPGRADE FAILED: pre-upgrade hooks failed: 1 error occurred: job shop-migrate failed: BackoffLimitExceeded', /pre-upgrade hook/],
  ['helm/timeout', 'helm', 'Error: UPGRADE FAILED: timed out waiting for the condition', /ready in time/],
  ['tofu/state-lock', 'opentofu', 'Error: Error acquiring the state lock', /state/],
  ['tofu/state-lock', 'pulumi', 'error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.', /state/],
  ['tofu/stale-plan', 'opentofu', 'Error: Saved plan is stale', /out of date/],
  ['tofu/not-initialised', 'opentofu', 'Error: Backend initialization required, please run "tofu init"', /initialised/],
  ['tofu/lock-file', 'opentofu', 'Error: Inconsistent dependency lock file', /lock file/],
  ['tofu/no-provider', 'opentofu', 'Error: Failed to query available provider packages', /provider/],
  ['tofu/no-credentials', 'opentofu', 'Error: No valid credential sources found', /credentials/],
  ['tofu/expired-credentials', 'opentofu', 'operation error STS: GetCallerIdentity, https response error StatusCode: 403, api error ExpiredToken: The security token included in the request is expired', /credentials/],
  ['tofu/not-authorised', 'opentofu', 'api error AccessDenied: User: arn:aws:iam::123456789012:user/ci is not authorized to perform: s3:CreateBucket on resource: "arn:aws:s3:::x"', /refuses/],
  ['tofu/cloud-quota', 'opentofu', 'api error VcpuLimitExceeded: You have requested more vCPU capacity than your current vCPU limit of 32 allows', /limit/],
  ['tofu/throttled', 'opentofu', 'ThrottlingException: Rate exceeded', /too many requests/],
  ['tofu/name-taken', 'opentofu', 'creating S3 Bucket (logs): api error BucketAlreadyExists: The requested bucket name is not available.', /exists already/],
  ['tofu/protected', 'opentofu', 'Error: Instance cannot be destroyed', /protected/],
  ['tofu/missing-variable', 'opentofu', 'The root module input variable "region" is not set, and has no default value.', /region/],
  ['tofu/newer-state', 'opentofu', 'Error: state snapshot was created by OpenTofu v1.12.0, which is newer than current v1.9.0; upgrade to OpenTofu v1.12.0 or greater to work with this state', /1\.12\.0/],
  ['tofu/inconsistent', 'opentofu', 'Error: Provider produced inconsistent final plan', /provider/],
  ['tofu/cycle', 'opentofu', 'Error: Cycle: aws_security_group.a, aws_security_group.b', /aws_security_group\.a/],
  ['tofu/invalid', 'opentofu', 'Error: Reference to undeclared resource', /Reference to undeclared resource/],
  ['pulumi/no-stack', 'pulumi', "error: no stack named 'dev' found", /dev/],
  ['containers/no-daemon', 'docker', 'ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?', /does not answer at unix/],
  ['containers/socket-denied', 'docker', 'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock', /may not talk/],
  ['containers/rate-limit', 'docker', 'toomanyrequests: You have reached your unauthenticated pull rate limit', /limits how often/],
  ['containers/not-logged-in', 'registry', 'denied: requested access to the resource is denied', /does not accept/],
  ['containers/not-logged-in', 'docker', 'Error response from daemon: pull access denied for acme/web, repository does not exist or may require \'docker login\'', /acme\/web/],
  ['containers/no-manifest', 'docker', 'Error response from daemon: manifest for nginx:1.99 not found: manifest unknown: manifest unknown', /nginx:1\.99/],
  ['containers/build-step', 'docker', 'ERROR: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1', /npm ci/],
  ['containers/copy-missing', 'docker', 'ERROR: failed to solve: failed to compute cache key: failed to calculate checksum of ref abc::def: "/dist": not found', /\/dist/],
  ['containers/no-dockerfile', 'docker', 'ERROR: failed to read dockerfile: open Dockerfile: no such file or directory', /Dockerfile/],
  ['containers/short-name', 'docker', 'Error: short-name "nginx" did not resolve to an alias and no unqualified-search registries are defined in "/etc/containers/registries.conf"', /nginx/],
  ['containers/http-registry', 'registry', 'Get "https://localhost:5000/v2/": http: server gave HTTP response to HTTPS client', /HTTP/],
  ['containers/name-taken', 'docker', 'Error response from daemon: Conflict. The container name "/web" is already in use by container "3f2a".', /called web/],
  ['containers/rootless', 'docker', 'potentially insufficient UIDs or GIDs available in user namespace (requested 0:42 for /etc/shadow)', /user ids/],
  ['argocd/comparison', 'argocd', 'ComparisonError: Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = app path does not exist', /cannot render/],
  ['flux/source', 'flux', 'failed to checkout and determine revision: unable to clone \'https://git.example/x\': authentication required', /fetch its source/],
  ['flux/dependency', 'flux', "dependency 'flux-system/infra' is not ready", /flux-system\/infra/],
  ['tekton/missing', 'tekton', 'Pipeline shop/build can\'t be Run; couldn\'t retrieve Pipeline "build": pipelines.tekton.dev "build" not found', /Pipeline/],
  ['tekton/parameters', 'tekton', 'PipelineRun shop/x parameters is missing some parameters required by Pipeline build\'s parameters: missing values for these params which have no default values: [revision]', /revision/],
  ['scan/database', 'trivy', 'FATAL Fatal error run error: init error: DB error: failed to download vulnerability DB: OCI artifact error', /database/],
  ['git/no-access', 'shell', 'git@github.com: Permission denied (publickey).', /Git/],
  ['models/not-pulled', 'ollama', 'Error: model "llama3.2" not found, try pulling it first', /llama3\.2/],
  ['models/memory', 'ollama', 'Error: model requires more system memory (5.6 GiB) than is available (3.1 GiB)', /5\.6 GiB.*3\.1 GiB/],
  ['network/dns', 'http', 'getaddrinfo ENOTFOUND api.shop.internal', /api\.shop\.internal/],
  ['network/dns', 'shell', 'curl: (6) Could not resolve host: api.shop.internal', /api\.shop\.internal/],
  ['network/dns', 'shell', 'dial tcp: lookup db.shop on 10.96.0.10:53: no such host', /db\.shop/],
  ['network/expired-certificate', 'shell', 'x509: certificate has expired or is not yet valid: current time 2026-11-29T10:00:00Z is after 2026-11-01T00:00:00Z', /out of date/],
  ['network/untrusted-certificate', 'http', 'unable to get local issuer certificate: UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /not trusted/],
  ['network/untrusted-certificate', 'shell', 'curl: (60) SSL certificate problem: self-signed certificate in certificate chain', /not trusted/],
  ['network/wrong-name-certificate', 'shell', 'tls: failed to verify certificate: x509: certificate is valid for a.example, b.example, not c.example', /c\.example/],
  ['network/tls-handshake', 'shell', 'error:0A00010B:SSL routines:ssl3_get_record:wrong version number', /TLS/],
  ['network/proxy', 'shell', 'curl: (56) CONNECT tunnel failed, response 407', /proxy/],
  ['network/port-in-use', 'shell', 'Error: listen EADDRINUSE: address already in use :::3000', /port 3000/],
  ['network/port-in-use', 'shell', 'Error response from daemon: driver failed programming external connectivity: Bind for 0.0.0.0:8080 failed: port is already allocated', /port 8080/],
  ['network/refused', 'shell', 'dial tcp 127.0.0.1:5432: connect: connection refused', /127\.0\.0\.1:5432/],
  ['network/refused', 'http', 'connect ECONNREFUSED 127.0.0.1:8080', /127\.0\.0\.1:8080/],
  ['network/reset', 'shell', 'read tcp 10.0.0.2:40312->10.0.0.3:443: read: connection reset by peer', /broke off/],
  ['network/timeout', 'shell', 'dial tcp 10.0.0.1:443: i/o timeout', /in time/],
  ['network/unreachable', 'shell', 'connect: No route to host', /no way/],
  ['network/rate-limited', 'http', 'the server answered 429 Too Many Requests', /how often/],
  ['script/carriage-return', 'shell', "deploy.sh: line 2: $'\\r': command not found", /Windows line ends/],
  ['approval/refused', 'approval', 'ada said no: not today.', /ada refused it/],
  ['script/disk-full', 'shell', 'it exited with 1, and the disk that holds its log is full (/w/logs)', /disk is full/],
  ['script/disk-full', 'shell', 'cp: error writing \'out.img\': No space left on device', /disk is full/],
  ['script/read-only', 'shell', "touch: cannot touch '/etc/x': Read-only file system", /read-only/],
  ['script/out-of-memory', 'shell', 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', /ran out of memory/],
  ['script/too-many-files', 'shell', 'Error: EMFILE: too many open files, open \'a\'', /Too many files/],
  ['script/missing-module', 'shell', "ModuleNotFoundError: No module named 'fastapi'", /fastapi/],
  ['script/missing-module', 'shell', "Error: Cannot find module 'express'", /express/],
  ['script/npm-missing-script', 'shell', 'npm error Missing script: "build"', /no script build/],
  ['script/npm-lock', 'shell', 'npm error code ERESOLVE', /lock file/],
  ['script/syntax', 'shell', "bash: -c: line 1: syntax error near unexpected token `('", /not valid/],
  ['script/unbound', 'shell', 'deploy.sh: line 4: REGION: unbound variable', /REGION/],
  ['script/sudo', 'shell', 'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper', /sudo/],
  ['script/not-found', 'shell', 'bash: line 1: kubectl: command not found', /program kubectl/],
  ['script/not-found', 'shell', 'sh: 1: terraform: not found', /program terraform/],
  ['script/permission', 'shell', 'bash: ./deploy.sh: Permission denied', /\.\/deploy\.sh/],
  ['script/no-file', 'shell', "cat: values.yaml: No such file or directory", /values\.yaml is not there/],
]; // prettier-ignore

const failed = (more: Partial<FailedTask>): FailedTask => ({
  task: 'deploy_web',
  type: 'shell',
  status: 'failed',
  exitCode: 1,
  lines: [],
  ...more,
});

describe('explaining a failed task', () => {
  for (const [rule, type, text, says] of SAID) {
    it(`knows ${rule} by: ${text.length > 70 ? `${text.slice(0, 70)}…` : text}`, () => {
      const log = ['Deploying…', text, 'make: *** [deploy] stopped'];
      const explained = explainTask(failed({ type, lines: log }));
      assert.equal(explained.rule, rule, explained.what);
      assert.match(`${explained.what} ${explained.cause}`, says);
      assert.equal(explained.evidence, text.length > 400 ? `${text.slice(0, 400)}…` : text);
      assert.ok(explained.next.length > 0);
      assert.doesNotMatch(
        [explained.what, explained.cause, ...explained.next].join('\n'),
        /undefined|\{\w+\||\{\[| {2}| \.$/m,
      );
    });
  }

  for (const [rule, more] of [
    ['ending/killed', { exitCode: 137 }],
    ['ending/crashed', { exitCode: 139 }],
    ['ending/terminated', { exitCode: 143 }],
    ['ending/not-found', { exitCode: 127 }],
    ['ending/not-executable', { exitCode: 126 }],
    ['ending/timeout', { status: 'timed_out' }],
    ['ending/interrupted', { status: 'interrupted' }],
  ] as const)
    it(`knows ${rule} by how the task ended`, () => {
      assert.equal(explainTask(failed({ lines: ['working'], ...more })).rule, rule);
    });

  it('takes the tool’s own words before those of the system below, and names both', () => {
    const explained = explainTask(
      failed({
        type: 'helm',
        lines: [
          'dial tcp 10.0.0.1:443: i/o timeout',
          'Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress',
        ],
      }),
    );
    assert.equal(explained.rule, 'helm/in-progress');
    assert.deepEqual(
      explained.also.map((a) => a.rule),
      ['network/timeout'],
    );
  });

  it('reads the reason that the engine kept as well as the log', () => {
    const explained = explainTask(
      failed({
        type: 'kubernetes',
        reason: 'The user "ci" may not create pods in the namespace "x".',
        next: 'Ask for a RoleBinding.',
      }),
    );
    assert.equal(explained.rule, 'kubernetes/rbac');
    assert.equal(explained.next[0], 'Ask for a RoleBinding.');
  });

  it('says honestly where nothing is known, with the last complaint', () => {
    const explained = explainTask(failed({ exitCode: 3, lines: ['fine', 'ERROR: flux capacitor is empty', 'bye'] }));
    assert.equal(explained.source, 'unknown');
    assert.match(explained.what, /exit code 3/);
    assert.equal(explained.evidence, 'ERROR: flux capacitor is empty');
    assert.match(explained.next.join(), /runs logs --task deploy_web/);
  });

  it('has a real text for every rule, or an ending', () => {
    const seen = new Set([
      ...SAID.map(([rule]) => rule),
      ...RULES.filter((r) => r.id.startsWith('ending/')).map((r) => r.id),
    ]);
    const without = RULES.map((r) => r.id).filter((id) => !seen.has(id));
    assert.deepEqual(without, [
      'argocd/sync',
      'tekton/task-timeout',
      'scan/findings',
      'policy/denied',
      'gate/closed',
      'models/context',
      'models/hub',
    ]);
    assert.equal(new Set(RULES.map((r) => r.id)).size, RULES.length);
  });

  it('is not slowed down by a log that is made to be slow', () => {
    const nasty = ['a'.repeat(2000), 'image '.repeat(400), '"'.repeat(2000), 'nodes are available: '.repeat(100)];
    assert.equal(explainTask(failed({ lines: nasty })).source, 'unknown');
  });

  it('fills texts from what was found', () => {
    assert.equal(filled('The image {image|of a pod}{[ in ]place}.', {}), 'The image of a pod.');
    assert.equal(filled('The image {image}{[ in ]place}.', { image2: 'x', place: 'y' }), 'The image x in y.');
  });
});
