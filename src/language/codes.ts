/** Every diagnostic's code: its severity and what a person should know about it. `docs/diagnostics.md` is generated from this table. */
import type { Severity } from '../core/diagnostic.ts';

export interface CodeInfo {
  readonly severity: Severity;
  /** A short name for lists. */
  readonly title: string;
  /** What is wrong and what to do about it. */
  readonly about: string;
}

const code = (severity: Severity, title: string, about: string): CodeInfo => ({ severity, title, about });

export const CODES = {
  CODE001: code(
    'error',
    'YAML syntax',
    'The text is not YAML. What follows is read on as well as it goes, so that other faults show too.',
  ),
  CODE002: code('error', 'Not a workflow', 'A workflow is a mapping with the key `parallel_deployment`.'),
  CODE003: code(
    'error',
    'Unknown key',
    'The key is none of the language; a key of your own begins with `x-` and stands at the top level.',
  ),
  CODE004: code('error', 'Missing key', 'A key that must be there is not: a task needs `task` and `type`.'),
  CODE005: code('error', 'Duplicate key', 'A mapping has the same key twice; only one of the two values could count.'),
  CODE006: code(
    'error',
    'Wrong kind of value',
    'The value is of a kind that the key does not take: a list for a text, a text for a number.',
  ),
  CODE007: code(
    'error',
    'Bad name',
    'Names begin with a letter or `_`, go on with letters, digits, `_` and `-`, and have at most 63 characters.',
  ),
  CODE008: code('error', 'Value out of range', 'The value is of the right kind, but not one that the key allows.'),
  CODE010: code(
    'error',
    'Duplicate task',
    'Two tasks have one name. Names are unique in the whole file, `finally` included.',
  ),
  CODE011: code('error', 'Duplicate stage', 'Two stages have one name.'),
  CODE012: code('error', 'Unknown task type', 'There is no such type; `code-engine types` lists them all.'),
  CODE013: code('error', 'Unknown dependency', '`depends_on` names a task that is not in the file.'),
  CODE014: code('error', 'Depends on itself', 'A task waits for itself and could never start.'),
  CODE015: code(
    'error',
    'Depends on a later stage',
    'Stages run in the order of the file, so the task would wait for one that waits for it.',
  ),
  CODE016: code(
    'error',
    'Circle of dependencies',
    'Tasks wait for each other in a circle, so none of them can start. Each member is marked.',
  ),
  CODE017: code(
    'hint',
    'Redundant dependency',
    'The order is the same without it: the stages, or another dependency, say it already.',
  ),
  CODE018: code(
    'error',
    'Dependency across finally',
    'Tasks of `finally` run after all others; only they may depend on each other.',
  ),
  CODE019: code('warning', 'Empty stage', 'A stage without tasks does nothing.'),
  CODE020: code(
    'warning',
    'Task that never runs',
    'No run can reach the task: its condition is always false, its matrix is empty, or it needs what such a task gives.',
  ),
  CODE021: code(
    'warning',
    'Stages out of order',
    'Stages run in the order of the file, not of the numbers in their names.',
  ),
  CODE022: code(
    'information',
    'Barrier that costs time',
    'Tasks wait for the whole stage before although what they depend on is done earlier; `schedule: graph` lets them start then.',
  ),
  CODE023: code('error', 'No tasks', 'A workflow needs at least one stage with one task.'),
  CODE030: code('error', 'Bad duration', 'A duration is a number with a unit: `500ms`, `30s`, `5m`, `1h30m`.'),
  CODE031: code('hint', 'Duration without a unit', 'A bare number counts as seconds; the unit makes that plain.'),
  CODE032: code(
    'error',
    'Parameter of the wrong type',
    'The value under `with` is of a kind that the parameter does not take.',
  ),
  CODE033: code(
    'error',
    'Unknown parameter',
    'The task type has no parameter of that name; `code-engine types TYPE` lists them.',
  ),
  CODE034: code('error', 'Missing parameter', 'The task type needs a parameter that is not given and has no default.'),
  CODE035: code(
    'error',
    'Parameter out of range',
    'The value is of the right kind, but not one that the parameter allows.',
  ),
  CODE040: code(
    'error',
    'Expression that does not parse',
    'What stands in `${{ }}` is no expression of the Common Expression Language.',
  ),
  CODE041: code('error', 'Unknown name in an expression', 'The expression names something that does not exist.'),
  CODE042: code(
    'error',
    'Unknown function or wrong types',
    'The expression calls a function that does not exist, or with values that it does not take.',
  ),
  CODE043: code(
    'error',
    'Output of a task that is not upstream',
    'The task whose output is read may not have run yet: depend on it, or move it to an earlier stage.',
  ),
  CODE044: code('error', 'Undeclared secret', 'Secrets that are used are named under `secrets:`.'),
  CODE045: code('error', 'Undeclared input', 'Inputs that are used are declared under `inputs:`.'),
  CODE046: code(
    'error',
    'Unknown output',
    'The task has no output of that name: neither its type nor its own `outputs` give one.',
  ),
  CODE047: code(
    'warning',
    'Environment variable not set here',
    'Neither the workflow nor the task sets the variable; it must come from the environment of the run.',
  ),
  CODE050: code(
    'error',
    'Secret in the file',
    'A secret’s value stands in the file, where everyone who can read it can take it. Declare its name and use `${{ secrets.NAME }}`.',
  ),
  CODE051: code(
    'warning',
    'Perhaps a secret in the file',
    'The name says that the value is a secret, and it is written out.',
  ),
  CODE060: code(
    'warning',
    'File or folder not there',
    'The path leads nowhere, seen from the folder that the workflow starts in.',
  ),
  CODE061: code(
    'warning',
    'Windows path on Linux',
    'The task runs on Linux, where a drive letter and backslashes mean nothing.',
  ),
  CODE062: code(
    'warning',
    'Workspace on a Windows drive',
    'Files under `/mnt/c` are slow from inside WSL; a folder in the Linux file system is many times faster.',
  ),
  CODE063: code(
    'warning',
    'Tool not installed',
    'The task type drives a program that is not there where the task will run.',
  ),
  CODE064: code(
    'warning',
    'Tool that is not open source',
    'The tool’s licence is not an open-source one from this version on; an open tool does the same.',
  ),
  CODE065: code(
    'warning',
    'Nothing to work on',
    'The task gives no parameter, and none of the conventional files and folders is there.',
  ),
  CODE070: code('error', 'Aliases that multiply', 'Aliases of aliases grow beyond all measure when they are followed.'),
  CODE071: code('error', 'Unknown alias', 'There is no anchor of that name before this place.'),
  CODE072: code('error', 'Nested too deeply', 'The file is nested deeper than any workflow needs.'),
  CODE073: code('error', 'Not a text file', 'The file holds bytes that are no text.'),
  CODE074: code('error', 'More than one document', 'A file is one workflow; what follows `---` is not read.'),
  CODE080: code(
    'error',
    'Input not given',
    'The input has no default, so a run needs a value for it: `--input name=value`.',
  ),
  CODE081: code(
    'error',
    'Input that does not fit',
    'The value given for an input is not of its type, is none of its options, or no such input is declared.',
  ),
} as const satisfies Readonly<Record<string, CodeInfo>>;

export type Code = keyof typeof CODES;

/** The page of the reference. */
export function codesPage(): string {
  const rows = Object.entries<CodeInfo>(CODES).map(
    ([name, info]) => `| \`${name}\` | ${info.severity} | ${info.title} | ${info.about} |`,
  );
  return `# Diagnostics

Every fault, risk and piece of advice that \`code-engine validate\` and the editor show has a code that never changes its meaning.
Errors are faults of the file itself and stop a run before anything starts. Warnings are about its surroundings, or about what is
likely not meant; information and hints are advice. \`# code-ignore CODE017\` on the line, or on the line before, silences a code
there (several codes with commas; without a code, all of them).

| code | severity | what | about |
|---|---|---|---|
${rows.join('\n')}
`;
}
