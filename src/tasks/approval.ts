import * as z from 'zod';
import { ok } from '../core/result.ts';
import { defineTask, text } from '../core/task-type.ts';
import { refuse } from './shared/tool.ts';

/** A person's yes as a task of its own: what depends on it goes on once somebody has agreed. */
export const approval = defineTask({
  type: 'approval',
  aliases: ['manual', 'confirm'],
  category: 'glue',
  systems: ['Approval'],
  summary: 'Ask a person; go on when they agree, end the run when they do not.',
  licence: 'Apache-2.0',
  class: 'io',
  parameters: z.strictObject({
    message: text('The question. Default: whether the workflow may go on.').optional(),
    details: z.string().meta({ description: 'More to read before one decides; Markdown.' }).optional(),
  }),
  outputs: z.strictObject({
    approved: z.literal(true).meta({ description: 'True: a refusal fails the task.' }),
    by: z.string().meta({ description: 'Who agreed.' }),
    comment: z.string().meta({ description: 'What they said with it.' }),
  }),
  examples: [{ title: 'Ask before production', with: { message: 'Deploy to production?' } }],
  execution: {
    kind: 'inline',
    async run(p, context) {
      const message = p.message ?? `May ${context.workflow} go on after ${context.task}?`;
      const answer = await context.approve({ message, ...(p.details === undefined ? {} : { details: p.details }) });
      const said = answer.comment === undefined || answer.comment === '' ? '' : `: ${answer.comment}`;
      if (!answer.approved) {
        return refuse('denied', `${answer.by} said no${said}.`, {
          next: 'Change what they objected to, and run again.',
        });
      }
      context.log(`approved by ${answer.by}${said}`);
      return ok({ approved: true as const, by: answer.by, comment: answer.comment ?? '' });
    },
  },
});
