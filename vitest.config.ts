import { defineConfig } from 'vitest/config'

/**
 * Threads without isolation: the tests keep no state in modules, and starting a fresh module graph for each
 * file costs several times what the tests themselves take.
 */
const shared = { pool: 'threads', isolate: false, setupFiles: ['tests/support/compare-bytes.ts'] }

interface Tier {
  readonly name: string
  readonly include?: string
  readonly testTimeout: number
  /** For tests that start a process of their own. */
  readonly needsBuild?: true
  /** What is prepared once, before all tests of the tier. */
  readonly setup?: string
}

const tiers: readonly Tier[] = [
  { name: 'upgrade', testTimeout: 20_000 },
  { name: 'property', testTimeout: 60_000 },
  { name: 'faults', testTimeout: 60_000, needsBuild: true },
  { name: 'containers', testTimeout: 180_000, setup: 'tests/containers/setup.ts' },
  { name: 'harness', testTimeout: 20_000 },
  { name: 'cli', testTimeout: 60_000, needsBuild: true },
  { name: 'report', testTimeout: 60_000, needsBuild: true },
  { name: 'tidy', include: 'tests/tidy.test.ts', testTimeout: 20_000, needsBuild: true },
]

export default defineConfig({
  test: {
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
  },
})
