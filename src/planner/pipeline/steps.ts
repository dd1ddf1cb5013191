/** Things that a delivery does to objects and files that the words name one by one: "apply k8s/green.yaml", "delete deployment web-blue". */
import type { WorkspaceFacts } from '../context/facts.ts';
import { findNamespaces } from '../kubernetes/namespaces.ts';
import type { TaskDraft } from '../plan.ts';
import { shell, slug, type Part, type PartContext } from './parts.ts';

const FILE = String.raw`["'\x60]?((?:[\w.-]+\/)*[\w.-]+\.ya?ml)["'\x60]?`;

/** Files of the workspace that the text applies, with where it says so. */
export function appliedFiles(text: string, facts: WorkspaceFacts): { file: string; at: number }[] {
  return [...text.matchAll(new RegExp(String.raw`\b(?:appl(?:y|ies|ying)|deploy(?:s|ing)?|kubectl apply -f)\s+(?:the\s+)?(?:manifest\s+|file\s+)?${FILE}`, 'gi'))] // prettier-ignore
    .map((m) => ({ file: m[1] ?? '', at: m.index }))
    .filter(({ file }) => !/values|compose/.test(file) && (facts.files.length === 0 || facts.files.includes(file)));
}

/** One deployment for each file, in the order of the text; nothing where fewer than two are named. */
export function fileParts(context: PartContext): Part[] {
  const { text, facts } = context;
  const files = appliedFiles(text.text, facts);
  if (files.length < 2) return [];
  const namespace = findNamespaces(text)[0]?.name;
  return files.map(({ file, at }): Part => {
    text.take(new RegExp(`\\b\\w+\\s+(?:the\\s+)?(?:manifest\\s+|file\\s+)?["'\`]?${file.replace(/[.\\/]/g, '\\$&')}`));
    const task: TaskDraft = {
      task: `apply_${slug(file.replace(/^.*\//, '').replace(/\.ya?ml$/, ''))}`,
      type: 'kubernetes',
      description: `Apply ${file} and wait until it is ready.`,
      timeout: '15m',
      with: { manifests: file, ...(namespace === undefined ? {} : { namespace }) },
    };
    return { id: 'deploy', at, tasks: [task], fixed: true };
  });
}

const KINDS = 'deployment|service|pod|job|cron ?job|config ?map|secret|ingress|stateful ?set|daemon ?set|namespace|pvc';

/** "finally delete deployment web-blue": a person is asked, whatever else was approved. */
export function deleteParts(context: PartContext): Part[] {
  const { text } = context;
  const namespace = findNamespaces(text)[0]?.name;
  return text
    .takeAll(
      new RegExp(
        String.raw`\b(?:finally |then )?(?:delete|remove|clean up)\s+(?:the\s+)?(?:old\s+)?(${KINDS})\s+(?:called |named )?["'\x60]?([a-z0-9]+(?:-[a-z0-9]+)+)`,
        'gi',
      ),
    ) // prettier-ignore
    .map((m): Part => {
      const kind = (m[1] ?? '').toLowerCase().replace(/\s/g, '');
      const name = m[2] ?? '';
      const task = shell(
        `delete_${slug(name)}`,
        `Delete ${kind} ${name}.`,
        ['kubectl', 'delete', kind, name, ...(namespace === undefined ? [] : ['--namespace', namespace]), '--ignore-not-found'], // prettier-ignore
        {
          timeout: '5m',
          approval: { message: `Delete ${kind} ${name}? This cannot be undone.`, required_for: 'always' },
        },
      );
      return { id: 'delete', at: m.index, tasks: [task], fixed: true };
    });
}
