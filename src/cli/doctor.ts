/** The checks of `doctor`, as data: the same for the command line and for a window. */
import type { Catalogue, ToolRequirement } from '../core/catalogue.ts';
import { findTools, type ToolStatus } from '../platform/tools.ts';
import { environmentChecks } from './doctor-environment.ts';
import type { DoctorCheck } from '../run/protocol.ts';

/** Every tool that a task type of the catalogue can use, and what else of the environment counts; all asked side by side. */
export async function doctorChecks(
  catalogue: Catalogue,
  env: Readonly<Record<string, string | undefined>>,
  cwd = process.cwd(),
): Promise<DoctorCheck[]> {
  const tools = new Map<string, ToolRequirement>();
  for (const info of catalogue.types)
    for (const tool of info.tools) tools.set(idOf(tool), merged(tools.get(idOf(tool)), tool));
  // The Node that runs this stands at the top.
  tools.delete('node');
  const list = [...tools.values()];
  const [statuses, environment] = await Promise.all([findTools(list, { env }), environmentChecks(env, cwd)]);
  return [
    { id: 'node', status: 'ok', version: process.versions.node, group: 'tool' },
    ...statuses.map((status, at) => checkOf(list[at]?.anyOf[0] ?? '', status)),
    ...environment,
  ];
}

const idOf = (tool: ToolRequirement): string => tool.anyOf[0] ?? '';

/** Two task types may ask for one tool: the version of the one that asks for one, and every program that either would take. */
function merged(a: ToolRequirement | undefined, b: ToolRequirement): ToolRequirement {
  if (a === undefined) return b;
  const stricter = a.version !== undefined || b.version === undefined ? a : b;
  return { ...stricter, anyOf: [...new Set([...a.anyOf, ...b.anyOf])] };
}

function checkOf(id: string, status: ToolStatus): DoctorCheck {
  switch (status.status) {
    case 'ok':
      return {
        id,
        status: 'ok',
        group: 'tool',
        ...(status.version === undefined ? {} : { version: status.version }),
        ...(status.program === id ? {} : { hint: `${status.program} stands in for it.` }),
      };
    case 'outdated':
      return { id, status: 'outdated', group: 'tool', version: status.version, hint: status.hint };
    case 'missing':
    case 'broken':
      return { id, status: status.status, group: 'tool', hint: status.hint };
  }
}
