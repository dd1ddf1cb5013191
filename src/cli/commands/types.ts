/** `code-engine types`: the task types, or one of them with its parameters. */
import type { JsonSchema, TaskTypeInfo } from '../../core/catalogue.ts';
import { failure } from '../../core/failure.ts';
import { isObject } from '../../core/json.ts';
import { nearest } from '../../language/suggest.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { command, fail, runAction } from '../command.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { pad, paint, plain, row, widthOf } from '../render/style.ts';

interface Options {
  readonly json?: true;
}

export const types: CommandFunction = (args, io) => {
  const made = command('types', 'List the task types, or show one with its parameters.', io)
    .argument('[type]', 'a task type or an alias')
    .option('--json', 'as data, parameters as JSON Schema');
  return runAction(made, args, io, ([name], options: Options) => show(name, options, io));
};

async function show(name: string | undefined, options: Options, io: Io): Promise<number> {
  const info = name === undefined ? undefined : catalogue.find(name);
  if (name !== undefined && info === undefined) {
    const meant = nearest(name, catalogue.names());
    return fail(
      io,
      failure('usage', `There is no task type ${name}.`, {
        next: meant === undefined ? 'code-engine types lists them all.' : `Did you mean ${meant}?`,
      }),
    );
  }
  const chosen = info === undefined ? catalogue.types : [info];
  if (options.json === true) io.out.write(`${JSON.stringify(chosen, null, 2)}\n`);
  else io.out.write(info === undefined ? table(io) : page(info, io));
  await io.out.drained();
  return EXIT.held;
}

const CATEGORIES: Readonly<Record<TaskTypeInfo['category'], string>> = {
  glue: 'Glue',
  orchestration: 'Orchestration',
  infrastructure: 'Infrastructure',
  delivery: 'Delivery and CI',
  images: 'Images',
  observability: 'Observability',
  security: 'Security',
  mesh: 'Service mesh',
  ai: 'AI',
};

function table(io: Io): string {
  const width = Math.max(...catalogue.types.map(({ type }) => widthOf(type)));
  const lines: string[] = [];
  for (const [category, title] of Object.entries(CATEGORIES)) {
    const types = catalogue.types.filter((info) => info.category === category);
    if (types.length === 0) continue;
    lines.push(...(lines.length === 0 ? [] : ['']), paint(io, 'bold', title));
    for (const { type, aliases, summary } of types) {
      const also = aliases.length === 0 ? '' : ` (${aliases.join(', ')})`;
      lines.push(row(io, `  ${pad(type, width)}  `, plain(io, `${summary}${also}`)));
    }
  }
  return `${lines.join('\n')}\n\n${paint(io, 'dim', 'code-engine types TYPE shows the parameters of one.')}\n`;
}

function page(info: TaskTypeInfo, io: Io): string {
  const rows: string[] = [row(io, `${info.type}  `, info.summary).replace(info.type, paint(io, 'bold', info.type)), ''];
  const fact = (name: string, value: string): void => {
    if (value !== '') rows.push(`${paint(io, 'dim', pad(name, 10))} ${value}`);
  };
  fact('aliases', info.aliases.join(', '));
  fact('drives', `${info.systems.join(', ')} (${info.licence})`);
  fact(
    'tools',
    info.tools
      .map(
        ({ anyOf, version, optional }) =>
          `${anyOf.join(' or ')}${version === undefined ? '' : ` ${version}`}${optional === true ? ' (where asked for)' : ''}`,
      )
      .join('; '),
  );
  fact('class', info.class);
  fact(
    'can',
    [info.preview ? 'preview' : '', info.rollback ? 'roll back' : ''].filter((word) => word !== '').join(', '),
  );
  fact('docs', info.docs ?? '');
  rows.push('', paint(io, 'bold', 'Parameters'), ...propertyRows(info.parameters, io, info));
  rows.push('', paint(io, 'bold', 'Outputs'), ...propertyRows(info.outputs, io));
  for (const example of info.examples)
    rows.push('', paint(io, 'bold', example.title), ...yamlOf(info.type, example.with));
  return `${rows.join('\n')}\n`;
}

function propertyRows(schema: JsonSchema, io: Io, info?: TaskTypeInfo): string[] {
  const properties = isObject(schema.properties) ? (schema.properties as Record<string, JsonSchema>) : {};
  const required = Array.isArray(schema.required) ? (schema.required as string[]) : [];
  const entries = Object.entries(properties);
  if (entries.length === 0) return ['  none'];
  const width = Math.max(...entries.map(([name]) => widthOf(name)));
  return entries.map(([name, property]) => {
    const notes = [typeWord(property), ...noteOf(name, property, required, info)]
      .filter((note) => note !== '')
      .join('; ');
    const description = plain(io, typeof property.description === 'string' ? property.description : '');
    return row(io, `  ${pad(name, width)}  `, `${description}${description === '' ? '' : ' '}[${plain(io, notes)}]`);
  });
}

function noteOf(
  name: string,
  property: JsonSchema,
  required: readonly string[],
  info: TaskTypeInfo | undefined,
): string[] {
  const notes: string[] = [];
  const convention = info?.conventions.find(({ parameter }) => parameter === name);
  if (info !== undefined && required.includes(name) && convention === undefined && !('default' in property))
    notes.push('required');
  if ('default' in property) notes.push(`default ${JSON.stringify(property.default)}`);
  if (convention?.from === 'files') notes.push(`found: ${convention.globs.join(', ')}`);
  if (convention?.from === 'workflow') notes.push('default: the workflow’s name');
  if (convention?.from === 'upstream') notes.push(`from ${convention.types.join(', ')} upstream`);
  return notes;
}

function typeWord(property: JsonSchema): string {
  if (Array.isArray(property.enum)) return property.enum.map((value) => String(value)).join('|');
  const options = Array.isArray(property.anyOf) ? (property.anyOf as JsonSchema[]) : undefined;
  if (options !== undefined) return options.map(typeWord).join(' or ');
  if (property.type === 'array') return `list of ${isObject(property.items) ? typeWord(property.items) : 'values'}`;
  if ('const' in property) return JSON.stringify(property.const);
  return typeof property.type === 'string'
    ? property.type
    : Array.isArray(property.type)
      ? property.type.join(' or ')
      : 'any';
}

/** JSON is YAML: values are shown in flow style, keys in block style. A secret that is asked for has to be declared, too. */
function yamlOf(type: string, parameters: JsonSchema): string[] {
  const entries = Object.entries(parameters);
  const secrets = [...JSON.stringify(parameters).matchAll(/\bsecrets\.([A-Za-z_]\w*)/g)].map(([, name = '']) => name);
  const declared =
    secrets.length === 0 ? [] : [`secrets: [${[...new Set(secrets)].join(', ')}] # at the top of the file`];
  const lines = [...declared, '  - task: example', `    type: ${type}`];
  if (entries.length > 0)
    lines.push('    with:', ...entries.map(([key, value]) => `      ${key}: ${JSON.stringify(value)}`));
  return lines;
}
