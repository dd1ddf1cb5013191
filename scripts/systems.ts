/**
 * docs/systems.md: what each system's task type was tested against, in which version, and what the tests prove. Versions are read from the test
 * bed's own pins and the statements from the tests' names, so the page cannot say more than is tested; whatever it names must be there.
 */
import { existsSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import type { TaskTypeInfo } from '../src/core/catalogue.ts';

/**
 * - `real`: the tool or server itself.
 * - `peer`: a server of ours that speaks the system's published API.
 * - `stand-in`: the system's own objects on a real API server, or a program in its place; what acts on them is ours.
 * - `recorded`: what the tool printed, kept.
 * - `ours`: it drives no system.
 */
type Against = 'real' | 'peer' | 'stand-in' | 'recorded' | 'ours';

interface Evidence {
  readonly against: Against;
  /** Name and version of what the tests talk to. */
  readonly what: string;
  readonly file: string;
  /** The beginning of the names of the `describe` blocks in the file that count; all of them where it is not given. */
  readonly of?: readonly string[];
}

const pinned = (file: string, pattern: RegExp): string => {
  const found = pattern.exec(readFileSync(file, 'utf8'))?.[1];
  if (found === undefined) throw new Error(`scripts/systems.ts: ${file} pins no version by ${String(pattern)}`);
  return found;
};
const goModule = (family: string, name: string): string =>
  pinned(`scripts/testbed/go/${family}/go.mod`, new RegExp(`${name.replaceAll('.', '\\.')} v(\\S+)`));
const DEBIAN = 'as Debian 12 has it';
const KUBERNETES = `Kubernetes ${goModule('kubernetes', 'k8s.io/kubernetes')}`;
const LIBRARIES = 'scripts/testbed/libraries.mjs';

const system = (name: string): string => `test/system/${name}.test.ts`;
const unit = (name: string): string => `test/tasks/${name}.test.ts`;
const glue = (of: string): Evidence => ({
  against: 'ours',
  what: 'real processes, servers and files',
  file: unit('glue'),
  of: [of],
});

const EVIDENCE: Readonly<Record<string, readonly Evidence[]>> = {
  shell: [glue('shell')],
  http: [glue('http'), { against: 'ours', what: 'real servers and a real proxy', file: unit('request') }],
  wait: [glue('wait')],
  approval: [glue('approval')],
  notify: [glue('notify')],
  workflow: [glue('workflow')],
  kubernetes: [
    { against: 'real', what: KUBERNETES, file: system('kubernetes') },
    { against: 'real', what: `${KUBERNETES}, with faults`, file: system('kubernetes-trouble') },
  ],
  helm: [{ against: 'real', what: `Helm 3.17.2 and 4.1.4 on ${KUBERNETES}`, file: system('helm') }],
  k3s: [{ against: 'stand-in', what: 'a program in place of k3s', file: unit('mesh'), of: ['k3s'] }],
  kind: [
    {
      against: 'real',
      what: `kind ${goModule('kind', 'sigs.k8s.io/kind')} with Podman, as far as it goes without an image for its nodes`,
      file: system('kind'),
    },
    { against: 'recorded', what: 'kind 0.30', file: unit('mesh'), of: ['kind'] },
  ],
  argocd: [
    {
      against: 'real',
      what: `Argo CD ${goModule('argocd', 'github.com/argoproj/argo-cd/v3')} (controller and repository server) on ${KUBERNETES}`,
      file: system('argocd'),
    },
    {
      against: 'stand-in',
      what: `its objects on ${KUBERNETES}, where the controller is not built`,
      file: system('delivery'),
      of: ['argocd'],
    },
  ],
  flux: [
    {
      against: 'real',
      what: `Flux’s controllers (source ${goModule('flux', 'github.com/fluxcd/source-controller')}, kustomize ${goModule('flux', 'github.com/fluxcd/kustomize-controller')}, helm ${goModule('flux', 'github.com/fluxcd/helm-controller')}) on ${KUBERNETES}`,
      file: system('flux'),
    },
    {
      against: 'stand-in',
      what: `its objects on ${KUBERNETES}, where the controllers are not built`,
      file: system('delivery'),
      of: ['flux'],
    },
  ],
  crossplane: [
    {
      against: 'real',
      what: `Crossplane ${goModule('crossplane', 'github.com/crossplane/crossplane/v2')} with a composition function of ours, on ${KUBERNETES}`,
      file: system('crossplane'),
    },
    { against: 'stand-in', what: `its objects on ${KUBERNETES}`, file: system('delivery'), of: ['crossplane'] },
  ],
  tekton: [
    {
      against: 'real',
      what: `Tekton ${goModule('tekton', 'github.com/tektoncd/pipeline')} on ${KUBERNETES}`,
      file: system('tekton'),
    },
  ],
  'jenkins-x': [
    { against: 'stand-in', what: `its objects on ${KUBERNETES}`, file: system('mesh'), of: ['jenkins-x'] },
    { against: 'recorded', what: 'jx', file: unit('mesh'), of: ['jenkins-x'] },
  ],
  istio: [
    { against: 'real', what: 'istioctl 1.32 for the analysis of files', file: system('istio') },
    { against: 'stand-in', what: `its objects on ${KUBERNETES}`, file: system('mesh'), of: ['istio'] },
    { against: 'recorded', what: 'istioctl 1.27', file: unit('mesh'), of: ['istio'] },
  ],
  linkerd: [{ against: 'recorded', what: 'linkerd 2.14', file: unit('mesh'), of: ['linkerd'] }],
  cilium: [{ against: 'recorded', what: 'cilium-cli 0.18', file: unit('mesh'), of: ['cilium'] }],
  opentofu: [
    {
      against: 'real',
      what: `OpenTofu ${goModule('tofu', 'github.com/opentofu/opentofu')}, and Terraform where it is on the PATH`,
      file: system('opentofu'),
    },
    { against: 'recorded', what: 'plans as JSON', file: unit('opentofu') },
  ],
  pulumi: [
    {
      against: 'real',
      what: `Pulumi ${goModule('pulumi', 'github.com/pulumi/pulumi/pkg/v3')}`,
      file: system('pulumi'),
    },
  ],
  docker: [
    { against: 'real', what: `Podman and Buildah, ${DEBIAN}; Docker where it is on the PATH`, file: system('images') },
  ],
  registry: [
    {
      against: 'real',
      what: `docker-registry and skopeo, ${DEBIAN}`,
      file: system('images'),
      of: ['docker and registry'],
    },
  ],
  checkov: [
    {
      against: 'real',
      what: `Checkov ${pinned('scripts/testbed/tools.mjs', /checkov==([\d.]+)/)}`,
      file: system('scanners'),
      of: ['checkov'],
    },
  ],
  trivy: [
    {
      against: 'real',
      what: `Trivy ${goModule('trivy', 'github.com/aquasecurity/trivy')}, without its vulnerability database`,
      file: system('scanners'),
      of: ['trivy'],
    },
  ],
  opa: [
    {
      against: 'real',
      what: `OPA ${goModule('policy', 'github.com/open-policy-agent/opa')} and Conftest ${goModule('policy', 'github.com/open-policy-agent/conftest')}`,
      file: system('policy'),
    },
  ],
  zap: [{ against: 'stand-in', what: 'ZAP 2.16', file: unit('peers'), of: ['zap'] }],
  falco: [{ against: 'stand-in', what: 'Falco 0.37', file: unit('peers'), of: ['falco'] }],
  secrets: [{ against: 'ours', what: 'real files', file: 'test/cli/secure.test.ts' }],
  prometheus: [{ against: 'real', what: `Prometheus and promtool, ${DEBIAN}`, file: system('prometheus') }],
  grafana: [{ against: 'peer', what: 'the HTTP API of Grafana 9 to 12', file: unit('grafana') }],
  loki: [
    {
      against: 'stand-in',
      what: `VictoriaLogs ${goModule('logs', 'github.com/VictoriaMetrics/VictoriaLogs')}, which takes Loki’s pushes`,
      file: system('loki'),
    },
    { against: 'peer', what: 'Loki’s HTTP API', file: unit('loki') },
  ],
  jaeger: [
    {
      against: 'real',
      what: `Jaeger ${goModule('jaeger', 'github.com/jaegertracing/jaeger')}`,
      file: system('jaeger'),
    },
  ],
  opentelemetry: [
    {
      against: 'real',
      what: `a collector of OpenTelemetry ${goModule('otel', 'go.opentelemetry.io/collector/otelcol')}`,
      file: system('opentelemetry'),
    },
    {
      against: 'real',
      what: 'Jaeger over OTLP/HTTP in both encodings',
      file: system('telemetry'),
      of: ['a run as a trace'],
    },
  ],
  ollama: [
    {
      against: 'real',
      what: `Ollama ${goModule('ollama', 'github.com/ollama/ollama')} with a small model`,
      file: system('ollama'),
    },
    { against: 'peer', what: 'the HTTP API of Ollama', file: unit('models') },
  ],
  localai: [
    {
      against: 'stand-in',
      what: 'the OpenAI-compatible API of a real Ollama',
      file: system('ollama'),
      of: ['over the API'],
    },
    { against: 'peer', what: 'the HTTP API of LocalAI', file: unit('models') },
  ],
  langchain: [
    {
      against: 'real',
      what: `LangChain ${pinned(LIBRARIES, /@langchain\/core@([\d.]+)/)} for JavaScript and ${pinned(LIBRARIES, /langchain-core==([\d.]+)/)} for Python`,
      file: system('langchain'),
    },
  ],
  transformers: [
    {
      against: 'real',
      what: `Transformers ${pinned(LIBRARIES, /@huggingface\/transformers@([\d.]+)/)} for JavaScript and ${pinned(LIBRARIES, /'transformers==([\d.]+)/)} for Python`,
      file: system('transformers'),
    },
  ],
};

/** Why the test bed has not the thing itself, or not all of it. */
const WITHOUT: Readonly<Record<string, string>> = {
  k3s: 'K3s itself, which embeds archives that only its own build makes.',
  kind: 'an image for the nodes of a cluster.',
  'jenkins-x': 'its command.',
  istio: 'its control plane, which is an image.',
  linkerd: 'its command, whose module cannot be fetched, and its control plane, which is an image.',
  cilium: 'its command, whose module cannot be fetched, and its agent, which is an image.',
  trivy: 'its vulnerability database, which comes from a registry of images.',
  zap: 'its rules: Maven Central has the core alone.',
  falco: 'Falco itself: Debian has the kernel’s part alone.',
  grafana: 'Grafana itself: it is under the AGPL, and its pages are built apart.',
  loki: 'Loki itself: it is under the AGPL, and is not built here.',
  localai: 'LocalAI itself: its module lacks what its own build generates.',
};

const WORDS: Readonly<Record<Against, string>> = {
  real: 'the real thing',
  peer: 'a peer',
  'stand-in': 'a stand-in',
  recorded: 'recorded answers',
  ours: 'no other system',
};

export function systemsPage(infos: readonly TaskTypeInfo[]): string {
  const missing = infos.filter(({ type }) => EVIDENCE[type] === undefined).map(({ type }) => type);
  if (missing.length > 0)
    throw new Error(`scripts/systems.ts: nothing says what ${missing.join(', ')} was tested against`);
  const unexplained = infos.filter(
    ({ type }) =>
      WITHOUT[type] === undefined && EVIDENCE[type]?.some(isThing) === false && !EVIDENCE[type].some(isOurs),
  );
  if (unexplained.length > 0)
    throw new Error(`scripts/systems.ts: nothing says why ${unexplained[0]?.type ?? ''} was not tested itself`);
  const rows = infos.map((info) => {
    const evidence = EVIDENCE[info.type] ?? [];
    const best = evidence.map(({ against, what }) => `${WORDS[against]}: ${what}`).join('; ');
    return `| ${info.systems.join(', ') || '–'} | [\`${info.type}\`](#${info.type}) | ${versionsOf(info)} | ${best} |`;
  });
  const sections = infos.map((info) => section(info, EVIDENCE[info.type] ?? []));
  const real = infos.filter(({ type }) => EVIDENCE[type]?.some(isThing)).length;
  return `# Systems and how they were tested

Generated from the definitions of the task types, the pins of the test bed and the names of the tests (\`npm run generate\`). ${real} of ${infos.length} types were
driven against the real tool or server. Where that cannot be had from a package registry, a *peer* speaks the system's published API, a *stand-in*
takes the place of its controller or program, or its answers were *recorded*. \`npm run test:all\` repeats all of it on one Linux machine; a tool that
is not there is a skip with its reason.

| system | type | versions | tested against |
| --- | --- | --- | --- |
${rows.join('\n')}

${sections.join('\n')}`;
}

const isThing = ({ against }: Evidence): boolean => against === 'real';
const isOurs = ({ against }: Evidence): boolean => against === 'ours';

const versionsOf = ({ tools }: TaskTypeInfo): string => {
  const asked = tools
    .filter(({ version }) => version !== undefined)
    .map(({ anyOf, version }) => `${anyOf.join(' or ')} ${version ?? ''}`);
  return asked.length === 0 ? '–' : asked.join(', ').replaceAll('|', '\\|');
};

function section({ type, summary }: TaskTypeInfo, evidence: readonly Evidence[]): string {
  const parts = evidence.map((one) => {
    const names = testsIn(one);
    return `${capital(WORDS[one.against])}, ${one.what} ([tests](../${one.file})):\n\n${names.map((name) => `- ${name}`).join('\n')}\n`;
  });
  const without = WITHOUT[type] === undefined ? '' : `Not to be had for the tests: ${WITHOUT[type]}\n\n`;
  return `## ${type}\n\n${summary}\n\n${without}${parts.join('\n')}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The names of the tests in the blocks that count. */
function testsIn({ file, of }: Evidence): string[] {
  if (!existsSync(file)) throw new Error(`scripts/systems.ts: there is no ${file}`);
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const names = new Set<string>();
  const walk = (node: ts.Node, counts: boolean): void => {
    const [called, name] = callOf(node);
    const inside = counts || (called === 'describe' && of?.some((start) => name.startsWith(start)) === true);
    if (called === 'it' && inside && /[a-z]/i.test(name)) names.add(name);
    ts.forEachChild(node, (child) => walk(child, inside));
  };
  walk(source, of === undefined);
  if (names.size === 0) throw new Error(`scripts/systems.ts: ${file} has no test of ${of?.join(', ') ?? 'anything'}`);
  return [...names];
}

/** `describe` or `it` and its name; what a template fills in is shown as an ellipsis. */
function callOf(node: ts.Node): readonly [string, string] {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return ['', ''];
  const [first] = node.arguments;
  if (first === undefined) return [node.expression.text, ''];
  if (ts.isStringLiteralLike(first)) return [node.expression.text, first.text];
  if (!ts.isTemplateExpression(first)) return [node.expression.text, ''];
  const rest = first.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  return [node.expression.text, `${first.head.text}${rest}`];
}
