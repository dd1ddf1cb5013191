/** The Kubernetes API's own description: every field of every built-in kind with its type. */
import schema from '../evaluate/generated/k8s-schema.json' with { type: 'json' };

interface Schema {
  readonly version: string;
  /** Model names by `apiVersion/kind`. */
  readonly kinds: Readonly<Record<string, string>>;
  /** Types by model and field; `!` ends the type of a field that must be there. */
  readonly models: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export const { kinds, models } = schema as unknown as Schema;
