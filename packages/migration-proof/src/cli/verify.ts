import { defineCommand } from 'citty'
import { checks } from '../checks/index.ts'
import { judgeRollbacks } from '../checks/rollback.ts'
import type { UpgradeProof } from '../checks/verify.ts'
import { DiagnosedError } from '../errors.ts'
import { MigrationFailedError, MigrationRefusedError } from '../migrator/errors.ts'
import type { Problem } from '../problem.ts'
import type { Suite } from '../proof/suite.ts'
import type { FixtureError } from '../snapshots/errors.ts'
import { type FixtureStatus, readStatus } from '../snapshots/status.ts'
import { suggest } from '../suggest.ts'
import { configArgument, findConfigFile } from './config-file.ts'
import { exitCodes, UsageError } from './errors.ts'
import { loadConfig } from './load-config.ts'
import { problemsOfFixtures } from './output/fixtures.ts'
import { print, printJson } from './output/print.ts'
import { renderProblems } from './output/problem.ts'
import { renderProofs } from './output/proofs.ts'
import { styleFor } from './output/style.ts'
import { verifySnapshots } from './results/upgrades.ts'
import { findUnfinished, printUnfinished } from './unfinished.ts'

export const verifyCommand = defineCommand({
  meta: {
    name: 'verify',
    description:
      'Prove that every file that users still hold upgrades to the latest version: a private copy of each ' +
      'snapshot is upgraded, and every check runs on it. No row may be lost, and the schema must be that of the ' +
      'version.',
    examples: [
      { call: 'verify', does: 'prove the upgrade of every snapshot' },
      { call: 'verify --snapshot v2 --verbose', does: 'prove one upgrade, and show the time of every check' },
      { call: 'verify --json', does: 'print every result, for a script or a build' },
    ],
  },
  args: {
    snapshot: { type: 'string', valueHint: 'name', description: 'verify this snapshot only' },
    'every-path': {
      type: 'boolean',
      description: 'interrupt and repeat each upgrade on its whole way, and not only up to the next snapshot',
    },
    verbose: { type: 'boolean', description: 'show the time of every check on every snapshot too' },
    config: configArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }) => {
    const configFile = findConfigFile(args.config)
    const suite = await loadConfig(configFile)
    const names = chooseSnapshots(suite, args.snapshot)
    const unfinished = findUnfinished(suite, configFile)
    if (unfinished.length > 0)
      return printUnfinished(unfinished, args.json, { suite: suite.name, outcome: 'failed' })
    const start = performance.now()
    const found = verifySnapshots(suite, names, { everyPath: args['every-path'] === true })
    const rollbacks = judgeRollbacks(suite, names)
    const durationMilliseconds = performance.now() - start
    const isProven = found.every((proof) => proof.outcome === 'passed')
    const problems = problemsOfFixtures(suite.fixtures, findEdited(suite, isProven))
    const drafts = findDrafts(suite)
    const proofs = problems.length === 0 ? found : found.map(withoutMismatch)
    const outcome = isProven && problems.length === 0 ? 'passed' : 'failed'
    if (args.json) {
      const proven = checks.map(({ name, proves }) => ({ name, proves }))
      printJson({
        suite: suite.name,
        outcome,
        durationMilliseconds,
        checks: proven,
        snapshots: proofs,
        rollbacks,
        drafts,
        problems,
      })
    } else {
      const style = styleFor(process.stdout)
      const width = process.stdout.columns ?? 80
      const text = renderProofs(proofs, {
        rollbacks,
        style,
        width,
        durationMilliseconds,
        isVerbose: args.verbose === true,
      })
      const open = drafts.map(
        ({ fixture, next }) =>
          `${style('yellow', '?')} ${fixture} is a draft of the migrations' own, and proves little: ${next}`,
      )
      const shown = [...(problems.length === 0 ? [] : [renderProblems(problems, style)]), text]
      print([...shown, ...(open.length === 0 ? [] : [open.join('\n')])].join('\n\n'))
    }
    return outcome === 'passed' ? exitCodes.proven : exitCodes.notProven
  },
})

/**
 * Migrations that differ from the ledger, although people hold files that were made by them as they were. Where an upgrade
 * has failed already, a migration that cannot run has been reported.
 */
function findEdited(suite: Suite, isProven: boolean): readonly FixtureError[] {
  try {
    return readStatus(suite).failures.filter(({ fixture }) => fixture.startsWith('migrations/'))
  } catch (error) {
    const isOfMigration = error instanceof MigrationFailedError || error instanceof MigrationRefusedError
    if (!isProven && isOfMigration) return []
    throw error
  }
}

/** Where a migration was edited, a snapshot that is not what it makes now is right: no one must correct the file. */
function withoutMismatch(proof: UpgradeProof): UpgradeProof {
  const isMismatch = ({ code, subject }: Problem) => code === 'upgrade' && subject.type === 'snapshot'
  const checks = proof.checks.map((check) => ({
    ...check,
    problems: check.problems.filter((problem) => !isMismatch(problem)),
  }))
  return { ...proof, checks }
}

/** Texts that wait for a person to read them, and what to do. */
function findDrafts(suite: Suite): Pick<FixtureStatus, 'fixture' | 'next'>[] {
  try {
    const open = readStatus(suite).fixtures.filter(({ state }) => state === 'draft')
    return open.map(({ fixture, next }) => ({ fixture, next }))
  } catch (error) {
    // What fails has been reported.
    if (error instanceof MigrationFailedError || error instanceof MigrationRefusedError) return []
    throw error
  }
}

function chooseSnapshots(suite: Suite, name: string | undefined): readonly string[] {
  const names = suite.snapshots.map((snapshot) => snapshot.name)
  if (names.length === 0) {
    throw new DiagnosedError({
      where: `Suite ${suite.name}`,
      expected: 'at least one snapshot',
      actual: 'none, so that nothing would be proven',
      fix: 'declare the files that people still hold',
    })
  }
  if (name === undefined) return names
  if (names.includes(name)) return [name]
  const near = suggest(name, names)
  throw new UsageError({
    where: '--snapshot',
    expected: `one of ${names.join(', ')}`,
    actual: `'${name}'`,
    fix: near === null ? 'choose one of them' : `perhaps ${near} was meant`,
  })
}
