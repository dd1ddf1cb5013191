/** Findings of scanners in the one format that all of them can write. https://docs.oasis-open.org/sarif/sarif/v2.1.0/ */
import * as z from 'zod';
import { failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';

/** Worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'note'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** As the scanner names it: relative to what it scanned, or inside an image. */
  readonly file?: string;
  /** Counts from 1. */
  readonly line?: number;
  /** A page or a text about the rule. */
  readonly help?: string;
}

const words = z.looseObject({ text: z.string().optional(), markdown: z.string().optional() });
const level = z.enum(['none', 'note', 'warning', 'error']);
const rule = z.looseObject({
  id: z.string(),
  shortDescription: words.optional(),
  helpUri: z.string().optional(),
  defaultConfiguration: z.looseObject({ level: level.optional() }).optional(),
  properties: z.looseObject({ 'security-severity': z.coerce.number().optional() }).optional(),
});
const place = z.looseObject({
  physicalLocation: z
    .looseObject({
      artifactLocation: z.looseObject({ uri: z.string().optional() }).optional(),
      region: z.looseObject({ startLine: z.int().optional() }).optional(),
    })
    .optional(),
});
const result = z.looseObject({
  ruleId: z.string().default('unknown'),
  level: level.optional(),
  message: words,
  locations: z.array(place).default([]),
  suppressions: z.array(z.unknown()).optional(),
});

export const sarif = z.looseObject({
  version: z.string(),
  runs: z.array(
    z.looseObject({
      tool: z.looseObject({ driver: z.looseObject({ name: z.string(), rules: z.array(rule).default([]) }) }),
      results: z.array(result).nullish(),
    }),
  ),
});

export type Sarif = z.output<typeof sarif>;

/** Reads a SARIF log; what the user has suppressed in the source is left out. */
export function findingsOf(json: unknown): Result<Finding[]> {
  const log = sarif.safeParse(json);
  if (!log.success) {
    return err(
      failure('tool', 'The scanner wrote a report that is not SARIF 2.1.', {
        detail: z.prettifyError(log.error).slice(0, 1000),
      }),
    );
  }
  return ok(
    log.data.runs.flatMap((run) => {
      const rules = new Map(run.tool.driver.rules.map((one) => [one.id, one]));
      return (run.results ?? [])
        .filter((one) => (one.suppressions ?? []).length === 0)
        .map((one) => findingOf(one, rules.get(one.ruleId)));
    }),
  );
}

function findingOf(one: z.output<typeof result>, about: z.output<typeof rule> | undefined): Finding {
  const physical = one.locations[0]?.physicalLocation;
  const file = physical?.artifactLocation?.uri;
  const line = physical?.region?.startLine;
  return {
    rule: one.ruleId,
    severity: severityOf(
      about?.properties?.['security-severity'],
      one.level ?? about?.defaultConfiguration?.level ?? 'warning',
    ),
    message: firstLine(one.message.text ?? about?.shortDescription?.text ?? one.ruleId),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(about?.helpUri === undefined ? {} : { help: about.helpUri }),
  };
}

/** The score is CVSS-like, as GitHub reads it too; without one the level decides. */
function severityOf(score: number | undefined, wanted: z.output<typeof level>): Severity {
  if (score !== undefined && score > 0)
    return score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low';
  switch (wanted) {
    case 'error':
      return 'high';
    case 'warning':
      return 'medium';
    case 'note':
      return 'low';
    case 'none':
      return 'note';
  }
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

export type Counts = Readonly<Record<Severity, number>>;

export function countBySeverity(findings: readonly Finding[]): Counts {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, note: 0 };
  for (const finding of findings) counts[finding.severity]++;
  return counts;
}

const SCORES: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
  note: '0.0',
};
const LEVELS: Readonly<Record<Severity, string>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  note: 'note',
};

/** A SARIF log of findings that a tool told in another form. */
export function sarifOf(tool: string, findings: readonly Finding[]): Sarif {
  const rules = [...new Map(findings.map((one) => [one.rule, one])).values()].map((one) => ({
    id: one.rule,
    shortDescription: { text: one.message },
    ...(one.help === undefined ? {} : { helpUri: one.help }),
    properties: { 'security-severity': SCORES[one.severity] },
  }));
  const results = findings.map((one) => ({
    ruleId: one.rule,
    level: LEVELS[one.severity],
    message: { text: one.message },
    locations:
      one.file === undefined
        ? []
        : [
            {
              physicalLocation: {
                artifactLocation: { uri: one.file },
                ...(one.line === undefined ? {} : { region: { startLine: one.line } }),
              },
            },
          ],
  }));
  return sarif.parse({
    version: '2.1.0',
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    runs: [{ tool: { driver: { name: tool, rules } }, results }],
  });
}
