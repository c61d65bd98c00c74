import { defineConfig } from 'vitest/config'
import { runProjects } from './packages/migration-proof/tests/support/projects.ts'

/** What proves the migrations. The harness that they are proven with has packages/migration-proof/vitest.config.ts. */
export default defineConfig({
  test: runProjects([
    {
      name: 'migrations',
      include: [
        ...['upgrade', 'property', 'faults'].map((folder) => `tests/${folder}/**/*.test.ts`),
        'tests/tidy.test.ts',
      ],
      testTimeout: 60_000,
    },
    {
      name: 'commands',
      include: ['tests/cli/**/*.test.ts'],
      // One of them packs and installs both packages.
      testTimeout: 120_000,
    },
    {
      name: 'containers',
      include: ['tests/containers/**/*.test.ts'],
      testTimeout: 180_000,
      setup: 'tests/containers/setup.ts',
    },
  ]),
})
