/** What a workflow asks of the person who runs it: declared under `inputs`, given with `--input` or in a dialog. */
import type { Json } from './json.ts';

export interface InputDefinition {
  readonly type: 'string' | 'number' | 'boolean';
  readonly default?: Json;
  readonly description?: string;
  /** One of these values. */
  readonly options?: readonly Json[];
}
