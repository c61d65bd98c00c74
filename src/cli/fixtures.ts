import { defineCommand } from 'citty'
import { checkFixtures } from '../harness/snapshots/check.ts'
import type { FixtureError } from '../harness/snapshots/errors.ts'
import { type FreezeReport, freezeMissing } from '../harness/snapshots/freeze.ts'
import { UsageError } from './errors.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { loadSuite, suiteArgument } from './load-suite.ts'
import { renderFixtureCheck, renderFreeze } from './output/fixtures.ts'
import { printJson } from './output/json.ts'
import { print } from './output/print.ts'
import { styleFor } from './output/style.ts'

export const fixturesCommand = defineCommand({
  meta: {
    name: 'fixtures',
    description:
      'Freeze what is missing of the snapshots, golden schemas and their ledger, and never change what is frozen. ' +
      'What has no text yet is drafted: read it, delete its first lines, and run this again.',
  },
  args: {
    check: { type: 'boolean', description: 'change nothing; build all again and compare it with the ledger' },
    'accept-drafts': { type: 'boolean', description: 'take every draft as read and freeze it' },
    'rewrite-history': {
      type: 'string',
      valueHint: 'name',
      description: 'freeze this one anew, as v7 or snapshots/v7, although people may hold such files',
    },
    suite: suiteArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }) => {
    const suite = await loadSuite(args.suite)
    if (args.check) {
      refuseWithCheck('accept-drafts', args['accept-drafts'])
      refuseWithCheck('rewrite-history', args['rewrite-history'])
      const report = checkFixtures(suite)
      if (args.json) printJson({ checked: report.checked, failures: report.failures.map(describe) })
      else print(renderFixtureCheck(report, styleFor(process.stdout)))
      return exitCodeOf(report.failures)
    }
    const rewriteHistory = args['rewrite-history']
    const report = freezeMissing(suite, {
      acceptDrafts: args['accept-drafts'] === true,
      ...(rewriteHistory === undefined ? {} : { rewriteHistory }),
    })
    if (args.json) printJson({ ...report, failures: report.failures.map(describe) })
    else print(renderFreeze(report, styleFor(process.stdout)))
    return exitCodeOf(report.failures)
  },
})

function refuseWithCheck(option: string, value: unknown) {
  if (value === undefined || value === false) return
  throw new UsageError({
    where: `--${option}`,
    expected: 'no --check beside it, which changes nothing',
    actual: 'both',
    remedy: 'leave one of them out',
  })
}

function describe({ fixture, message, diagnosis }: FixtureError) {
  return { fixture, message, ...diagnosis }
}

function exitCodeOf(failures: FreezeReport['failures']): ExitCode {
  return failures.length === 0 ? exitCodes.proven : exitCodes.notProven
}
