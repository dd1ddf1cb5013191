/**
 * What scanners found (Trivy, Checkov, OPA, ZAP, Falco, our own search for secrets), at places that an editor can show. A scanner task keeps its
 * SARIF file in its state folder, also when it fails by what it found; these are read off it on demand (`findings/read` of
 * `protocol.ts`) and stand from the task's `task.finished` event on.
 */
import { oneOf, optional, range, shape, text, type Check } from '../core/check.ts';
import type { Range } from '../core/diagnostic.ts';

/** Worst first. */
export const FINDING_SEVERITIES = ['critical', 'high', 'medium', 'low', 'note'] as const;
export type FindingSeverity = (typeof FINDING_SEVERITIES)[number];

export interface RunFinding {
  /** The task that found it. */
  readonly task: string;
  /** The program that said it: `Trivy`, `checkov`, `opa`. */
  readonly tool: string;
  /** The rule, by the scanner's own name: `CKV_AWS_20`. */
  readonly rule: string;
  readonly severity: FindingSeverity;
  /** SARIF's level, which is also that of a diagnostic: critical and high are errors. */
  readonly level: 'error' | 'warning' | 'note';
  /** One line. */
  readonly message: string;
  /**
   * Absolute path of the user's own file. What is about none (a package inside an image, a page behind a URL) is shown at the task's
   * line in the workflow file, and `about` says what it is about.
   */
  readonly file: string;
  /** Zero-based, in UTF-16 code units: the place in its line, or the line without its indentation. */
  readonly range: Range;
  readonly about?: string;
  /** It is about a credential. */
  readonly secret?: true;
  /** A page about the rule: the link of the diagnostic's code. */
  readonly helpUri?: string;
  /** What the rule is about and how to mend it, as the scanner explains it. */
  readonly help?: string;
}

/** What `secure` knows of a scanner before it runs. */
export interface ScannerInfo {
  /** The task of the run, or of what would have run: `checkov`, `trivy`, `vulnerabilities`, `secrets`, `opa`. */
  readonly scanner: string;
  /** `unfit`: nothing in the folder is for it. */
  readonly status: 'ready' | 'missing' | 'unfit';
  /** How to get it, or what it would look at. */
  readonly hint?: string;
}

export const findingCheck: Check<RunFinding> = shape({
  task: text,
  tool: text,
  rule: text,
  severity: oneOf(...FINDING_SEVERITIES),
  level: oneOf('error', 'warning', 'note'),
  message: text,
  file: text,
  range,
  about: optional(text),
  helpUri: optional(text),
  help: optional(text),
});

export const scannerCheck: Check<ScannerInfo> = shape({
  scanner: text,
  status: oneOf('ready', 'missing', 'unfit'),
  hint: optional(text),
});
