import { defineCommand } from 'citty'
import { configArgument } from './config-file.ts'
import { formatArguments } from './output/format.ts'
import { timingArgument } from './output/timing.ts'

export const gateCommand = defineCommand({
  meta: {
    name: 'gate',
    description:
      'Check whether a change is safe to release. It compares the history with the ledger and with a base, runs ' +
      'every proof once, and names for each problem where it is, why it matters and how to fix it. A problem that ' +
      'the base has too is shown, and does not count against the change.',
    examples: [
      { call: 'gate --base origin/main', does: 'check a branch against the one that it goes into' },
      { call: 'gate --history', does: 'compare the history and fixtures alone, in seconds' },
      {
        call: 'gate --base v1.2.0 --full --output-dir gate-results',
        does: 'try everything against a release, and write the results to a folder',
      },
    ],
  },
  args: {
    base: {
      type: 'string',
      valueHint: 'ref',
      description:
        'the branch, tag or commit to compare with, such as origin/main; the ledger alone without it',
    },
    full: {
      type: 'boolean',
      description: 'try every mutant and break every upgrade, instead of what changed and the newest file',
    },
    history: {
      type: 'boolean',
      description: 'compare the history, fixtures and versions only: takes seconds, and proves no upgrade',
    },
    'output-dir': {
      type: 'string',
      valueHint: 'folder',
      description: 'where to write results.json, gate.sarif, junit.xml, summary.md and report.html',
    },
    timing: {
      ...timingArgument,
      description:
        'say at the end where the time went; the JSON has the times of all parts and checks anyway',
    },
    config: configArgument,
    ...formatArguments,
  },
  // The help must not need what only a run needs, such as fast-check.
  run: async ({ args }) => (await import('./gate/run.ts')).runGate(args),
})
