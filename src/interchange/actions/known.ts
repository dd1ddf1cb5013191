/** Actions that people use most, and what stands for them here. */
import type { Json, JsonObject } from '../../core/json.ts';
import { listOf, textOf } from '../source.ts';

export interface ActionTask {
  readonly type: string;
  readonly with: JsonObject;
}

export type KnownAction =
  /** Not needed here, or done by the machine. */
  | { readonly kind: 'dropped'; readonly message: string }
  /** Tasks that follow one another. */
  | { readonly kind: 'tasks'; readonly tasks: readonly ActionTask[] };

/** The lines of a text, or the items of a list. */
const lines = (value: Json | undefined): string[] =>
  listOf(value)
    .flatMap((item) => (textOf(item) ?? '').split(/[\n,]/))
    .map((line) => line.trim())
    .filter((line) => line !== '');

const given = (values: Readonly<Record<string, Json | undefined>>): JsonObject =>
  Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, Json] => {
      const [, value] = entry;
      return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
    }),
  );

const pairs = (value: Json | undefined): JsonObject =>
  Object.fromEntries(
    lines(value).flatMap((line) => {
      const at = line.indexOf('=');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
    }),
  );

function buildAndPush(p: JsonObject): ActionTask[] {
  const [image, ...more] = lines(p['tags']);
  const build: ActionTask = {
    type: 'docker',
    with: given({
      context: textOf(p['context']),
      file: textOf(p['file']),
      image,
      tags: more,
      target: textOf(p['target']),
      platform: lines(p['platforms'])[0],
      args: Object.keys(pairs(p['build-args'])).length === 0 ? undefined : pairs(p['build-args']),
    }),
  };
  const push = textOf(p['push']);
  return push === undefined || push === 'false' ? [build] : [build, { type: 'registry', with: {} }];
}

const SEVERITY: Readonly<Record<string, string>> = { CRITICAL: 'critical', HIGH: 'high', MEDIUM: 'medium', LOW: 'low' };

function trivy(p: JsonObject): ActionTask[] {
  const image = textOf(p['image-ref']);
  const fails = textOf(p['exit-code']) !== '0' && p['exit-code'] !== undefined;
  const least = lines(p['severity'])
    .map((one) => SEVERITY[one.toUpperCase()])
    .filter((one) => one !== undefined)
    .at(-1);
  return [
    {
      type: 'trivy',
      with: given({
        images: image === undefined ? undefined : [image],
        path: image === undefined ? (textOf(p['scan-ref']) ?? '.') : undefined,
        scanners: lines(p['scanners']),
        ignore_unfixed: textOf(p['ignore-unfixed']) === 'true' ? true : undefined,
        fail_on: fails ? least : 'never',
      }),
    },
  ];
}

const one = (type: string, values: (p: JsonObject) => Readonly<Record<string, Json | undefined>>) => ({
  tasks: (p: JsonObject): ActionTask[] => [{ type, with: given(values(p)) }],
});

const TASKS: Readonly<Record<string, { tasks(p: JsonObject): ActionTask[] }>> = {
  'docker/build-push-action': { tasks: buildAndPush },
  'aquasecurity/trivy-action': { tasks: trivy },
  'bridgecrewio/checkov-action': one('checkov', (p) => ({
    path: textOf(p['directory']),
    skip_checks: lines(p['skip_check']),
  })),
  'zaproxy/action-baseline': one('zap', (p) => ({ url: textOf(p['target']), scan: 'baseline' })),
  'zaproxy/action-full-scan': one('zap', (p) => ({ url: textOf(p['target']), scan: 'full' })),
  'azure/k8s-deploy': one('kubernetes', (p) => ({
    manifests: lines(p['manifests']),
    namespace: textOf(p['namespace']),
  })),
  'pulumi/actions': one('pulumi', (p) => ({
    dir: textOf(p['work-dir']),
    stack: textOf(p['stack-name']),
    action: ['up', 'preview', 'refresh', 'destroy'].find((action) => action === textOf(p['command'])),
  })),
};

const HERE = 'The workspace is here already; nothing has to be fetched.';
const FILES = 'Tasks share the workspace, so files that one leaves are there for the next.';
const DROPPED: readonly (readonly [RegExp, string])[] = [
  [/^actions\/checkout$/, HERE],
  [/^actions\/(?:upload|download)-artifact$/, FILES],
  [/^actions\/cache(?:\/.*)?$/, 'What was fetched before stays on this machine; a task of its own can have a cache.'],
  [/^docker\/login-action$/, 'Log in on this machine, or give username and password to the registry task.'],
  [
    /^(?:azure\/login|google-github-actions\/auth|aws-actions\/(?:configure-aws-credentials|amazon-ecr-login))$/,
    'Log in on this machine; the tools find what they need there.',
  ],
  [/^docker\/metadata-action$/, 'Give the image its name and tags where it is built.'],
  [/^docker\/setup-(?:buildx|qemu)-action$/, 'The container engine of this machine builds.'],
  [
    /^(?:actions|ruby|gradle|erlef|r-lib|julia-actions|denoland|dart-lang|hashicorp|opentofu|azure|google-github-actions|helm|swift-actions|crystal-lang|microsoft|sigstore|open-policy-agent|pnpm|oven-sh|astral-sh)\/(?:actions\/)?(?:setup|install|use)-?[\w-]*|\/cosign-installer$|^dtolnay\/rust-toolchain$|^actions-rs\/toolchain$|^sigstore\/cosign-installer$/,
    'The tool has to be on this machine: code-engine doctor tells what is there.',
  ],
];

/** @param uses as written: `owner/name@version`, `./folder`, `docker://image` */
export function knownAction(uses: string, parameters: JsonObject): KnownAction | undefined {
  const name = uses.replace(/@.*$/, '').toLowerCase();
  const dropped = DROPPED.find(([pattern]) => pattern.test(name));
  if (dropped !== undefined) return { kind: 'dropped', message: dropped[1] };
  const made = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined;
  return made === undefined ? undefined : { kind: 'tasks', tasks: made.tasks(parameters) };
}
