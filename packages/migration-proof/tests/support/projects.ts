import { fileURLToPath } from 'node:url'

/** Tests that share their threads, so that what they import is loaded once. */
export interface Project {
  readonly name: string
  readonly include: readonly string[]
  readonly testTimeout: number
  /** What is prepared once, before all of them; the bundles, where nothing else is given. */
  readonly setup?: string
  /** Variables of the environment. */
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Threads without isolation: the tests keep no state in modules, and starting a fresh module graph for each
 * file costs several times what the tests themselves take.
 */
const shared = { pool: 'threads', isolate: false, setupFiles: [fileOf('compare-bytes.ts')] }

/** What Vitest is to run, on every processor. */
export function runProjects(projects: readonly Project[]) {
  return {
    maxWorkers: '100%',
    projects: projects.map(({ name, include, testTimeout, setup = fileOf('build-first.ts'), env = {} }) => ({
      // The package of this repository is resolved to its sources.
      resolve: { tsconfigPaths: true },
      test: {
        ...shared,
        name,
        include: [...include],
        testTimeout,
        hookTimeout: testTimeout,
        globalSetup: [setup],
        env,
      },
    })),
  }
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
