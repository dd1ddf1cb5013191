/** One service of a system, and the places where it is spoken of. */
import type { Process } from '../../catalogue/processes.ts';
import type { Entity } from '../model.ts';

export interface Part {
  readonly entity: Entity;
  /** The words that mean it, in lower case. */
  readonly words: string[];
  /** Somebody's own program, not a component of the catalogue. */
  readonly own: boolean;
  /** A further process of this part's image. */
  readonly of?: Part | undefined;
  readonly process?: Process | undefined;
  /** Whose it alone is: "users and orders each have their own Postgres". */
  readonly owner?: Part | undefined;
  /** It is there already, under this host. */
  readonly at?: string;
  /** Others of its kind, of which the same is said. */
  readonly twins?: readonly Part[];
}

/** Where a part is spoken of. Offsets are those of the description. */
export interface Spoken {
  readonly part: Part;
  readonly start: number;
  readonly end: number;
  /** Up to here, behind its bracket or its image, every word is about it. */
  readonly until: number;
  /** Where its image stands. */
  readonly image?: { readonly start: number; readonly end: number };
  readonly fresh: boolean;
}

/** Databases, caches and queues: what programs use, not what people reach. */
export const isStore = (part: Part): boolean => ['database', 'cache', 'queue'].includes(part.entity.app?.role ?? '');
