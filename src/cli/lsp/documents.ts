/** The YAML files that the editor has open, each kept as a document that takes its edits one by one. */
import type { Catalogue } from '../../core/catalogue.ts';
import { keyNamed } from '../../language/assembly.ts';
import { WorkflowDocument, type Change, type ReadOptions } from '../../language/document.ts';
import { isWorkflowFile } from '../../language/read.ts';
import type { Libraries } from '../../language/libraries.ts';

/**
 * What is known about the place of a file: its root, the files around it, the target, the tools, how long its tasks took.
 * @param workflow the name that the text gives, under which earlier runs are kept
 */
export type Around = (path: string, workflow: string | undefined) => Omit<ReadOptions, 'path' | 'catalogue'>;

export interface OpenDocument {
  readonly uri: string;
  readonly path: string;
  readonly document: WorkflowDocument;
  version: number;
}

export interface Opened {
  readonly uri: string;
  readonly path: string;
  readonly version: number;
  readonly text: string;
}

export class Documents {
  readonly #open = new Map<string, OpenDocument>();
  readonly #catalogue: Catalogue;
  readonly #libraries: Libraries;
  readonly #around: Around;

  constructor(catalogue: Catalogue, libraries: Libraries, around: Around) {
    this.#catalogue = catalogue;
    this.#libraries = libraries;
    this.#around = around;
  }

  open({ uri, path, version, text }: Opened): OpenDocument {
    const options = { path, catalogue: this.#catalogue, ...this.#around(path, nameIn(text)) };
    const opened = { uri, path, version, document: new WorkflowDocument(text, options, this.#libraries) };
    this.#open.set(uri, opened);
    return opened;
  }

  change(uri: string, version: number, changes: readonly Change[]): void {
    const opened = this.#open.get(uri);
    if (opened === undefined) return;
    opened.document.update(changes);
    opened.version = version;
  }

  close(uri: string): void {
    this.#open.delete(uri);
  }

  /** Any file that is open, a workflow or not. */
  opened(uri: string): OpenDocument | undefined {
    return this.#open.get(uri);
  }

  /** A file that is open and, as it stands, a workflow. */
  get(uri: string): OpenDocument | undefined {
    const opened = this.#open.get(uri);
    return opened !== undefined && isWorkflow(opened) ? opened : undefined;
  }

  get all(): readonly OpenDocument[] {
    return [...this.#open.values()];
  }

  /** The surroundings changed. */
  refresh(): void {
    for (const { document, path } of this.#open.values()) document.refresh(this.#around(path, nameIn(document.text)));
  }
}

/** By its name and place; any other YAML file by its top-level key, which may come and go while it is written. */
export const isWorkflow = (opened: OpenDocument): boolean =>
  seemsWorkflow(opened) &&
  (isWorkflowFile(opened.path, '') || keyNamed(opened.document.assembly, 'parallel_deployment') !== undefined);

/** The same by the text alone, before it is read. */
export const seemsWorkflow = ({ path, document }: OpenDocument): boolean =>
  isWorkflowFile(path, '') || isWorkflowFile(path, document.text);

/** Read off the text, since the whole would have to be read again once the durations are known. */
const nameIn = (text: string): string | undefined => {
  const match = /^name[ \t]*:[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"'#&*!|>][^\n#]*))/m.exec(text);
  return (match?.[1] ?? match?.[2] ?? match?.[3])?.trim();
};
