/** Which languages a workspace is written in, by its files: the one with most of them first. */

export interface LanguageShare {
  /** Lower case, as the seed's `primaryLanguage`: `typescript`. */
  readonly id: string;
  /** For people: `TypeScript`. */
  readonly name: string;
  readonly files: number;
}

const LANGUAGES: readonly (readonly [RegExp, string])[] = [
  [/\.[cm]?tsx?$/, 'TypeScript'],
  [/\.[cm]?jsx?$/, 'JavaScript'],
  [/\.py$/, 'Python'],
  [/\.go$/, 'Go'],
  [/\.rs$/, 'Rust'],
  [/\.java$/, 'Java'],
  [/\.kts?$/, 'Kotlin'],
  [/\.scala$/, 'Scala'],
  [/\.rb$/, 'Ruby'],
  [/\.php$/, 'PHP'],
  [/\.cs$/, 'C#'],
  [/\.fs$/, 'F#'],
  [/\.(?:c|h)$/, 'C'],
  [/\.(?:cc|cpp|cxx|hpp)$/, 'C++'],
  [/\.swift$/, 'Swift'],
  [/\.dart$/, 'Dart'],
  [/\.exs?$/, 'Elixir'],
  [/\.(?:sh|bash)$/, 'Shell'],
  [/\.ps1$/, 'PowerShell'],
  [/\.tf$/, 'HCL'],
  [/\.sql$/, 'SQL'],
];

/** Said of a workspace that holds little else; a script beside an application does not make it a project of scripts. */
const HELPERS: ReadonlySet<string> = new Set(['Shell', 'PowerShell', 'SQL', 'HCL']);

export function languagesOf(files: readonly string[]): LanguageShare[] {
  const counts = new Map<string, number>();
  for (const file of files) {
    const name = LANGUAGES.find(([pattern]) => pattern.test(file))?.[1];
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .map(([name, count]): LanguageShare => ({ id: idOf(name), name, files: count }))
    .sort(
      (a, b) =>
        Number(HELPERS.has(a.name)) - Number(HELPERS.has(b.name)) || b.files - a.files || a.name.localeCompare(b.name),
    );
}

const idOf = (name: string): string => name.toLowerCase().replace('#', 'sharp').replaceAll('+', 'p');
