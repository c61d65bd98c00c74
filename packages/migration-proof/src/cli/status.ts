import { defineCommand } from 'citty'
import { countOf, formatCount } from '../count.ts'
import { howToRun } from '../how-to-run.ts'
import { latestVersionOf } from '../migrator/plan.ts'
import type { Problem } from '../problem.ts'
import { latestFormat } from '../snapshots/ledger.ts'
import { type FixtureState, readStatus, type Status } from '../snapshots/status.ts'
import { configArgument, findConfigFile } from './config-file.ts'
import { exitCodes } from './errors.ts'
import { loadConfig } from './load-config.ts'
import { problemsOfFixtures } from './output/fixtures.ts'
import { print, printJson } from './output/print.ts'
import { printable } from './output/printable.ts'
import { renderProblems } from './output/problem.ts'
import { type Style, styleFor } from './output/style.ts'
import { findUnfinished } from './unfinished.ts'

export const statusCommand = defineCommand({
  meta: {
    name: 'status',
    description:
      'Show in a second which fixtures are frozen, which are drafts that wait for review, and which are pending. ' +
      'Migrations and fixtures that differ from the ledger are listed. No snapshot is built: `freeze --check` does ' +
      'that, and compares the rows too.',
    examples: [
      { call: 'status', does: 'show the state of the fixtures of the config' },
      { call: 'status --json', does: 'print the state of each fixture, for a script or a build' },
    ],
  },
  args: {
    config: configArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }) => {
    const configFile = findConfigFile(args.config)
    const suite = await loadConfig(configFile)
    const status = readStatus(suite)
    const { ledgerFormat, unfrozenVersions, fixtures } = status
    const differences = problemsOfFixtures(suite, status.failures)
    const unfinished = findUnfinished(suite, configFile)
    const problems = [...unfinished, ...differences]
    const isFrozen = problems.length === 0 && fixtures.every(({ state }) => state === 'frozen')
    if (args.json) {
      printJson({
        suite: suite.name,
        outcome: isFrozen ? 'frozen' : 'pending',
        latestVersion: latestVersionOf(suite.plan),
        ledgerFormat,
        unfrozenVersions,
        fixtures,
        problems,
      })
    } else print(renderStatus(status, differences, unfinished, styleFor(process.stdout)))
    return isFrozen ? exitCodes.proven : exitCodes.notProven
  },
})

/** The numbers of frozen fixtures, and a line for each one that is not frozen. */
function renderStatus(
  { ledgerFormat, unfrozen, fixtures }: Status,
  differences: readonly Problem[],
  unfinished: readonly Problem[],
  style: Style,
): string {
  const inState = (state: FixtureState) => fixtures.filter((one) => one.state === state)
  const frozenOf = (kind: string) =>
    inState('frozen').filter(({ fixture }) => fixture.startsWith(`${kind}/`)).length
  const hasBase = inState('frozen').some(({ fixture }) => fixture === 'base')
  const frozen = [
    ...(hasBase ? ['the base'] : []),
    countOf(frozenOf('migrations'), 'migration'),
    countOf(frozenOf('schemas'), 'golden schema'),
    `the rows of ${countOf(frozenOf('rows'), 'snapshot')}`,
    countOf(frozenOf('snapshots'), 'snapshot'),
  ]
  const waiting = (['draft', 'pending'] as const).flatMap((state) =>
    inState(state).map(
      ({ fixture, next }) => `${style('yellow', '?')} ${state.padEnd(8)}  ${printable(fixture)}: ${next}`,
    ),
  )
  const problems = [...unfinished, ...differences]
  const wrong = problems.length === 0 ? [] : [renderProblems(problems, style)]
  const drafts = inState('draft').length
  const pending = inState('pending').length
  const counts = [
    ...(drafts === 0 ? [] : [`${countOf(drafts, 'draft')} wait${drafts === 1 ? 's' : ''} for review`]),
    ...(pending === 0 ? [] : [`${formatCount(pending)} pending`]),
    ...(unfinished.length === 0 ? [] : [`${formatCount(unfinished.length)} unfinished`]),
    ...(differences.length === 0
      ? []
      : [`${formatCount(differences.length)} differ${differences.length === 1 ? 's' : ''} from the ledger`]),
  ]
  const versions = printable(unfrozen.join(', '))
  const verb = unfrozen.length === 1 ? 'is' : 'are'
  const summary =
    counts.length === 0
      ? `${style('green', '✓')} Nothing is pending.`
      : `${versions === '' ? '' : `${versions} ${verb} not frozen: `}${counts.join(', ')}.`
  const older =
    ledgerFormat === latestFormat
      ? []
      : [
          `The ledger has format ${ledgerFormat}: \`${howToRun('freeze', '--ledger-format', `${latestFormat}`)}\` also pins ids, declarations and sources.`,
        ]
  return [`Frozen: ${frozen.join(', ')}.`, ...older, ...waiting, ...wrong, summary].join('\n')
}
