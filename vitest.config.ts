import { defineConfig } from 'vitest/config'
import { runTiers } from './tests/support/tiers.ts'

/** What proves the migrations, and the harness that proves them. The commands have tests/cli/vitest.config.ts. */
export default defineConfig({
  test: runTiers([
    { name: 'upgrade', testTimeout: 20_000 },
    { name: 'property', testTimeout: 60_000 },
    { name: 'faults', testTimeout: 60_000, needsBuild: true },
    { name: 'containers', testTimeout: 180_000, setup: 'tests/containers/setup.ts' },
    { name: 'harness', testTimeout: 20_000 },
    { name: 'tidy', include: 'tests/tidy.test.ts', testTimeout: 20_000, needsBuild: true },
  ]),
})
