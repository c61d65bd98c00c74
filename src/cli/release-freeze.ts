import { defineCommand } from 'citty'
import { suiteArgument } from './load-suite.ts'

export const releaseFreezeCommand = defineCommand({
  meta: {
    name: 'release:freeze',
    description:
      'Freeze what the release of this version of the package needs: the reviewed golden schema, the snapshot ' +
      'of the version that people hold, their ledger, and the entry in CHANGELOG.md. Nothing that is frozen ' +
      'changes, and a second run does nothing.',
  },
  args: {
    check: { type: 'boolean', description: 'change nothing, and tell what is missing' },
    date: { type: 'string', valueHint: 'day', description: 'the day of the release, instead of today (UTC)' },
    suite: suiteArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }) => (await import('./release-freeze/run.ts')).runReleaseFreeze(args),
})
