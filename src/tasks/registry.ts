import * as z from 'zod';
import { sha256 } from '../core/hash.ts';
import { canonical } from '../core/json.ts';
import { ok } from '../core/result.ts';
import { defineTask, path, secret, text } from '../core/task-type.ts';
import { engineParameter, engineRequirement } from './shared/container-engine.ts';
import { contentOf, copy, login, push, remoteDigest, remove, transfersOf } from './shared/registry-transfer.ts';

const parameters = z.strictObject({
  action: z
    .enum(['push', 'copy', 'tag'])
    .meta({
      description:
        '`push` images of this machine; `copy` images from another registry; `tag` gives images of a registry more tags.',
    })
    .default('push'),
  images: z
    .array(z.union([text('An image.'), z.array(text('An image.'))]))
    .min(1)
    .transform((images) => images.flat())
    .meta({ description: 'The images. Default: those that tasks upstream have built.' }),
  to: text(
    'Registry, with namespace, to push or copy to: `registry.example.com/team`. Default: the registry in each image’s name, else `REGISTRY` of the environment.',
  ).optional(),
  tags: z.array(text('A tag.')).meta({ description: 'More tags for each image.' }).default([]),
  username: text('User of the registry. Default: the login that the machine already has.').optional(),
  password: secret('Password or token; given to the tool on standard input.').optional(),
  tls_verify: z
    .boolean()
    .meta({ description: 'Demand a trusted certificate. Off only for a registry on this machine.' })
    .default(true),
  cert_dir: path(
    'folder',
    'Folder with the registry’s authority (`*.crt`) and, where it asks for one, a client certificate.',
  ).optional(),
  engine: engineParameter.optional(),
});

export type RegistryParameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  reference: z
    .string()
    .meta({ description: 'The first image by digest: `registry/repository@sha256:…`; what a deployment should name.' }),
  references: z.array(z.string()).meta({ description: 'Each image by digest.' }),
  images: z.array(z.string()).meta({ description: 'Each image by tag, as it lies in the registry.' }),
  digest: z.string().meta({ description: 'Digest of the first image in the registry.' }),
  previous: z
    .record(z.string(), z.string())
    .meta({ description: 'What each tag pointed to before; empty where it is new. Rolling back needs it.' }),
});

/** Brings images to a registry with the engine that built them, and between registries with Skopeo. */
export const registry = defineTask({
  type: 'registry',
  aliases: ['push', 'skopeo'],
  category: 'images',
  systems: ['OCI registries'],
  summary: 'Push, copy or tag images in a registry, and get their references by digest.',
  docs: 'https://github.com/containers/skopeo/blob/main/docs/skopeo-copy.1.md',
  licence: 'Apache-2.0',
  class: 'io',
  requires: [
    engineRequirement,
    {
      anyOf: ['skopeo'],
      // `--digestfile` came with it.
      version: '>=1.0.0',
      probe: ['--version'],
      licence: 'Apache-2.0',
      optional: true,
      install: {
        debian: 'apt-get install skopeo',
        macos: 'brew install skopeo',
        any: 'https://github.com/containers/skopeo/blob/main/install.md',
      },
    },
  ],
  needs: (p) => (p.action === 'push' ? [] : ['skopeo']),
  parameters,
  outputs,
  conventions: [
    { parameter: 'images', from: 'upstream', types: ['docker'], output: 'images', many: true, required: true },
  ],
  examples: [
    {
      title: 'Push what was built',
      with: { to: 'registry.example.com/team', username: 'ci', password: '${{ secrets.REGISTRY_PASSWORD }}' },
    },
    {
      title: 'Promote an image without building it again',
      with: { action: 'tag', images: ['registry.example.com/team/shop:1.4.0-rc1'], tags: ['1.4.0', 'stable'] },
    },
  ],
  execution: {
    kind: 'steps',
    async run(p, context) {
      const transfers = transfersOf(p, context.env);
      if (!transfers.ok) return transfers;
      const access = await login(p, context, transfers.value);
      if (!access.ok) return access;
      const previous: Record<string, string> = {};
      const digests: string[] = [];
      for (const transfer of transfers.value) {
        previous[transfer.to] = (await remoteDigest(context, access.value, transfer.to)) ?? '';
        const digest =
          p.action === 'push'
            ? await push(context, access.value, transfer)
            : await copy(context, access.value, transfer);
        if (!digest.ok) return digest;
        digests.push(digest.value);
        context.log(`${transfer.to} is ${digest.value}`);
      }
      const references = [
        ...new Set(transfers.value.map((transfer, n) => `${transfer.repository}@${digests[n] ?? ''}`)),
      ];
      return ok({
        reference: references[0] ?? '',
        references,
        images: transfers.value.map((t) => t.to),
        digest: digests[0] ?? '',
        previous,
      });
    },
  },
  async preview(p, context) {
    const transfers = transfersOf(p, context.env);
    if (!transfers.ok) return transfers;
    const access = await login(p, context, transfers.value);
    if (!access.ok) return access;
    const states = await Promise.all(
      transfers.value.map(async (transfer) => ({
        transfer,
        content: await contentOf(context, access.value, p.action, transfer),
        before: await remoteDigest(context, access.value, transfer.to),
      })),
    );
    const create = states.filter((s) => s.before === undefined).length;
    const update = states.length - create;
    return ok({
      summary: `${create} new tags, ${update} tags to move`,
      changes: { create, update, replace: 0, destroy: 0 },
      text: states
        .map(
          ({ transfer, before }) =>
            `${before === undefined ? '+' : '~'} ${transfer.to}${before === undefined ? '' : ` (now ${before})`} <- ${transfer.from}`,
        )
        .join('\n'),
      digest: `sha256:${sha256(canonical(states))}`,
    });
  },
  /** Points each tag to what it pointed to before, and takes away those that were new. */
  async rollback(p, before, context) {
    const transfers = transfersOf(p, context.env);
    if (!transfers.ok) return transfers;
    const access = await login(p, context, transfers.value);
    if (!access.ok) return access;
    for (const transfer of transfers.value.filter(({ to }) => before.previous?.[to] !== undefined)) {
      const digest = before.previous?.[transfer.to] ?? '';
      const undone =
        digest === ''
          ? await remove(context, access.value, transfer)
          : await copy(context, access.value, { ...transfer, from: `${transfer.repository}@${digest}` });
      if (!undone.ok) return undone;
    }
    return ok(undefined);
  },
});
