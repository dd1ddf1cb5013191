// What is told of tests that failed or were skipped, from what mocha-reporter.cjs left.

/** One failure, for the end of a run. */
export function told({ title, file, text }) {
  return `  ${title}  (${file})\n${text.replace(/^/gm, '      ')}`;
}

/** More failures than this are a fault of the change, not of a machine that was slow for a moment. */
const MOST_AGAIN = 5;

/**
 * The files that are to run once more, alone: in CI those of a few failed tests. What then passes counts as passed and is named with
 * what it said the first time, so that an unsteady test is seen and mended, and holds nothing else up.
 */
export function filesAgain({ failures }) {
  if (!process.env.CI || failures.length > MOST_AGAIN) return [];
  return [...new Set(failures.map((failure) => failure.file))].filter(Boolean);
}

/** What both runs amount to, and the failures that did not come again. */
export function merged(first, second, files) {
  const still = new Set(second.failures.map((failure) => failure.title));
  const elsewhere = ({ file }) => !files.includes(file);
  return {
    unsteady: first.failures.filter((failure) => !still.has(failure.title)),
    summary: {
      passed: { ...first.passed, ...Object.fromEntries(files.map((file) => [file, 0])), ...second.passed },
      failures: [...first.failures.filter(elsewhere), ...second.failures],
      skipped: [...first.skipped.filter(elsewhere), ...second.skipped],
    },
  };
}

/** Prints the failures of tests that passed when they ran once more. */
export function showUnsteady(unsteady) {
  if (unsteady.length === 0) return;
  console.log('\nPassed only when they ran once more (to be mended):');
  for (const failure of unsteady) console.log(told(failure));
}

/** Prints why tests were skipped, the commonest reason first; those that gave none by name. */
export function showSkipped(skipped) {
  for (const [why, titles] of reasons(skipped)) {
    console.log(`  ${titles.length} test${titles.length === 1 ? '' : 's'}: ${why}`);
    if (why === 'no reason given') for (const title of titles) console.log(`    ${title}`);
  }
}

function reasons(skipped) {
  const byReason = new Map();
  for (const { title, reason = 'no reason given' } of skipped)
    byReason.set(reason, [...(byReason.get(reason) ?? []), title]);
  return [...byReason].sort((a, b) => b[1].length - a[1].length);
}
