/** Tests that share their threads, so that what they import is loaded once. */
export interface Project {
  readonly name: string
  readonly include: readonly string[]
  readonly testTimeout: number
  /** What is prepared once, before all of them. */
  readonly setup: string
}

/**
 * Threads without isolation: the tests keep no state in modules, and starting a fresh module graph for each
 * file costs several times what the tests themselves take.
 */
const shared = { pool: 'threads', isolate: false, setupFiles: ['tests/support/compare-bytes.ts'] }

/** What Vitest is to run, on every processor. */
export function runProjects(projects: readonly Project[]) {
  return {
    maxWorkers: '100%',
    projects: projects.map(({ name, include, testTimeout, setup }) => ({
      test: {
        ...shared,
        name,
        include: [...include],
        testTimeout,
        hookTimeout: testTimeout,
        globalSetup: [setup],
      },
    })),
  }
}
