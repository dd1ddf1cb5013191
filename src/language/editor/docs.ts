/** Documentation as Markdown, for hover and for the margin of completion: all of it comes from the definitions. */
import type { Convention, JsonSchema, TaskTypeInfo, ToolRequirement } from '../../core/catalogue.ts';
import { formatDuration } from '../../core/duration.ts';
import { isObject } from '../../core/json.ts';
import type { PlacedTask } from '../assembly.ts';
import { CODES, type Code } from '../codes.ts';
import { find, textOf } from '../node.ts';
import { listOf } from '../suggest.ts';
import { kindsOf, propertiesOf, valuesOf } from './schemas.ts';

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

export function typeDocs(info: TaskTypeInfo, alias?: string): string {
  const name =
    alias === undefined || alias === info.type ? `**${info.type}**` : `**${alias}**, which is \`${info.type}\``;
  const parameters = Object.keys(propertiesOf(info.parameters));
  const can = [info.preview ? 'can preview' : '', info.rollback ? 'can roll back' : ''].filter(Boolean).join(', ');
  const lines = [
    `${name} (${info.systems.join(', ')})`,
    info.summary,
    info.tools.length === 0 ? '' : `Needs ${info.tools.map(toolText).join('; ')}.`,
    `Licence ${info.licence}; class \`${info.class}\`${can === '' ? '' : `; ${can}`}.`,
    parameters.length === 0
      ? ''
      : `Parameters: ${listOf(
          parameters.map((each) => `\`${each}\``),
          40,
        )}.`,
    info.docs === undefined ? '' : `[Documentation of the tool](${info.docs})`,
  ];
  return lines.filter((line) => line !== '').join('\n\n');
}

function toolText(tool: ToolRequirement): string {
  const each = Object.entries(tool.versions ?? {}).map(([program, range]) => `${program} ${range}`);
  const version = tool.version === undefined ? (each.length === 0 ? '' : ` (${each.join(', ')})`) : ` ${tool.version}`;
  return `${tool.anyOf.map((name) => `\`${name}\``).join(' or ')}${version} (${tool.licence}${tool.optional === true ? ', only where the parameters ask for it' : ''})`;
}

/** What a key takes and means. @param resolved the value that a convention gives it here */
export function keyDocs(
  name: string,
  schemas: readonly JsonSchema[],
  convention?: Convention,
  resolved?: string,
): string {
  const described = schemas.find(({ description }) => typeof description === 'string');
  const kinds = [
    ...new Set(schemas.flatMap((schema) => (schema['x-duration'] === true ? ['duration'] : kindsOf(schema)))),
  ];
  const values = [...new Set(schemas.flatMap(valuesOf))].filter((value) => value !== 'true' && value !== 'false');
  const fallback = schemas.find((schema) => schema.default !== undefined)?.default;
  const examples = schemas.find((schema) => Array.isArray(schema.examples))?.examples as readonly unknown[] | undefined;
  const lines = [
    `**${name}**${kinds.length === 0 ? '' : `: ${kinds.join(' or ')}`}`,
    typeof described?.description === 'string' ? described.description : '',
    values.length === 0 ? '' : `One of ${values.map((value) => `\`${value}\``).join(', ')}.`,
    fallback === undefined || isEmptyCollection(fallback) ? '' : `Default: \`${shown(fallback)}\`.`,
    convention === undefined ? '' : conventionText(convention, resolved),
    examples === undefined ? '' : `For example ${examples.map((each) => `\`${shown(each)}\``).join(', ')}.`,
  ];
  return lines.filter((line) => line !== '').join('\n\n');
}

const isEmptyCollection = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;

function conventionText(convention: Convention, resolved: string | undefined): string {
  const here = resolved === undefined ? '' : ` Here: \`${resolved}\`.`;
  switch (convention.from) {
    case 'workflow':
      return `Where it is not given, the workflow’s name.${here}`;
    case 'files':
      return `Where it is not given, the first of ${listOf(
        convention.globs.map((glob) => `\`${glob}\``),
        12,
      )} that is there.${here === '' ? ' Here there is none.' : here}`;
    case 'upstream':
      return `Where it is not given, the output \`${convention.output}\` of a task upstream of type ${listOf(convention.types)}.${here}`;
  }
}

export function codeDocs(code: string): string | undefined {
  const info = Object.hasOwn(CODES, code) ? CODES[code as Code] : undefined;
  return info === undefined ? undefined : `**${code}** ${info.title}\n\n${info.about}`;
}

/** A task as others see it. */
export function taskDocs({ item }: PlacedTask, stage: string, lastMs?: number): string {
  const description = item.node === undefined ? undefined : find(item.node, 'description')?.value;
  const needs = item.dependsOn.map(({ value }) => `\`${value}\``);
  const lines = [
    `**${item.name?.value ?? 'a task'}**: ${item.type?.value ?? 'no type yet'}, in \`${stage}\``,
    description?.kind === 'scalar' ? textOf(description) : '',
    needs.length === 0 ? '' : `Depends on ${listOf(needs, 20)}.`,
    lastMs === undefined ? '' : `Takes ${formatDuration(lastMs)} (median of earlier runs).`,
  ];
  return lines.filter((line) => line !== '').join('\n\n');
}
