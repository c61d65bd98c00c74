/** The folder of `src`; run.mjs runs one after the other. */
const folder = process.env.MUTATED_FOLDER ?? 'migrator'

/** One folder of the harness, judged by its own tests. */
export default {
  mutate: process.env.MUTATED_FILES?.split(',') ?? [
    `packages/migration-proof/src/${folder}/**/*.ts`,
    // A folder of its own, with tests of its own.
    ...(folder === 'checks'
      ? ['packages/migration-proof/src/proof/**/*.ts', '!packages/migration-proof/src/checks/rows/**']
      : []),
  ],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'packages/migration-proof/tools/mutate-harness/vitest.config.ts', related: false },
  concurrency: 1,
  coverageAnalysis: 'perTest',
  // Code that runs only while a module is loaded cannot be mutated in a thread that stays.
  ignoreStatic: true,
  // The first mutant in a new thread waits until every module is loaded.
  timeoutMS: 30_000,
  ignorePatterns: [
    '.stryker-tmp',
    'dist',
    'packages/migration-proof/bench',
    'docs',
    'containers',
    'crash-images',
    'reports',
  ],
  tempDirName: `.stryker-tmp/${folder}`,
  tsconfigFile: 'not-rewritten.json',
  cleanTempDir: 'always',
  reporters: ['clear-text', 'progress-append-only', 'html', 'json'],
  clearTextReporter: { logTests: false, reportTests: false },
  htmlReporter: { fileName: `reports/mutation/${folder}.html` },
  jsonReporter: { fileName: `reports/mutation/${folder}.json` },
  thresholds: { high: 95, low: 90, break: 85 },
}
