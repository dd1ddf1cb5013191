/** Which scanners fit a folder, and which of them are here. A new one is a line of `SCANNERS`. */
import type { TaskTypeInfo, WorkspaceFiles } from '../../core/catalogue.ts';
import { conventionalFiles, type FileConvention } from '../../core/convention-files.ts';
import type { JsonObject } from '../../core/json.ts';
import { findTools } from '../../platform/tools.ts';
import type { ScannerInfo } from '../../run/findings.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import type { Io } from '../io.ts';

interface Scanner {
  /** Also the name of its task. */
  readonly scanner: string;
  readonly type: string;
  readonly with: JsonObject;
  /** A match of one of these makes it fit; without any it fits every folder. */
  readonly globs?: readonly string[];
  /** What it looks at, for a folder that has none of it. */
  readonly looksAt: string;
}

const INFRASTRUCTURE = [
  '**/*.{tf,tofu,tf.json}',
  '**/{Dockerfile,Containerfile,*.dockerfile,Dockerfile.*}',
  '**/{k8s,kubernetes,manifests,deploy,charts,chart,infra,.github,.gitlab-ci}/**/*.{yaml,yml,json}',
  '**/{docker-compose,compose,kustomization,Chart,serverless,template,.gitlab-ci}.{yaml,yml}',
];

const LOCKED = [
  '**/{package-lock.json,yarn.lock,pnpm-lock.yaml,go.mod,Cargo.lock,Gemfile.lock,composer.lock,poetry.lock,Pipfile.lock}',
  '**/{requirements*.txt,uv.lock,pom.xml,gradle.lockfile,packages.lock.json,mix.lock,pubspec.lock,*.jar,*.war}',
];

/** Generated and foreign: findings there are nobody's to mend here. */
const FOREIGN = ['**/node_modules', '**/.code/runs', '**/.code/cache', '**/.code/state'];

const SCANNERS: readonly Scanner[] = [
  {
    scanner: 'checkov',
    type: 'checkov',
    with: { skip_paths: ['node_modules', '\\.code/(runs|cache|state)'] },
    globs: INFRASTRUCTURE,
    looksAt: 'infrastructure code (OpenTofu, Kubernetes, Helm, Dockerfile, Compose)',
  },
  {
    // Apart from the vulnerabilities: this needs no database, so it says what it knows also where nothing can be downloaded.
    scanner: 'trivy',
    type: 'trivy',
    with: { scanners: ['misconfig', 'secret'], offline: true, skip: FOREIGN },
    looksAt: 'every file',
  },
  {
    scanner: 'vulnerabilities',
    type: 'trivy',
    with: { scanners: ['vuln'], skip: FOREIGN },
    globs: LOCKED,
    looksAt: 'lock files of packages',
  },
  { scanner: 'opa', type: 'opa', with: {}, looksAt: 'manifests, where the folder has policies (policy/*.rego)' },
  { scanner: 'secrets', type: 'secrets', with: {}, looksAt: 'every file' },
];

export interface ChosenScanner extends ScannerInfo {
  readonly type: string;
  readonly with: JsonObject;
  readonly version?: string;
}

export const SCANNER_NAMES = SCANNERS.map(({ scanner }) => scanner);

/**
 * Looks at the folder and asks the tools, all side by side.
 * @param without names of `SCANNER_NAMES` that are not wanted; they are left out
 */
export async function chooseScanners(
  files: WorkspaceFiles,
  env: Io['env'],
  without: readonly string[],
): Promise<ChosenScanner[]> {
  const wanted = SCANNERS.filter(({ scanner }) => !without.includes(scanner));
  return Promise.all(
    wanted.map(async (one): Promise<ChosenScanner> => {
      const { scanner, type } = one;
      const chosen = { scanner, type, with: one.with };
      const info = catalogue.find(type);
      if (!fits(one, info, files))
        return { ...chosen, status: 'unfit', hint: `nothing here for it: it looks at ${one.looksAt}` };
      const statuses = await findTools(info?.tools ?? [], { env });
      const lack = statuses.find(({ status }) => status !== 'ok');
      if (lack !== undefined && lack.status !== 'ok') return { ...chosen, status: 'missing', hint: lack.hint };
      const [tool] = statuses;
      return {
        ...chosen,
        status: 'ready',
        ...(tool?.status === 'ok' && tool.version !== undefined ? { version: tool.version } : {}),
      };
    }),
  );
}

function fits({ globs }: Scanner, info: TaskTypeInfo | undefined, files: WorkspaceFiles): boolean {
  if (globs?.every((glob) => files.glob(glob).length === 0) === true) return false;
  const required = (info?.conventions ?? []).filter(
    (one): one is FileConvention => one.from === 'files' && one.required === true,
  );
  return required.every((one) => conventionalFiles(one, '.', files) !== undefined);
}
