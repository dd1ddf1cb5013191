import assert from 'node:assert/strict';
import { isObject } from '../../src/core/json.ts';
import { infoOf } from '../../src/core/task-type.ts';
import { loaders } from '../../src/tasks/index.ts';

const types = await Promise.all(Object.entries(loaders).map(async ([name, load]) => ({ name, type: await load() })));

describe('the definitions of the task types', () => {
  for (const { name, type } of types) {
    describe(name, () => {
      const info = infoOf(type);
      const properties = isObject(info.parameters.properties) ? info.parameters.properties : {};

      it('is listed under its own name, with words about itself', () => {
        assert.equal(type.type, name);
        assert.match(type.summary, /^[A-Z].{10,140}\.$/);
        assert.ok(type.licence.length > 2);
        // What needs no program and no server drives no system.
        assert.ok(type.systems.length > 0 || type.requires.length === 0);
        if (type.category !== 'glue' && type.systems.length > 0) assert.match(type.docs ?? '', /^https:\/\//);
      });

      it('describes each of its parameters', () => {
        for (const [parameter, schema] of Object.entries(properties)) {
          assert.ok(
            isObject(schema) && typeof schema.description === 'string' && schema.description.length > 4,
            parameter,
          );
        }
      });

      it('has conventions only for parameters that it has', () => {
        for (const convention of type.conventions) assert.ok(convention.parameter in properties, convention.parameter);
      });

      it('has examples that its own schema takes', () => {
        assert.ok(type.examples.length > 0);
        for (const example of type.examples) {
          assert.ok(example.title.length > 4);
          const filled = {
            ...placeholders(
              type.conventions.filter((c) => !(c.parameter in example.with)),
              properties,
            ),
            ...example.with,
          };
          const parsed = type.parameters.safeParse(filled);
          assert.ok(parsed.success, `${example.title}: ${parsed.error?.message ?? ''}`);
        }
      });

      it('says how to get each tool that it needs', () => {
        for (const tool of type.requires) {
          assert.ok(tool.anyOf.length > 0 && tool.probe.length > 0 && tool.licence !== '');
          assert.ok((tool.install.any ?? tool.install.debian ?? '') !== '', tool.anyOf.join());
        }
      });
    });
  }

  it('give every name and alias to one type only', () => {
    const names = types.flatMap(({ type }) => [type.type, ...type.aliases]);
    assert.deepEqual(names, [...new Set(names)]);
  });
});

/** What a convention would fill in: any text, or a list of one. */
function placeholders(
  conventions: readonly { readonly parameter: string; readonly from: string }[],
  properties: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    conventions.map(({ parameter }) => {
      const schema = properties[parameter];
      const list =
        isObject(schema) &&
        (schema.type === 'array' ||
          (Array.isArray(schema.anyOf) && !schema.anyOf.some((s) => isObject(s) && s.type === 'string')));
      return [parameter, list ? ['something'] : 'something'];
    }),
  );
}
