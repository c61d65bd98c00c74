import { defineConfig } from 'vitest/config'
import { runTiers } from '../support/tiers.ts'

/** The commands from outside, as a person runs them: hundreds of processes, git, npm and a browser. */
export default defineConfig({
  test: runTiers([
    { name: 'cli', testTimeout: 60_000, needsBuild: true },
    { name: 'report', testTimeout: 60_000, needsBuild: true },
  ]),
})
