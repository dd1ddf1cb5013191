/** What frameworks run beside the web process, from the same image. */

export interface Process {
  /** What people write, as a regular expression without anchors. */
  readonly names: string;
  /** The framework that it belongs to, as a regular expression over the whole description; any where there is none. */
  readonly of?: string;
  readonly command: readonly string[];
  /** Two of them would do everything twice. */
  readonly single?: boolean;
}

export const PROCESSES: readonly Process[] = [
  { names: 'sidekiq(?: workers?)?', command: ['bundle', 'exec', 'sidekiq'] },
  { names: 'good[ _-]?job(?: workers?)?', command: ['bundle', 'exec', 'good_job', 'start'] },
  { names: 'resque(?: workers?)?', command: ['bundle', 'exec', 'rake', 'resque:work'] },
  { names: 'solid[ _-]?queue(?: workers?)?', command: ['bundle', 'exec', 'rake', 'solid_queue:start'] },
  { names: 'celery[ -]beat(?: scheduler)?|beat scheduler', command: ['celery', '-A', 'app', 'beat'], single: true },
  { names: 'celery(?:[ -]workers?)?', of: String.raw`\b(?:django|flask|fast ?api|python|same image|worker)\b`, command: ['celery', '-A', 'app', 'worker'] },
  { names: 'rq[ -]workers?', command: ['rq', 'worker'] },
  { names: 'dramatiq(?: workers?)?', command: ['dramatiq', 'app'] },
  { names: '(?:laravel )?horizon', of: String.raw`\blaravel\b`, command: ['php', 'artisan', 'horizon'] },
  { names: '(?:laravel )?(?:queue|queues)(?: |-)workers?', of: String.raw`\b(?:laravel|artisan)\b`, command: ['php', 'artisan', 'queue:work'] },
  { names: '(?:laravel )?(?:task )?scheduler', of: String.raw`\b(?:laravel|artisan)\b`, command: ['php', 'artisan', 'schedule:work'], single: true },
]; // prettier-ignore
