/** The set of objects that a task means: files, folders, globs, kustomizations. */
import { readFile, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { glob } from 'tinyglobby';
import { failure, failureFrom } from '../../../core/failure.ts';
import { isObject } from '../../../core/json.ts';
import { err, ok } from '../../../core/result.ts';
import type { StepContext, TaskResult } from '../../../core/task-type.ts';
import { keyOf, nameOf, type KubeObject } from './objects.ts';
import { parseManifests, placeText, type Manifest, type Parsed, type Problem, type Template } from './parse.ts';

export interface ManifestSources {
  /** Files, folders and globs, relative to the task's folder. A folder with a kustomization file is built by Kustomize. */
  readonly manifests: string | readonly string[];
  /** Values for `${NAME}` in the manifests' strings; a name that is not among them stays as it is written. */
  readonly variables?: Readonly<Record<string, string>>;
}

type Place = Pick<StepContext, 'cwd' | 'root' | 'exec' | 'warn'>;

/** Files that make a folder a kustomization. */
export const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

export interface ManifestSet {
  readonly manifests: readonly Manifest[];
  /** Objects with a `generateName`: made anew each time, so they cannot be applied. */
  readonly templates: readonly Template[];
}

/** Reads everything and checks what can be checked without a cluster; every problem is told with its file and line. */
export async function readManifests(sources: ManifestSources, place: Place): Promise<TaskResult<readonly Manifest[]>> {
  const read = await readSet(sources, place);
  if (!read.ok) return read;
  const { manifests, templates } = read.value;
  if (templates.length > 0) {
    const message = 'generateName makes a new object each time, which cannot be applied: give it a name';
    return err(
      problemsFailure(
        templates.map((template) => ({ place: template.place, message })),
        place,
      ),
    );
  }
  if (manifests.length > 0) return ok(manifests);
  const looked = namesOf(sources).join(', ') || 'nothing';
  return err({
    ...failure('missing', `There are no Kubernetes objects to apply: looked in ${looked}.`),
    retriable: false,
  });
}

const namesOf = ({ manifests }: ManifestSources): readonly string[] =>
  typeof manifests === 'string' ? [manifests] : manifests;

/** The same for types that make new objects from templates; there may be nothing at all. */
export async function readSet(sources: ManifestSources, place: Place): Promise<TaskResult<ManifestSet>> {
  const parsed: Parsed[] = [];
  for (const source of namesOf(sources)) {
    const read = await readSource(source, place);
    if (!read.ok) return read;
    parsed.push(...read.value);
  }
  const variables = sources.variables ?? {};
  const manifests = parsed.flatMap((one) => one.manifests).map((one) => filled(one, variables));
  for (const { place: where, message } of parsed.flatMap((one) => one.warnings))
    place.warn(`${placeText(where)}: ${message}`);
  const problems = [...parsed.flatMap((one) => one.problems), ...duplicates(manifests)];
  if (problems.length > 0) return err(problemsFailure(problems, place));
  return ok({ manifests, templates: parsed.flatMap((one) => one.templates).map((one) => filled(one, variables)) });
}

/** Values take the place of `${NAME}` after parsing, so that nothing in a value can change what the manifest is. */
function filled<T extends { readonly object: unknown }>(read: T, variables: Readonly<Record<string, string>>): T {
  if (Object.keys(variables).length === 0) return read;
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string')
      return value.replace(/\$\{([A-Za-z_]\w*)\}/g, (whole, name: string) => variables[name] ?? whole);
    if (Array.isArray(value)) return value.map(fill);
    return isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner)]))
      : value;
  };
  return { ...read, object: fill(read.object) };
}

function problemsFailure(
  problems: readonly Problem[],
  place: Place,
): ReturnType<typeof failure> & { retriable: false } {
  const lines = problems.map(({ place: where, message }) => `${placeText(where)}: ${message}`);
  for (const line of lines) place.warn(line);
  const more = lines.length === 1 ? '' : ` (and ${lines.length - 1} more)`;
  return {
    ...failure('invalid', `${lines[0] ?? ''}${more}`, { next: 'Mend the manifests; nothing was applied.' }),
    retriable: false,
  };
}

async function readSource(source: string, place: Place): Promise<TaskResult<Parsed[]>> {
  const path = resolve(place.cwd, source);
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory() === true) {
    if (KUSTOMIZATIONS.some((name) => existsSync(join(path, name)))) {
      const built = await kustomize(source, place);
      return built.ok ? ok([built.value]) : built;
    }
    return readFiles(
      await glob(['**/*.{yaml,yml,json}'], { cwd: path, absolute: true, ignore: ['**/node_modules/**', '**/.git/**'] }),
      place,
      true,
    );
  }
  if (info !== undefined) return readFiles([path], place, false);
  const matches = /[*?[{]/.test(source)
    ? await glob([source.replaceAll('\\', '/')], { cwd: place.cwd, absolute: true })
    : [];
  if (matches.length > 0) return readFiles(matches, place, true);
  const message = `There are no manifests at ${source} (looked in ${place.cwd}).`;
  return err({
    ...failure('missing', message, { next: 'Name files, folders or globs with `with.manifests`.' }),
    retriable: false,
  });
}

/** @param folder what is no Kubernetes object is left out, with a word about it; a file that was named must hold objects */
async function readFiles(files: readonly string[], place: Place, folder: boolean): Promise<TaskResult<Parsed[]>> {
  const all: Parsed[] = [];
  for (const file of [...files].sort()) {
    // A workflow of ours that lies beside its manifests is no manifest.
    if (folder && /\.code\.ya?ml$/.test(file)) continue;
    const name = relative(place.root, file) || file;
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      return err({ ...failureFrom(error, `read the manifest ${name}`), retriable: false });
    }
    const parsed = parseManifests(text, name);
    for (const where of parsed.others) {
      if (folder) place.warn(`${placeText(where)}: no Kubernetes object (neither apiVersion nor kind); left out`);
    }
    const strange = folder
      ? []
      : parsed.others.map((where) => ({
          place: where,
          message: 'this is no Kubernetes object: apiVersion and kind are missing',
        }));
    all.push({ ...parsed, problems: [...parsed.problems, ...strange] });
  }
  return ok(all);
}

/** `kubectl kustomize` builds it: the one thing that kubectl is used for. */
async function kustomize(folder: string, place: Place): Promise<TaskResult<Parsed>> {
  const result = await place.exec(
    { kind: 'argv', program: 'kubectl', args: ['kustomize', resolve(place.cwd, folder)] },
    { capture: true },
  );
  if (result.exitCode !== 0) {
    const said = result.stderr.trim().replace(/^error: /, '');
    const next = 'Mend the kustomization; `kubectl kustomize` shows what it makes.';
    return err({
      ...failure('invalid', `The kustomization in ${folder} cannot be built: ${said}`, { next }),
      retriable: false,
    });
  }
  return ok(parseManifests(result.stdout, `${folder} (as built by Kustomize)`));
}

function duplicates(manifests: readonly Manifest[]): Problem[] {
  const first = new Map<string, Manifest>();
  const problems: Problem[] = [];
  for (const manifest of manifests) {
    const key = keyOf(manifest.object);
    const before = first.get(key);
    if (before === undefined) first.set(key, manifest);
    else
      problems.push({
        place: manifest.place,
        message: `${nameOf(manifest.object)} is here a second time; the first is at ${placeText(before.place)}`,
      });
  }
  return problems;
}

/** Namespaces, definitions of kinds and classes before what lies in them; what is nowhere in the list comes before what routes traffic to it. */
const ORDER: readonly string[] = [
  ...[
    'Namespace',
    'CustomResourceDefinition',
    'CompositeResourceDefinition',
    'Composition',
    'PriorityClass',
    'StorageClass',
    'RuntimeClass',
    'IngressClass',
    'GatewayClass',
  ],
  ...[
    'ResourceQuota',
    'LimitRange',
    'NetworkPolicy',
    'PodSecurityPolicy',
    'ServiceAccount',
    'ClusterRole',
    'ClusterRoleBinding',
  ],
  ...['Role', 'RoleBinding', 'Secret', 'ConfigMap', 'PersistentVolume', 'PersistentVolumeClaim', 'Service'],
  ...['PodDisruptionBudget', 'DaemonSet', 'Pod', 'ReplicaSet', 'Deployment', 'StatefulSet', 'Job', 'CronJob'],
];
const LAST: readonly string[] = ['HorizontalPodAutoscaler', 'Ingress', 'HTTPRoute', 'APIService'];
const VERY_LAST: readonly string[] = [
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
  'ValidatingAdmissionPolicyBinding',
];

/** The phase that an object is applied in, from 0; objects of one phase are applied at once. */
export function phaseOf({ kind }: Pick<KubeObject, 'kind'>): number {
  const known = ORDER.indexOf(kind);
  if (known !== -1) return known;
  if (LAST.includes(kind)) return ORDER.length + 1;
  return VERY_LAST.includes(kind) ? ORDER.length + 2 : ORDER.length;
}

/** The objects in phases, in order. */
export function phases<T extends { readonly object: KubeObject }>(manifests: readonly T[]): T[][] {
  const byPhase = new Map<number, T[]>();
  for (const manifest of manifests) {
    const phase = phaseOf(manifest.object);
    byPhase.set(phase, [...(byPhase.get(phase) ?? []), manifest]);
  }
  return [...byPhase].sort(([a], [b]) => a - b).map(([, group]) => group);
}
