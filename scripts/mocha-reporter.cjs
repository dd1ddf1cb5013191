// Shows one line a block and every failure at once, and leaves the figures in the file that CODE_TEST_SUMMARY names, so that the
// caller (scripts/test.mjs) knows a finished run from one that died on the way.
const { writeFileSync } = require('node:fs');
const { relative } = require('node:path');

const SKIPPED = /^\s*skipped: (.*)$/;

class Summary {
  #passed = {};
  #failures = [];
  #skipped = [];
  #reason;
  #blocks = new Map();

  constructor(runner) {
    this.#watchReasons();
    runner.on('suite', (suite) => {
      this.#reason = undefined;
      if (suite.parent?.root) this.#blocks.set(suite, { started: Date.now(), passed: 0, failed: 0, skipped: 0 });
    });
    runner.on('test', () => (this.#reason = undefined));
    runner.on('pass', (test) => {
      this.#passed[fileOf(test)] = (this.#passed[fileOf(test)] ?? 0) + 1;
      this.#count(test, 'passed');
    });
    runner.on('pending', (test) => {
      this.#skipped.push({ title: test.fullTitle(), file: fileOf(test), reason: this.#reason });
      this.#count(test, 'skipped');
    });
    runner.on('fail', (test, error) => {
      const text = textOf(error);
      this.#failures.push({ title: test.fullTitle(), file: fileOf(test), text });
      this.#count(test, 'failed');
      console.log(`  ✖ ${test.fullTitle()}\n    ${fileOf(test)}\n${indent(text)}`);
    });
    runner.on('suite end', (suite) => this.#show(suite));
    runner.once('end', () => this.#keep());
  }

  /** A test says why it is skipped in a line of its own before it skips; that is the reason of what is skipped next. */
  #watchReasons() {
    const log = console.log;
    console.log = (...args) => {
      const [, reason] = SKIPPED.exec(String(args[0])) ?? [];
      if (reason === undefined) log(...args);
      else this.#reason = reason;
    };
  }

  #count(test, what) {
    let suite = test.parent;
    while (suite?.parent && !suite.parent.root) suite = suite.parent;
    const block = this.#blocks.get(suite);
    if (block) block[what] += 1;
  }

  #show(suite) {
    const block = this.#blocks.get(suite);
    if (!block) return;
    const { passed, failed, skipped, started } = block;
    const mark = failed > 0 ? '✖' : passed > 0 ? '✔' : '-';
    const figures = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`];
    console.log(
      `  ${mark} ${suite.title}: ${figures.filter(Boolean).join(', ')} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
    );
  }

  #keep() {
    const summary = { passed: this.#passed, failures: this.#failures, skipped: this.#skipped };
    if (process.env.CODE_TEST_SUMMARY) writeFileSync(process.env.CODE_TEST_SUMMARY, JSON.stringify(summary));
    // Runs only where something keeps the process alive; then it is said what.
    setTimeout(() => console.log(`  still open: ${process.getActiveResourcesInfo().join(', ')}`), 5000).unref();
  }
}

const fileOf = (test) => (test.file ? relative(process.cwd(), test.file) : '');

/** The error with what it compared, without the frames of the test runner. */
function textOf(error) {
  const stack = String(error?.stack ?? error);
  return stack
    .split('\n')
    .filter((line) => !/node_modules\/mocha|node:internal/.test(line))
    .slice(0, 40)
    .join('\n');
}

const indent = (text) => text.replace(/^/gm, '      ');

module.exports = Summary;
