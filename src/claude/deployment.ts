/** How a workspace is deployed as far as its files say: images, services, charts, manifests, modules, pipelines, workflows of CODE. */
import { parse } from 'yaml';
import { isObject } from '../core/json.ts';
import type { BuildFact, WorkspaceFacts } from '../planner/context/facts.ts';

/** A service that a Compose file names. */
export interface ServiceFact {
  readonly name: string;
  /** Its image, or the folder that is built. */
  readonly from: string;
  readonly file: string;
  readonly ports: readonly string[];
  readonly dependsOn: readonly string[];
}

export interface Deployment {
  readonly images: readonly BuildFact[];
  readonly services: readonly ServiceFact[];
  readonly charts: readonly string[];
  readonly manifests: readonly string[];
  readonly modules: readonly string[];
  readonly policies: readonly string[];
  /** Workflows of CODE. */
  readonly workflows: readonly string[];
  /** CI files, with the system that reads them. */
  readonly pipelines: readonly { readonly file: string; readonly system: string }[];
}

const PIPELINES: readonly (readonly [RegExp, string])[] = [
  [/^\.github\/workflows\/[^/]+\.ya?ml$/, 'GitHub Actions'],
  [/^\.gitlab-ci\.ya?ml$/, 'GitLab CI'],
  [/(?:^|\/)Jenkinsfile$/, 'Jenkins'],
  [/^azure-pipelines[\w.-]*\.ya?ml$/, 'Azure Pipelines'],
  [/^\.circleci\/config\.ya?ml$/, 'CircleCI'],
  [/(?:^|\/)tekton\/.*\.ya?ml$/, 'Tekton'],
  [/^Tiltfile$/, 'Tilt'],
  [/^skaffold\.ya?ml$/, 'Skaffold'],
];

export function deploymentOf(
  files: readonly string[],
  facts: WorkspaceFacts,
  read: (file: string) => string | undefined,
): Deployment {
  return {
    images: facts.builds,
    services: facts.composeFiles.flatMap((file) => servicesIn(file, read(file) ?? '')),
    charts: facts.charts,
    manifests: facts.manifests,
    modules: facts.modules,
    policies: facts.policies,
    workflows: files.filter((f) => /\.code\.ya?ml$/.test(f) || /^\.code\/workflows\/[^/]+\.ya?ml$/.test(f)),
    pipelines: files.flatMap((file) => {
      const system = PIPELINES.find(([pattern]) => pattern.test(file))?.[1];
      return system === undefined ? [] : [{ file, system }];
    }),
  };
}

function servicesIn(file: string, text: string): ServiceFact[] {
  const document = parsed(text);
  const services = isObject(document) ? document['services'] : undefined;
  if (!isObject(services)) return [];
  return Object.entries(services).flatMap(([name, service]): ServiceFact[] => {
    if (!isObject(service)) return [];
    const { image, build, ports, depends_on: needs } = service;
    const context = isObject(build) ? build['context'] : build;
    return [
      {
        name,
        from: typeof image === 'string' ? image : typeof context === 'string' ? `built from ${context}` : 'unknown',
        file,
        ports: Array.isArray(ports)
          ? ports.filter((p) => typeof p === 'string' || typeof p === 'number').map(String)
          : [],
        dependsOn: Array.isArray(needs) ? needs.map(String) : isObject(needs) ? Object.keys(needs) : [],
      },
    ];
  });
}

/** A file that is no YAML has no services; what is wrong with it is for its own tools to say. */
function parsed(text: string): unknown {
  try {
    return parse(text, { logLevel: 'silent' }) as unknown;
  } catch {
    return undefined;
  }
}
