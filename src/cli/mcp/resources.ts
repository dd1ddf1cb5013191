/** What a model can read up: the task types, each with its parameters, and how a workflow is written. */
import { ResourceTemplate, type McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { failure, FailureError } from '../../core/failure.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { workflowGuide } from './guide.ts';

const json = (uri: URL, value: unknown): { contents: { uri: string; mimeType: string; text: string }[] } => ({
  contents: [{ uri: uri.href, mimeType: 'application/json', text: JSON.stringify(value, null, 1) }],
});

export function addResources(server: McpServer): void {
  server.registerResource(
    'types',
    'code-engine://types',
    { title: 'Task types', description: 'All task types in one line each.', mimeType: 'application/json' },
    (uri) =>
      json(
        uri,
        catalogue.types.map(({ type, aliases, summary, category }) => ({ type, aliases, summary, category })),
      ),
  );
  server.registerResource(
    'type',
    new ResourceTemplate('code-engine://types/{type}', {
      list: () => ({
        resources: catalogue.types.map(({ type, summary }) => ({
          uri: `code-engine://types/${type}`,
          name: type,
          description: summary,
          mimeType: 'application/json',
        })),
      }),
      complete: { type: (typed) => catalogue.types.map(({ type }) => type).filter((type) => type.startsWith(typed)) },
    }),
    {
      title: 'A task type',
      description: 'Parameters as JSON Schema, outputs, examples, tools.',
      mimeType: 'application/json',
    },
    (uri, { type }) => {
      const info = catalogue.find(String(type));
      if (info === undefined) throw new FailureError(failure('usage', `There is no task type ${String(type)}.`));
      return json(uri, info);
    },
  );
  server.registerResource(
    'workflow',
    'code-engine://docs/workflow',
    {
      title: 'How a workflow is written',
      description: 'Keys, order, conditions, expressions, examples.',
      mimeType: 'text/markdown',
    },
    (uri) => ({ contents: [{ uri: uri.href, mimeType: 'text/markdown', text: workflowGuide() }] }),
  );
}
