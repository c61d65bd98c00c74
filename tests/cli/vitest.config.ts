import { defineConfig } from 'vitest/config'
import { runProjects } from '../support/projects.ts'

/** The commands from outside, as a person runs them: hundreds of processes, git, npm and a browser. */
export default defineConfig({
  test: runProjects([
    {
      name: 'commands',
      include: ['tests/cli/**/*.test.ts', 'tests/report/**/*.test.ts'],
      testTimeout: 60_000,
      setup: 'tests/support/build-first.ts',
    },
  ]),
})
