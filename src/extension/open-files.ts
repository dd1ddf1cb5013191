/** Files as a person sees them: an editor may hold changes that are not saved yet. */
import type * as vscodeApi from 'vscode';
import type { VsCode } from './host.ts';

/** The document of a file that is open in an editor. */
export const openDocument = ({ workspace }: VsCode, uri: vscodeApi.Uri): vscodeApi.TextDocument | undefined =>
  workspace.textDocuments.find((each) => each.uri.toString() === uri.toString());

/** Saves a file that is about to be run or previewed. @returns whether what is on the disk is what one sees */
export async function saved(vscode: VsCode, uri: vscodeApi.Uri): Promise<boolean> {
  const document = openDocument(vscode, uri);
  return document?.isDirty !== true || document.save();
}
