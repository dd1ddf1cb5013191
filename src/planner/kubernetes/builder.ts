/** Everything about a cluster while it is being put together. */
import type { BuildFact, WorkspaceFacts } from '../context/facts.ts';
import type { Passage } from '../text.ts';
import { sentences } from '../text.ts';
import type { ContainerFacts, Entity, K8sObject, Workload } from './model.ts';
import { findNamespaces, type NamespaceWish } from './namespaces.ts';
import { type Operations } from './operations.ts';
import { buildName } from './names.ts';
import type { System } from './system/system.ts';

export interface BuildWish extends BuildFact {
  readonly name: string;
  /** Registry and repository, without a tag. */
  readonly image: string;
  readonly tag: string;
  /** The text of the Dockerfile, where it is written with the plan. */
  readonly text?: string;
}

export interface ClusterPlan {
  readonly objects: readonly K8sObject[];
  readonly operations: Operations;
  readonly builds: readonly BuildWish[];
  /** Secrets that the workflow asks for. */
  readonly variables: readonly string[];
  readonly components: readonly string[];
  readonly assumptions: readonly string[];
  readonly questions: readonly string[];
  /** Objects that are referred to and must be there. */
  readonly expected: readonly { readonly kind: string; readonly name: string }[];
  readonly namespaces: readonly string[];
}

export interface ClusterOptions {
  readonly facts: WorkspaceFacts;
  readonly registry: string;
  /** An environment that the text names, such as staging. */
  readonly environment: string | undefined;
  /** Components that other words ask for ("with monitoring"). */
  readonly extra: readonly string[];
}

/** Everything that is being put together. */
export class ClusterBuilder {
  readonly objects: K8sObject[] = [];
  readonly assumptions: string[] = [];
  readonly questions: string[] = [];
  readonly variables = new Set<string>();
  readonly components: string[] = [];
  readonly builds: BuildWish[] = [];
  readonly workloads = new Map<Entity, Workload>();
  readonly refs = { configMaps: new Set<string>(), secrets: new Set<string>(), claims: new Set<string>() };
  /** Services that the text says are there. */
  readonly services: { readonly name: string; readonly port: number | undefined }[] = [];
  readonly expected: { kind: string; name: string }[] = [];
  readonly namespaces: NamespaceWish[];
  /** Where the description is a system of several services. */
  system: System | undefined;
  /** Containers that read where everything is from settings that are there. */
  readonly told = new Set<ContainerFacts>();
  /** What may come in is told by policies of its own. */
  bordered = false;
  readonly #default: string | undefined;
  #sentences: readonly Passage[] | undefined;

  constructor(
    readonly text: Passage,
    readonly options: ClusterOptions,
  ) {
    this.namespaces = findNamespaces(text);
    const environment = options.environment;
    this.#default = this.namespaces[0]?.name ?? environment;
    if (this.namespaces[0] === undefined && environment !== undefined)
      this.assumptions.push(`Everything goes to the namespace ${environment}.`);
  }

  assume(text: string): void {
    if (!this.assumptions.includes(text)) this.assumptions.push(text);
  }

  /** The namespace for what a sentence says: its own, else the description's first. */
  namespaceOf = (passage: Passage): string | undefined => {
    const own = this.namespaces.filter((n) => n.at >= passage.at && n.at < passage.at + passage.text.length);
    return own[0]?.name ?? this.#default;
  };

  entityNamespace(entity: Entity): string | undefined {
    for (const passage of entity.passages) {
      const own = this.namespaces.find((n) => n.at >= passage.at && n.at < passage.at + passage.text.length);
      if (own !== undefined) return own.name;
    }
    const first = entity.passages[0];
    if (first === undefined) return this.#default;
    if (this.namespaces.length === 0) return this.#default;
    this.#sentences ??= sentences(this.text);
    const sentence = this.#sentences.find((s) => first.at >= s.at && first.at <= s.at + s.text.length);
    return sentence === undefined ? this.#default : this.namespaceOf(sentence);
  }

  /** The image and port for an application that somebody wrote. */
  imageFor = (
    build: string,
    name: string,
  ): { image: string; port: number | undefined; assumption: string | undefined } => {
    const { facts, registry } = this.options;
    const known = this.builds.find((b) => b.name === name);
    const fact =
      facts.builds.find(
        (b) => b.dir !== '.' && (b.dir.toLowerCase().includes(buildName(build)) || b.dir.toLowerCase().includes(name)),
      ) ??
      (facts.builds.length === 1 || /\b(?:this|the|my|our)\b|^(?:web|app|api)/i.test(build)
        ? facts.builds[0]
        : facts.builds.find((b) => b.dir === '.'));
    const port = fact?.port ?? portOf(build, facts);
    if (known !== undefined || fact === undefined)
      return {
        image: `${registry}/${name}:1.0.0`,
        port,
        assumption:
          known === undefined
            ? `There is no Dockerfile for ${build.trim()}: the image ${registry}/${name}:1.0.0 is taken to be there.`
            : undefined,
      };
    const wish: BuildWish = { ...fact, name, image: `${registry}/${name}`, tag: '1.0.0' };
    this.builds.push(wish);
    return {
      image: `${wish.image}:${wish.tag}`,
      port,
      assumption: `${fact.file} is built as ${wish.image}:${wish.tag} and pushed there.`,
    };
  };
}

const FRAMEWORK_PORTS: readonly (readonly [RegExp, number])[] = [
  [/flask/i, 5000],
  [/django|fast ?api/i, 8000],
  [/spring|java|kotlin|quarkus|tomcat/i, 8080],
  [/rails|express|node|next|react|nest/i, 3000],
  [/\.net|asp|dotnet/i, 8080],
  [/go\b|golang|rust/i, 8080],
  [/php|laravel/i, 80],
  [/angular|vue/i, 80],
];

function portOf(build: string, facts: WorkspaceFacts): number | undefined {
  if (/worker|consumer/i.test(build)) return undefined;
  const framework = FRAMEWORK_PORTS.find(([pattern]) => pattern.test(build))?.[1];
  if (framework !== undefined) return framework;
  return facts.languages.includes('node') ? 3000 : facts.languages.includes('python') ? 8000 : 8080;
}
