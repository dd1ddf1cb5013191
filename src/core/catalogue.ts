/**
 * What is known about a task type without loading its code: plain data, generated from the definitions
 * (`src/tasks/generated/catalogue.json`), read by the language, the editor, the planner and `code-engine types`.
 */
import type { JsonObject } from './json.ts';

/** A JSON Schema (2020-12), with our annotations `x-path`, `x-secret` and `x-duration` on string parameters. */
export type JsonSchema = JsonObject;

export type Category =
  'glue' | 'orchestration' | 'infrastructure' | 'delivery' | 'images' | 'observability' | 'security' | 'mesh' | 'ai';

/** Which pool a task takes a slot in; `mixed` takes one in both. */
export type ResourceClass = 'io' | 'cpu' | 'mixed';

/** A file whose name contains a program's version. */
export interface VersionFile {
  /** Folders relative to the program's own (links resolved); `*` matches any part of a name. */
  readonly in: readonly string[];
  /** A regular expression for the whole name, whose first group is the version. */
  readonly name: string;
}

/** A program that a task type needs on the target. */
export interface ToolRequirement {
  /** Names of programs, best first; one of them is enough. */
  readonly anyOf: readonly string[];
  /** A semver range that the version must satisfy, such as `>=3.8`. */
  readonly version?: string;
  /** The same for single programs of `anyOf` that number their versions differently. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Arguments that make the program print its version. */
  readonly probe: readonly string[];
  /** The same for single programs of `anyOf` that take other arguments. */
  readonly probes?: Readonly<Record<string, readonly string[]>>;
  /** It starts slowly (Python, Java), so the probe gets a minute. */
  readonly slow?: boolean;
  /** How to learn the version without starting the program; without such a file the program is started. */
  readonly versionFile?: VersionFile;
  /** A regular expression whose first group is the version in the probe's output. Default: the first dotted number. */
  readonly versionPattern?: string;
  /** SPDX licence of the program. `licenceUntil`: the last version under it, if later ones are not open source. */
  readonly licence: string;
  readonly licenceUntil?: string;
  /** The program that `licenceUntil` applies to; without it, all of them. */
  readonly licenceUntilOf?: string;
  /** How to install it: a phrase per platform, `any` for all others. */
  readonly install: Readonly<Partial<Record<'debian' | 'macos' | 'windows' | 'any', string>>>;
  /** Needed only if the parameters say so (an engine that is chosen by name, for example). */
  readonly optional?: boolean;
}

/**
 * Where a parameter gets its value from if the workflow does not give it.
 * - `files`: the first glob (relative to the workflow's root, in order) that matches something. `take` says what of the match is
 *   the value: the `file` itself, its `folder`, or the `base` of the glob (the part before the first wildcard).
 * - `workflow`: the workflow's name.
 * - `upstream`: an output of the tasks upstream of the given types, as an expression.
 */
export type Convention =
  | {
      readonly parameter: string;
      readonly from: 'files';
      readonly globs: readonly string[];
      readonly take: 'file' | 'folder' | 'base';
      /** The parameter is a list of every match of the first glob that matches anything. */
      readonly many?: boolean;
      /** Without a match the task cannot run; a diagnostic says what was looked for. */
      readonly required?: boolean;
      /** Skipped if another parameter has one of these values: uninstalling a release needs no chart, for example. */
      readonly unless?: { readonly parameter: string; readonly oneOf: readonly string[] };
    }
  | { readonly parameter: string; readonly from: 'workflow' }
  | {
      readonly parameter: string;
      readonly from: 'upstream';
      readonly types: readonly string[];
      readonly output: string;
      readonly many?: boolean;
      readonly required?: boolean;
    };

export interface TaskExample {
  readonly title: string;
  readonly with: JsonObject;
}

export interface TaskTypeInfo {
  readonly type: string;
  readonly aliases: readonly string[];
  readonly category: Category;
  /** The systems that the type drives, by their own names: `Helm`, `OpenTofu`. */
  readonly systems: readonly string[];
  readonly summary: string;
  /** A page of the tool's own documentation. */
  readonly docs?: string;
  /** SPDX licence of what the type drives. */
  readonly licence: string;
  readonly class: ResourceClass;
  readonly tools: readonly ToolRequirement[];
  readonly parameters: JsonSchema;
  readonly outputs: JsonSchema;
  readonly conventions: readonly Convention[];
  readonly examples: readonly TaskExample[];
  /** How it runs (`task-type.ts`); here so that the supervisor need not load a type's code to find out. */
  readonly execution: 'command' | 'steps' | 'inline';
  /** Whether it can say beforehand what it would change. */
  readonly preview: boolean;
  /** Whether it can undo what it did. */
  readonly rollback: boolean;
  /** Whether it can tell, after a crash, if an attempt whose outcome is unknown took effect. */
  readonly probe: boolean;
}

/** All task types by name and by alias. */
export class Catalogue {
  readonly types: readonly TaskTypeInfo[];
  readonly #byName = new Map<string, TaskTypeInfo>();

  constructor(types: readonly TaskTypeInfo[]) {
    this.types = types;
    for (const info of types) for (const name of [info.type, ...info.aliases]) this.#byName.set(name, info);
  }

  /** @param name a type or one of its aliases */
  find(name: string): TaskTypeInfo | undefined {
    return this.#byName.get(name);
  }

  /** Every name that `type:` accepts, aliases included. */
  names(): string[] {
    return [...this.#byName.keys()];
  }
}

/** The files around a workflow. Paths are relative to the workflow's root and use `/`. */
export interface WorkspaceFiles {
  kind(path: string): 'file' | 'folder' | undefined;
  /** Matching files, sorted; at most a few thousand, and none in `node_modules` or `.git`. */
  glob(pattern: string): readonly string[];
}
