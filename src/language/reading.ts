/** What one block gives: the things it declares, and what is wrong with it on its own. */
import type { TaskTypeInfo } from '../core/catalogue.ts';
import type { PlacedTask } from './assembly.ts';
import type { Anchors } from './expand.ts';
import type { MapNode, Node } from './node.ts';
import type { Finding, Span } from './report.ts';
import type { Use } from './uses.ts';

/** A word and where it stands in the block. */
export interface Word extends Span {
  readonly value: string;
}

export interface TaskFacts extends Span {
  readonly kind: 'task';
  /** The whole task without aliases; `undefined` where it is no mapping. */
  readonly node: MapNode | undefined;
  readonly name: Word | undefined;
  readonly type: Word | undefined;
  readonly info: TaskTypeInfo | undefined;
  readonly dependsOn: readonly Word[];
  /** `depends_on` is a list in brackets or dashes, as opposed to a single name. */
  readonly dependsOnList: boolean;
  readonly uses: readonly Use[];
  readonly timeoutMs: number | undefined;
  readonly matrix: boolean;
  /** The task can never run on its own account: `when: false`, an empty matrix. */
  readonly never: (Span & { readonly reason: string }) | undefined;
  /** Names under `outputs`. */
  readonly outputs: readonly string[];
  /** Names under `env`. */
  readonly env: readonly string[];
  /** Where it stands; set when the file is put together. */
  placed: PlacedTask | undefined;
}

/** A top-level key. */
export interface KeyItem {
  readonly kind: 'key';
  readonly name: string;
  readonly at: Span;
  readonly value: Node;
  readonly uses: readonly Use[];
}

export interface StageItem {
  readonly kind: 'stage';
  readonly name: string;
  readonly at: Span;
  /** Its value is something else than a list of tasks, which was told already. */
  readonly odd: boolean;
}

export type Item = TaskFacts | KeyItem | StageItem;

export interface BlockReading {
  readonly items: readonly Item[];
  readonly findings: readonly Finding[];
  /** All anchors known after the block, where it sets any. */
  readonly anchors: Anchors | undefined;
  /** What was read depends on the anchors above. */
  readonly aliases: boolean;
  /** The anchors above that it was read with. */
  readonly above: Anchors;
  /** What was read depends on what stands around the file: on other files, on tools. */
  readonly asks: boolean;
}
