/** What OpenTofu and Pulumi have in common. */
import * as z from 'zod';

/** How many at once, as both take it. */
export const parallelism = (standard: number): z.ZodDefault<z.ZodInt> =>
  z.int().min(1).max(256).meta({ description: 'Resources worked on at once.' }).default(standard);

export const refresh = (standard: boolean): z.ZodDefault<z.ZodBoolean> =>
  z.boolean().meta({ description: 'Compare the state with the real world first.' }).default(standard);

/** Counts of what changed, beside every open output of the root module or stack. */
export const infrastructureOutputs = z
  .object({
    add: z.int().meta({ description: 'Resources made, those made anew among them.' }),
    change: z.int().meta({ description: 'Resources changed in place.' }),
    destroy: z.int().meta({ description: 'Resources removed, those made anew among them.' }),
    sensitive: z
      .array(z.string())
      .meta({ description: 'Names of the outputs that are secret: their values stay in the state.' }),
  })
  .catchall(z.unknown());

export type InfrastructureOutputs = z.output<typeof infrastructureOutputs>;
