import { defineCommand } from 'citty'
import { checks } from '../checks/index.ts'
import type { UpgradeProof } from '../checks/verify.ts'
import { describeDriver } from '../engines/better-sqlite3.ts'
import { DiagnosedError } from '../errors.ts'
import { howToRun } from '../how-to-run.ts'
import { MigrationFailedError, MigrationRefusedError } from '../migrator/errors.ts'
import type { RunnerRules } from '../migrator/plan.ts'
import { mergeProblems, type Problem } from '../problem.ts'
import type { Suite } from '../proof/suite.ts'
import { problemsOf } from '../report/problems.ts'
import type { FixtureError } from '../snapshots/errors.ts'
import { type FixtureStatus, readStatus, type Status } from '../snapshots/status.ts'
import { suggest } from '../suggest.ts'
import { valuesOf } from './arguments.ts'
import { configArgument, findConfigFile } from './config-file.ts'
import { exitCodes, refuseTogether, UsageError } from './errors.ts'
import { loadConfig } from './load-config.ts'
import { problemsOfFixtures } from './output/fixtures.ts'
import { formatArguments, printIn, readFormat } from './output/format.ts'
import { type MatrixArguments, requirePage, settleMatrix } from './output/matrix-page.ts'
import { renderProblems } from './output/problem.ts'
import { type RunnerReport, renderProofs } from './output/proofs.ts'
import { styleFor } from './output/style.ts'
import { proseWidth } from './output/text.ts'
import { renderTiming, timingArgument, timingOfProofs } from './output/timing.ts'
import { listUndeclared, renderUndeclared } from './output/undeclared.ts'
import { readThreads, threadsArgument } from './process/threads.ts'
import { findKnownResults } from './reuse/find-known.ts'
import { verifyKnown } from './reuse/verify-known.ts'
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
      {
        call: 'verify --against data.db',
        does: 'prove the upgrade of a real file, on a private copy; it needs no fixtures',
      },
      {
        call: 'verify --engine all',
        does: 'upgrade every snapshot on every engine that is installed, and compare what each makes of it',
      },
    ],
  },
  args: {
    snapshot: { type: 'string', valueHint: 'name', description: 'verify this snapshot only' },
    against: {
      type: 'string',
      valueHint: 'file',
      description:
        'prove the upgrade of a private copy of this database file instead; the file is only read, and no fixtures are needed',
    },
    engine: {
      type: 'string',
      valueHint: 'name',
      description:
        'also upgrade on this engine, and compare with better-sqlite3: better-sqlite3, node:sqlite, bun:sqlite, libsql, turso, ' +
        'd1, durable-object, or all; may be given more than once; defaults to the engine of the config',
    },
    matrix: {
      type: 'string',
      valueHint: 'file',
      description:
        'with --engine all: fail unless this Markdown page has the same matrix of engines and checks',
    },
    write: { type: 'boolean', description: 'write the matrix to the page of --matrix instead' },
    'every-path': {
      type: 'boolean',
      description: 'interrupt and repeat each upgrade on its whole way, and not only up to the next snapshot',
    },
    'no-cache': {
      type: 'boolean',
      description:
        'prove everything again; otherwise what an earlier run proved of the same files, migrations, checks and engine ' +
        'is taken from node_modules/.cache/migration-proof, and one result of it proven again as a sample',
    },
    threads: threadsArgument,
    timing: timingArgument,
    verbose: { type: 'boolean', description: 'show the time of every check on every snapshot too' },
    config: configArgument,
    ...formatArguments,
  },
  run: async ({ args, rawArgs }) => {
    const count = readThreads(args.threads)
    const format = readFormat(args)
    if (args.against !== undefined)
      refuseTogether('against', 'which proves one file and no snapshot', {
        format: format === 'text' || format === 'json' ? undefined : args.format,
        snapshot: args.snapshot,
        engine: args.engine,
        matrix: args.matrix,
        'every-path': args['every-path'],
        'no-cache': rawArgs.includes('--no-cache'),
        threads: args.threads,
        timing: args.timing,
      })
    const given = valuesOf('engine', rawArgs)
    const isAll = given.includes('all')
    refuseMatrix(args, isAll)
    const configFile = findConfigFile(args.config)
    const suite = await loadConfig(configFile)
    const names = args.against === undefined ? chooseSnapshots(suite, args.snapshot) : []
    const unfinished = findUnfinished(suite, configFile)
    if (unfinished.length > 0)
      return printUnfinished(unfinished, format, { suite: suite.name, outcome: 'failed' })
    if (args.against !== undefined) {
      const options = { configFile, runner: reportRunner(suite), isJson: format === 'json' }
      const { verifyAgainst } = await import('./against/run.ts')
      return verifyAgainst(suite, args.against, options)
    }
    const start = performance.now()
    // Loaded only then: most runs need no other engine.
    const isComparing = given.length > 0 || !isShipped(suite)
    const proveOnEngines = isComparing
      ? (await import('./engines/run.ts')).openEngines(suite, configFile, given)
      : null
    // citty parses --no-cache as the negation of an option `cache`.
    const known = rawArgs.includes('--no-cache') ? null : findKnownResults(suite, configFile)
    const everyPath = args['every-path'] === true
    const threads = { configFile, count }
    const verified = await verifyKnown(suite, names, { known, everyPath, threads })
    const { proofs: found, rollbacks, reuse } = verified
    const upgraded = found.filter(isUpgraded).map(({ snapshot }) => snapshot)
    const onEngines = proveOnEngines?.({ all: names, upgraded }) ?? null
    const durationMilliseconds = performance.now() - start
    const isProven = found.every((proof) => proof.outcome === 'passed')
    const status = readStatusIfPossible(suite, isProven)
    const problems = [...verified.problems, ...problemsOfFixtures(suite, findEdited(status))]
    const drafts = findDrafts(status)
    const [changed] = problems
    const proofs = changed === undefined ? found : found.map((proof) => explainMismatch(proof, changed))
    const undeclared = listUndeclared(
      suite,
      proofs.flatMap(({ checks: results }) => results.flatMap((result) => result.problems)),
    )
    const runner = reportRunner(suite)
    const engines = onEngines?.engines ?? []
    const isProvenOnEngines =
      engines.every((proof) => proof.outcome === 'passed') && (onEngines?.problems ?? []).length === 0
    const outcome = isProven && isProvenOnEngines && problems.length === 0 ? 'passed' : 'failed'
    const proven = checks.map(({ name, proves }) => ({ name, proves }))
    const everyProblem = [...problems, ...(onEngines?.problems ?? [])]
    const json = {
      suite: suite.name,
      outcome,
      durationMilliseconds,
      runner,
      checks: proven,
      snapshots: proofs,
      rollbacks,
      drafts,
      reuse,
      undeclared,
      engine: describeDriver(),
      engines,
      missingEngines: onEngines?.missing ?? [],
      problems: everyProblem,
      ...(args.timing === true ? { timing: timingOfProofs(proofs) } : {}),
    }
    const onEach =
      onEngines === null
        ? []
        : [(await import('./engines/render.ts')).renderEngines(onEngines, styleFor(process.stdout))]
    const text = () => {
      const style = styleFor(process.stdout)
      const rendered = renderProofs(proofs, {
        rollbacks,
        style,
        width: proseWidth(),
        durationMilliseconds,
        isVerbose: args.verbose === true,
        reuse,
        runner,
      })
      const open = drafts.map(
        ({ fixture, next }) =>
          `${style('yellow', '?')} ${fixture} is a draft of the migrations' own, and proves little: ${next}`,
      )
      const lines = renderUndeclared(undeclared, configFile, proseWidth())
      const shown = [
        ...(problems.length === 0 ? [] : [renderProblems(problems, style)]),
        rendered,
        ...(lines === '' ? [] : [lines]),
        ...onEach,
        ...(args.timing === true ? [renderTiming(timingOfProofs(proofs), style)] : []),
      ]
      return [...shown, ...(open.length === 0 ? [] : [open.join('\n')])].join('\n\n')
    }
    await printIn(format, {
      suite: suite.name,
      json,
      text,
      parts: {
        ...(everyProblem.length === 0
          ? {}
          : { fixtures: { durationMilliseconds: 0, problems: everyProblem } }),
        upgrades: { snapshots: proofs },
      },
      problems: mergeProblems([...everyProblem, ...problemsOf({ snapshots: proofs })]),
    })
    if (onEngines !== null && args.matrix !== undefined) {
      const { renderEngineMatrix } = await import('./engines/render.ts')
      const repeat = howToRun('verify', '--engine', 'all', '--matrix', args.matrix, '--write')
      settleMatrix(args, renderEngineMatrix(onEngines), 'the matrix of engines of this run', repeat)
    }
    return outcome === 'passed' ? exitCodes.proven : exitCodes.notProven
  },
})

/** Whether the engine of the harness is the one that the application ships, opened as that opens it. */
function isShipped({ engine, engineOptions }: Suite): boolean {
  return engine === describeDriver().name && Object.keys(engineOptions).length === 0
}

/** A matrix is one of all engines: one of some would be another each time. */
function refuseMatrix(args: MatrixArguments, isAll: boolean): void {
  requirePage('verify', args)
  if (args.matrix === undefined || isAll) return
  throw new UsageError({
    where: 'verify --matrix',
    expected: '--engine all beside it',
    actual: 'a part of the engines',
    fix: 'add --engine all, or leave --matrix out',
  })
}

/** What an upgrade left can be compared only where there is one. */
function isUpgraded({ checks: results }: UpgradeProof): boolean {
  return results.some(({ check, outcome }) => check === 'upgrade' && outcome === 'passed')
}

function reportRunner({ plan: { runner } }: Suite): RunnerReport | null {
  if (runner === undefined) return null
  const { change } = runner
  if (change === undefined) return reportOne(runner)
  const { before, now } = change
  const old = { upTo: before.migrations.length, runner: reportOne(before.runner) }
  return { ...reportOne(now.runner), before: old }
}

function reportOne(runner: RunnerRules | undefined): RunnerReport {
  if (runner === undefined) {
    const tool = 'migration-proof'
    return { tool, version: null, how: 'own', transaction: 'each', foreignKeys: 'on' }
  }
  const { tool, transaction, foreignKeys, run, program } = runner
  const version = runner.version ?? program?.()?.version ?? null
  return { tool, version, how: run === undefined ? 'emulated' : 'run', transaction, foreignKeys }
}

/** How far the fixtures are; null where a migration cannot run, which a failed upgrade has reported. */
function readStatusIfPossible(suite: Suite, isProven: boolean): Status | null {
  try {
    return readStatus(suite)
  } catch (error) {
    const isOfMigration = error instanceof MigrationFailedError || error instanceof MigrationRefusedError
    if (!isProven && isOfMigration) return null
    throw error
  }
}

/** Migrations, and the base, that differ from the ledger, although people hold files that were made by them as they were. */
function findEdited(status: Status | null): readonly FixtureError[] {
  const isMaker = ({ fixture }: FixtureError) => fixture === 'base' || fixture.startsWith('migrations/')
  return status?.failures.filter(isMaker) ?? []
}

/**
 * Where a migration was edited, a snapshot that is not what it makes now is right: no one must correct the file.
 *
 * @param changed what is wrong with the migration
 */
function explainMismatch(proof: UpgradeProof, { version, location }: Problem): UpgradeProof {
  const explain = (problem: Problem): Problem =>
    problem.code !== 'upgrade' || problem.subject.type !== 'snapshot'
      ? problem
      : {
          ...problem,
          subject: { type: 'upgrade', name: 'upgrade' },
          actual: 'a refusal: the files have had the migrations as they were released',
          fix: 'do what is said of the migrations that changed: the files are right',
          version,
          location,
        }
  const checks = proof.checks.map((check) => ({ ...check, problems: check.problems.map(explain) }))
  return { ...proof, checks }
}

/** Texts that wait for a person to read them, and what to do. */
function findDrafts(status: Status | null): Pick<FixtureStatus, 'fixture' | 'next'>[] {
  const open = status?.fixtures.filter(({ state }) => state === 'draft') ?? []
  return open.map(({ fixture, next }) => ({ fixture, next }))
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
