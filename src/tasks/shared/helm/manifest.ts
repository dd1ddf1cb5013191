/** The objects of a release: read for a diff, and shown without the values of Secrets. */
import { sha256 } from '../../../core/hash.ts';
import { canonical } from '../../../core/json.ts';
import type { Preview } from '../../../core/task-type.ts';
import { changeLines, changesBetween, essence, wholeLines } from '../kubernetes/diff.ts';
import { keyOf, nameOf, type KubeObject } from '../kubernetes/objects.ts';
import { parseManifests } from '../kubernetes/parse.ts';

/** A manifest as Helm renders it, with the data of every Secret taken out: outputs go into journals. */
export function withoutSecrets(manifest: string): string {
  return manifest
    .split(/^---\s*$/m)
    .map((part) => {
      const { manifests } = parseManifests(part, 'manifest');
      const secret = manifests.find(({ object }) => object.kind === 'Secret' && object.apiVersion === 'v1');
      if (secret === undefined) return part;
      const source = /^# Source: .*$/m.exec(part)?.[0] ?? '';
      return `\n${source}\n# ${nameOf(secret.object)}: its values are left out\n`;
    })
    .join('---');
}

/** What an upgrade would change: the objects that it renders against those of the release as it stands. */
export function previewBetween(before: string, after: string, namespace: string, chart: string): Preview {
  const [old, fresh] = [objectsOf(before, namespace), objectsOf(after, namespace)];
  const lines: string[] = [];
  const changes = { create: 0, update: 0, replace: 0, destroy: 0 };
  let same = 0;
  for (const [key, object] of fresh) {
    const previous = old.get(key);
    const changed = changeLines(changesBetween(previous, object));
    if (previous !== undefined && changed.length === 0) same += 1;
    else if (previous === undefined) {
      changes.create += 1;
      lines.push(`+ ${nameOf(object)}`, ...wholeLines(object));
    } else {
      changes.update += 1;
      lines.push(`~ ${nameOf(object)}`, ...changed);
    }
  }
  for (const [key, object] of old) {
    if (fresh.has(key)) continue;
    changes.destroy += 1;
    lines.push(`- ${nameOf(object)}`);
  }
  const rendered = [...fresh].map(([key, object]) => [key, essence(object)]);
  return {
    summary: `${changes.create} to create, ${changes.update} to change, ${changes.destroy} to delete, ${same} unchanged`,
    changes,
    text: lines.length === 0 ? 'Nothing would change.' : lines.join('\n'),
    digest: sha256(canonical({ chart, rendered, gone: [...old.keys()].filter((key) => !fresh.has(key)) })),
  };
}

/** What an uninstall would remove. */
export function previewRemoval(before: string, namespace: string): Preview {
  const objects = [...objectsOf(before, namespace).values()];
  return {
    summary: `0 to create, 0 to change, ${objects.length} to delete, 0 unchanged`,
    changes: { create: 0, update: 0, replace: 0, destroy: objects.length },
    text: objects.length === 0 ? 'Nothing would change.' : objects.map((object) => `- ${nameOf(object)}`).join('\n'),
    digest: sha256(canonical(objects.map(nameOf))),
  };
}

/** By identity. Charts leave out the namespace most times: then it is the release's. */
function objectsOf(manifest: string, namespace: string): Map<string, KubeObject> {
  const { manifests } = parseManifests(manifest, 'manifest');
  return new Map(
    manifests.map(({ object }) => {
      const placed = { ...object, metadata: { namespace, ...object.metadata } };
      return [keyOf(placed), placed];
    }),
  );
}
