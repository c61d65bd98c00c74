/** Tests of one kind, which `--project NAME` runs alone. */
export interface Tier {
  readonly name: string
  readonly include?: string
  readonly testTimeout: number
  /** For tests that start a process of their own. */
  readonly needsBuild?: true
  /** What is prepared once, before all tests of the tier. */
  readonly setup?: string
}

/**
 * Threads without isolation: the tests keep no state in modules, and starting a fresh module graph for each
 * file costs several times what the tests themselves take.
 */
const shared = { pool: 'threads', isolate: false, setupFiles: ['tests/support/compare-bytes.ts'] }

/** What Vitest is to run, on every processor. */
export function runTiers(tiers: readonly Tier[]) {
  return {
    maxWorkers: '100%',
    projects: tiers.map(({ name, include, testTimeout, needsBuild, setup }) => ({
      test: {
        ...shared,
        name,
        include: [include ?? `tests/${name}/**/*.test.ts`],
        testTimeout,
        hookTimeout: testTimeout,
        globalSetup: [...(needsBuild ? ['tests/support/build-first.ts'] : []), ...(setup ? [setup] : [])],
      },
    })),
  }
}
