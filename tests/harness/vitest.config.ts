import { defineConfig } from 'vitest/config'
import { runProjects } from '../support/projects.ts'

/** The harness itself, and its commands from outside, as a person runs them: processes, git, npm and a browser. */
export default defineConfig({
  test: runProjects([
    {
      name: 'harness',
      include: ['harness', 'cli', 'report', 'torture'].map((folder) => `tests/${folder}/**/*.test.ts`),
      testTimeout: 60_000,
      setup: 'tests/support/build-first.ts',
    },
  ]),
})
