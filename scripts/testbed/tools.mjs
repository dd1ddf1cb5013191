// The command-line tools of the test bed, each linked into one folder that the tests put in front of their PATH:
//
//   node scripts/testbed/tools.mjs up [NAME…]   installs and builds what is missing; prints {"path", "tools", "skipped"}
//   node scripts/testbed/tools.mjs status       the same without installing anything
//
// Debian's packages: podman, buildah, skopeo, docker-registry, promtool, prometheus, busybox. PyPI: checkov. Built once from their
// Go modules (scripts/testbed/go/*): opa, conftest, tofu, kind, otelcol, victoria-logs; and, only when named, since they take several minutes
// each: those marked `long`. What cannot be had is said, named and counted.
// Exit code 0 where all are there, 3 where one is not.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { installDebian } from './shared/debian.mjs';
import { goBuild } from './shared/go-build.mjs';
import { folder, say } from './shared/store.mjs';

const links = folder('tools');
const searchPath = [links, process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter);

/** Where each program comes from: a Debian package, a PyPI package, or a Go module's command. */
const sources = {
  podman: { debian: 'podman' },
  buildah: { debian: 'buildah' },
  skopeo: { debian: 'skopeo' },
  runc: { debian: 'runc' },
  'docker-registry': { debian: 'docker-registry' },
  promtool: { debian: 'prometheus' },
  prometheus: { debian: 'prometheus' },
  busybox: { debian: 'busybox-static' },
  checkov: { pypi: 'checkov==3.3.30' },
  opa: { go: 'policy', package: 'github.com/open-policy-agent/opa' },
  conftest: { go: 'policy', package: 'github.com/open-policy-agent/conftest' },
  tofu: { go: 'tofu', package: 'github.com/opentofu/opentofu/cmd/tofu' },
  kind: { go: 'kind', package: 'sigs.k8s.io/kind' },
  otelcol: { go: 'otel', package: 'code.invalid/testbed/otel/otelcol', stamp: { 'main.version': '0.165.0' } },
  // Takes logs as Loki does; Loki itself is under the AGPL and not built here.
  'victoria-logs': { go: 'logs', package: 'github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs' },
  jaeger: { go: 'jaeger', package: 'github.com/jaegertracing/jaeger/cmd/jaeger', long: true },
  ollama: {
    go: 'ollama',
    package: 'github.com/ollama/ollama',
    cgo: true,
    // Headers that its own repository has and its module has not.
    headers: {
      debian: { 'stb/stb_image.h': 'libstb-dev', 'nlohmann/json.hpp': 'nlohmann-json3-dev' },
      pypi: { 'miniaudio/miniaudio.h': 'miniaudio==1.71' },
    },
    env: vectors(),
    stamp: { 'github.com/ollama/ollama/version.Version': '0.17.4' },
    long: true,
  },
  istioctl: {
    go: 'istio',
    package: 'istio.io/istio/istioctl/cmd/istioctl',
    stamp: { 'istio.io/istio/pkg/version.buildVersion': '1.32.0' },
    long: true,
  },
  pulumi: { go: 'pulumi', package: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi', long: true },
  // A module of its own: it goes with another version of Pulumi's packages than the command.
  'pulumi-language-yaml': {
    go: 'pulumi-yaml',
    package: 'github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml',
    long: true,
  },
  trivy: {
    go: 'trivy',
    package: 'github.com/aquasecurity/trivy/cmd/trivy',
    env: { GOEXPERIMENT: 'jsonv2' },
    long: true,
  },
};

const [action, ...only] = process.argv.slice(2);
const unknown = only.filter((name) => !(name in sources));
if ((action !== 'up' && action !== 'status') || unknown.length > 0) {
  console.error(`usage: tools.mjs up|status [${Object.keys(sources).join('|')}]…`);
  process.exit(2);
}
const wanted = only.length === 0 ? Object.keys(sources) : only;
const reasons = {};
if (action === 'up') {
  const lacking = wanted.filter((name) => sources[name].debian && !which(name));
  const why = installDebian(lacking.map((name) => sources[name].debian));
  if (why !== undefined) for (const name of lacking) reasons[name] = why;
  for (const name of wanted.filter((one) => sources[one].pypi && !which(one))) installPython(name, sources[name].pypi);
  for (const name of wanted.filter((one) => sources[one].go)) buildGo(name, sources[name]);
}
const tools = Object.fromEntries(wanted.map((name) => [name, which(name)]).filter(([, path]) => path));
const skipped = wanted
  .filter((name) => !(name in tools))
  .map((name) => ({ name, reason: reasons[name] ?? 'not installed' }));
for (const { name, reason } of skipped) say(`skipped: ${name}: ${reason}`);
console.log(JSON.stringify({ path: links, tools, skipped }));
process.exit(skipped.length === 0 ? 0 : 3);

/** Without these flags a model computes ten times as long; nearly all processors of the last ten years have them. */
function vectors() {
  if (process.arch !== 'x64' || !readFileSync('/proc/cpuinfo', 'utf8').includes(' avx2 ')) return {};
  const flags = '-O3 -mavx2 -mfma -mf16c';
  return { CGO_CFLAGS: flags, CGO_CXXFLAGS: flags };
}

function which(program) {
  const found = spawnSync('sh', ['-c', 'command -v "$0"', program], {
    encoding: 'utf8',
    env: { ...process.env, PATH: searchPath },
  });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

function installPython(name, spec) {
  const home = join(folder('python'), spec.replace('==', '-'));
  const program = join(home, 'bin', name);
  if (!existsSync(program)) {
    say(`installing ${spec} (about a minute)`);
    rmSync(home, { recursive: true, force: true });
    const steps = [
      ['python3', ['-m', 'venv', home]],
      [join(home, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', spec]],
    ];
    for (const [command, args] of steps) {
      const done = spawnSync(command, args, { encoding: 'utf8' });
      if (done.status === 0) continue;
      reasons[name] = String(done.stderr ?? done.error)
        .trim()
        .split('\n')
        .at(-1);
      rmSync(home, { recursive: true, force: true });
      return;
    }
  }
  link(name, program);
}

function buildGo(name, source) {
  if (source.long && only.length === 0 && !which(name)) {
    reasons[name] = `a long build, made only on demand: node scripts/testbed/tools.mjs up ${name}`;
    return;
  }
  const include = source.headers === undefined ? undefined : bringHeaders(name, source.headers);
  if (reasons[name] !== undefined) return;
  const env = { ...source.env, ...(include === undefined ? {} : { CPATH: include }) };
  const result = goBuild(source.go, [source.package], { ...source, env });
  if (result.built.includes(name)) link(name, join(result.dir, name));
  else reasons[name] = result.skipped[0]?.reason ?? 'not built';
}

/** Headers of C and C++ libraries: where Debian has them, by its packages; else out of a source package. @returns a folder for CPATH */
function bringHeaders(name, { debian, pypi }) {
  const lacking = Object.entries(debian).filter(([header]) => !existsSync(join('/usr/include', header)));
  const why = installDebian(lacking.map(([, one]) => one));
  if (why !== undefined) reasons[name] = why;
  const include = folder('include');
  for (const [header, spec] of Object.entries(pypi)) {
    const target = join(include, header);
    if (existsSync(target)) continue;
    const work = mkdtempSync(join(tmpdir(), 'testbed-headers-'));
    const script = 'pip download --quiet --no-deps --no-binary :all: "$1" && tar -xzf ./*.tar.gz';
    const done = spawnSync('sh', ['-ec', script, 'headers', spec], { cwd: work, encoding: 'utf8' });
    const found = readdirSync(work, { recursive: true, encoding: 'utf8' }).find((path) =>
      path.endsWith(`/${basename(header)}`),
    );
    if (found === undefined)
      reasons[name] = `${header} could not be had: ${String(done.stderr).trim().split('\n').at(-1)}`;
    else {
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(join(work, found), target);
    }
    rmSync(work, { recursive: true });
  }
  return include;
}

function link(name, program) {
  const at = join(links, name);
  if (lstatSync(at, { throwIfNoEntry: false })) rmSync(at);
  symlinkSync(program, at);
}
