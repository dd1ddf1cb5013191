// What is told of tests that failed or were skipped, from what mocha-reporter.cjs left.

/** One failure, for the end of a run. */
export function told({ title, file, text }) {
  return `  ${title}  (${file})\n${text.replace(/^/gm, '      ')}`;
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
