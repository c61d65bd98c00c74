import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { runProjects } from './tests/support/projects.ts'

/** The package itself, and its commands from outside, as a person runs them: processes, git, npm and a browser. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: runProjects([
    {
      name: 'migration-proof',
      include: ['packages/migration-proof/tests/**/*.test.ts'],
      testTimeout: 60_000,
    },
  ]),
})
