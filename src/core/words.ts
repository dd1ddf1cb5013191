/**
 * Words for people, in the language of who reads them: `t` of a text as it stands in the source gives its translation. The bundle is
 * `l10n/bundle.l10n.LANGUAGE.json`, the same for the extension and for its pages (`npm run generate` writes the one to translate from).
 * The command line gives none: it speaks English.
 */

/** Translations by the English text, `{0}`, `{1}`, … stand for what is put in. */
export type Words = Readonly<Record<string, string>>;

let words: Words = {};

/** Called once, by what puts the program together, before anything is shown. */
export function useWords(bundle: Words): void {
  words = bundle;
}

/** @param message a text in the source, never one that is put together: `scripts/l10n.ts` collects them */
export function t(message: string, ...values: readonly (string | number)[]): string {
  const text = Object.hasOwn(words, message) ? (words[message] ?? message) : message;
  return values.length === 0
    ? text
    : text.replace(/\{(\d+)\}/g, (hole, at: string) => String(values[Number(at)] ?? hole));
}
