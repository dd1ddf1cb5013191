/** The texts of the context files: what was found, as short Markdown that a person and a model read alike. */
import type { Analysis } from './analysis.ts';

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');
const code = (text: string): string => `\`${text}\``;
const codes = (texts: readonly string[]): string => texts.map(code).join(', ');
const section = (title: string, body: string): string => (body === '' ? '' : `## ${title}\n\n${body}\n`);
const joined = (...sections: readonly string[]): string => sections.filter((s) => s !== '').join('\n');

/** `.claude/context/architecture.md`: what there is and where it begins. */
export function architectureText(a: Analysis): string {
  const { deployment: d } = a;
  const languages = a.languages.slice(0, 6).map((l) => `${l.name} (${l.files} ${l.files === 1 ? 'file' : 'files'})`);
  const parts =
    a.parts.length < 2
      ? []
      : a.parts.map(
          (p) =>
            `${code(p.dir)}: ${p.name}${p.frameworks.length === 0 ? '' : ` (${p.frameworks.join(', ')})`}${p.description === undefined ? '' : `: ${p.description}`}`,
        );
  const services = d.services.map(
    (s) =>
      `${code(s.name)}: ${s.from}${s.ports.length === 0 ? '' : `, ports ${s.ports.join(', ')}`}${s.dependsOn.length === 0 ? '' : `, needs ${s.dependsOn.join(', ')}`} (${s.file})`,
  );
  const deployed = [
    ...d.images.map((i) => `Image from ${code(i.file)}${i.port === undefined ? '' : `, port ${i.port}`}`),
    ...d.charts.map((c) => `Helm chart in ${code(c)}`),
    ...d.manifests.map((m) => `Kubernetes manifests in ${code(m)}`),
    ...d.modules.map((m) => `OpenTofu module in ${code(m)}`),
    ...d.policies.map((p) => `OPA policies in ${code(p)}`),
    ...d.workflows.map((w) => `Workflow of CODE: ${code(w)}`),
    ...d.pipelines.map((p) => `${p.system}: ${code(p.file)}`),
  ];
  return joined(
    section(
      'What it is',
      [
        a.description ?? '',
        languages.length === 0 ? 'No source files were found.' : `Written in ${languages.join(', ')}.`,
      ]
        .filter(Boolean)
        .join('\n\n'),
    ),
    section(
      'Folders',
      list(a.folders.slice(0, 12).map((f) => `${code(`${f.dir}/`)} (${f.files} ${f.files === 1 ? 'file' : 'files'})`)),
    ),
    section('Parts', list(parts)),
    section('Where it begins', list(a.entryPoints.map((e) => `${code(e.path)}: ${e.what}`))),
    section('Services', list(services)),
    section('How it is deployed', list(deployed) || 'No deployment files were found.'),
    a.truncated
      ? section('Not looked at', 'There are more files than are looked at; the account above is of the first ones.')
      : '',
  );
}

/** `.claude/context/dependencies.md`: what it is built with and on. */
export function dependenciesText(a: Analysis): string {
  const manifests = a.manifests
    .slice(0, 40)
    .map(
      (m) =>
        `${code(m.file)} (${m.ecosystem}): ${m.dependencies.length} named${m.dependencies.length === 0 ? '' : `, such as ${m.dependencies.slice(0, 6).join(', ')}`}`,
    );
  const images = [
    ...new Set(a.deployment.services.map((s) => s.from).filter((from) => !from.startsWith('built from'))),
  ];
  return joined(
    section('Frameworks', list(a.frameworks)),
    section('Stores and brokers', list(a.stores)),
    section('Tools', list(a.tools)),
    section('Images of services', list(images.map(code))),
    section('Where they are written', list(manifests) || 'No dependency lists were found.'),
  );
}

const ABOUT = { format: 'Format', language: 'Language', tests: 'Tests', layout: 'Layout', history: 'History' } as const;

/** `.claude/context/patterns.md`: habits, each with its evidence. */
export function patternsText(a: Analysis): string {
  const commands = a.commands.map((c) => `${code(c.run)}: ${c.name} (${c.from})`);
  const sections = (Object.keys(ABOUT) as (keyof typeof ABOUT)[]).map((about) =>
    section(ABOUT[about], list(a.conventions.filter((c) => c.about === about).map((c) => `${c.text} (${c.evidence})`))),
  );
  return (
    joined(...sections, section('Commands', list(commands))) ||
    'No conventions are written down in files of this workspace.'
  );
}

/** The block in `CLAUDE.md`: short, since it is read at the start of every session. */
export function memoryText(a: Analysis, agents: boolean): string {
  const facts = [
    ...(a.languages.length === 0
      ? []
      : [
          `Languages: ${a.languages
            .slice(0, 4)
            .map((l) => l.name)
            .join(', ')}`,
        ]),
    ...(a.frameworks.length === 0 ? [] : [`Frameworks: ${a.frameworks.slice(0, 10).join(', ')}`]),
    ...(a.stores.length === 0 ? [] : [`Stores: ${a.stores.slice(0, 10).join(', ')}`]),
    ...a.commands
      .filter((c) => /^(?:build|test|lint|check|start|dev)$/.test(c.name))
      .slice(0, 8)
      .map((c) => `${c.name}: ${code(c.run)}`),
    ...(a.deployment.workflows.length === 0
      ? []
      : [`Deployment workflows: ${codes(a.deployment.workflows.slice(0, 8))}`]),
  ];
  return joined(
    section('This workspace', list(facts)),
    section(
      'Deployments',
      list([
        'Deployments are workflows of CODE (`*.code.yaml`): stages of tasks that run side by side. Write and change those, not shell scripts.',
        'After every edit: `code-engine validate FILE`. Before a run: `code-engine preview FILE`, which changes nothing.',
        'A run changes real systems: only a person starts or approves it. Never apply, delete or approve on your own, and never with `kubectl`, `helm` or `tofu` around a workflow.',
        'Values of secrets never go into files, arguments or logs; a workflow names them under `secrets`.',
        'A failed run: `code-engine runs explain`, then `code-engine runs logs --task TASK`.',
      ]),
    ),
    section(
      'More about it',
      [
        '@.claude/context/architecture.md',
        '@.claude/context/dependencies.md',
        '@.claude/context/patterns.md',
        ...(agents ? ['@AGENTS.md'] : []),
      ].join('\n'),
    ),
  );
}
