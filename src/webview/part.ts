/** What the parts of the monitor have in common and may ask of the whole. */
import type { Host } from './host.ts';
import type { Store } from './store.ts';
import type { Palette } from './theme.ts';

export interface Part {
  readonly element: HTMLElement;
  /** Called once a frame at most, only while the part is shown. */
  draw(): void;
  focus(): void;
  /** Brings the selected task into sight. */
  reveal?(): void;
}

export interface Shell {
  readonly store: Store;
  readonly host: Host;
  readonly theme: { readonly palette: Palette };
  /** Draws everything in the next frame. */
  redraw(): void;
  /** Selects a task (or none) everywhere. */
  select(task: string | undefined): void;
  /** Goes to the selected task's line in the workflow. */
  openTask(): void;
  /** Says a sentence to screen readers. */
  say(sentence: string): void;
}
