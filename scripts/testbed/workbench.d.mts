export interface Workbench {
  readonly root: string;
  readonly node: string;
  readonly server: string;
  readonly vsce: string;
  readonly chromium: string | undefined;
}
export function locate(): Workbench;
/** Why the workbench cannot be used as it is. */
export function missing(): string | undefined;
/** @throws with a sentence */
export function workbench(): Workbench & { readonly chromium: string };
