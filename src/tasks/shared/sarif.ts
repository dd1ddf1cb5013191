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
  /** Count from 1, in UTF-16 code units; the end is the first that does not belong to it. Only where the scanner says more than a line. */
  readonly columns?: readonly [number, number];
  /** A page about the rule. */
  readonly help?: string;
  /** What the rule is about, in the scanner's own words. */
  readonly explanation?: string;
  /** The program that said it. */
  readonly tool?: string;
  /** It is about a credential: two scanners that speak of one line mean the same. */
  readonly secret?: boolean;
}

const words = z.looseObject({ text: z.string().optional(), markdown: z.string().optional() });
const level = z.enum(['none', 'note', 'warning', 'error']);
const rule = z.looseObject({
  id: z.string(),
  shortDescription: words.optional(),
  fullDescription: words.optional(),
  help: words.optional(),
  helpUri: z.string().optional(),
  defaultConfiguration: z.looseObject({ level: level.optional() }).optional(),
  properties: z
    .looseObject({ 'security-severity': z.coerce.number().optional(), tags: z.array(z.string()).optional() })
    .optional(),
});
const place = z.looseObject({
  physicalLocation: z
    .looseObject({
      artifactLocation: z.looseObject({ uri: z.string().optional() }).optional(),
      region: z
        .looseObject({
          startLine: z.int().optional(),
          startColumn: z.int().optional(),
          endLine: z.int().optional(),
          endColumn: z.int().optional(),
        })
        .optional(),
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
        .map((one) => ({ ...findingOf(one, rules.get(one.ruleId)), tool: run.tool.driver.name }));
    }),
  );
}

function findingOf(one: z.output<typeof result>, about: z.output<typeof rule> | undefined): Finding {
  const physical = one.locations[0]?.physicalLocation;
  const file = physical?.artifactLocation?.uri;
  const region = physical?.region;
  const line = region?.startLine;
  const columns = columnsOf(region);
  const explanation = about?.help?.text ?? about?.fullDescription?.text;
  return {
    rule: one.ruleId,
    severity: severityOf(
      about?.properties?.['security-severity'],
      one.level ?? about?.defaultConfiguration?.level ?? 'warning',
    ),
    message: messageOf(one.message.text ?? '', about?.shortDescription?.text ?? one.ruleId),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(columns === undefined ? {} : { columns }),
    ...(about?.helpUri === undefined ? {} : { help: about.helpUri }),
    ...(explanation === undefined || explanation === '' ? {} : { explanation }),
    ...(about?.properties?.tags?.includes('secret') === true ? { secret: true } : {}),
  };
}

type Region = NonNullable<NonNullable<z.output<typeof place>['physicalLocation']>['region']>;

/** Of a place within one line; scanners that know only lines write 1 to 1. */
function columnsOf(region: Region | undefined): [number, number] | undefined {
  const { startLine, startColumn, endLine = startLine, endColumn } = region ?? {};
  if (startColumn === undefined || endColumn === undefined || endLine !== startLine) return undefined;
  return endColumn > startColumn ? [startColumn, endColumn] : undefined;
}

/** The score is CVSS-like, as GitHub reads it too; where there is none, or 0 for "not scored", the level decides. */
function severityOf(score: number | undefined, wanted: z.output<typeof level>): Severity {
  if (score !== undefined && score > 0)
    return score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low';
  switch (wanted) {
    case 'error':
      return 'high';
    case 'warning':
      return 'medium';
    case 'note':
    case 'none':
      return 'note';
  }
}

/** One line. Trivy writes a small table instead, whose telling row depends on what it found. */
function messageOf(said: string, short: string): string {
  const row = (name: string): string | undefined => new RegExp(`^${name}: (.+)$`, 'm').exec(said)?.[1];
  const message = row('Message');
  if (message !== undefined) return message;
  const name = row('Package');
  if (name === undefined) return /^Artifact: /.test(said) || said === '' ? firstLine(short) : firstLine(said);
  const fixed = row('Fixed Version');
  return `${firstLine(short)} (${name} ${row('Installed Version') ?? ''}${fixed === undefined ? '' : `, mended in ${fixed}`})`;
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
/** SARIF's level for a severity. */
export const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  note: 'note',
};

const regionOf = ({ line, columns }: Finding): object =>
  line === undefined
    ? {}
    : {
        region: {
          startLine: line,
          ...(columns === undefined ? {} : { startColumn: columns[0], endColumn: columns[1] }),
        },
      };

/** A SARIF log of findings that a tool told in another form. */
export function sarifOf(tool: string, findings: readonly Finding[]): Sarif {
  const rules = [...new Map(findings.map((one) => [one.rule, one])).values()].map((one) => ({
    id: one.rule,
    shortDescription: { text: one.message },
    ...(one.explanation === undefined ? {} : { help: { text: one.explanation } }),
    ...(one.help === undefined ? {} : { helpUri: one.help }),
    properties: { 'security-severity': SCORES[one.severity], ...(one.secret === true ? { tags: ['secret'] } : {}) },
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
                ...regionOf(one),
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
