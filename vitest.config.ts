import { defineConfig } from 'vitest/config'
import { runProjects } from './tests/support/projects.ts'

const withoutContainers = ['upgrade', 'property', 'faults', 'harness']

/** What proves the migrations, and the harness that proves them. The commands have tests/cli/vitest.config.ts. */
export default defineConfig({
  test: runProjects([
    {
      name: 'proofs',
      include: [...withoutContainers.map((folder) => `tests/${folder}/**/*.test.ts`), 'tests/tidy.test.ts'],
      testTimeout: 60_000,
      setup: 'tests/support/build-first.ts',
    },
    {
      name: 'containers',
      include: ['tests/containers/**/*.test.ts'],
      testTimeout: 180_000,
      setup: 'tests/containers/setup.ts',
    },
  ]),
})
