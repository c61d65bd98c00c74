import { MigrationFailedError, MigrationRefusedError } from '../../migrator/errors.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { mergeProblems } from '../../problem.ts'
import type { Suite } from '../../proof/suite.ts'
import { compareMigrations, PinnedMigrationError } from '../../snapshots/compare-pins.ts'
import { readLedgerIfAny } from '../../snapshots/ledger.ts'
import { pinMigrations } from '../../snapshots/pin.ts'
import type { Survey } from '../../upgrade/model.ts'
import { makePrivateCopy, type PrivateCopy } from '../../upgrade/private-copy.ts'
import { type ExitCode, exitCodes } from '../errors.ts'
import { problemsOfFixtures } from '../output/fixtures.ts'
import { warnOfLeftFolders } from '../output/leftovers.ts'
import { print, printJson, say } from '../output/print.ts'
import { progressOn } from '../output/progress.ts'
import type { RunnerReport } from '../output/proofs.ts'
import { styleFor } from '../output/style.ts'
import { proseWidth } from '../output/text.ts'
import { listUndeclared } from '../output/undeclared.ts'
import { openPool } from '../process/pool.ts'
import { dieBySignal, watchSignals } from '../upgrade/abandon.ts'
import { type Look, lookAtFile } from './look.ts'
import type { FileReport } from './model.ts'
import { renderFileReport } from './render.ts'
import type { FileJob, FileProof } from './run-job.ts'

export interface AgainstOptions {
  readonly configFile: string
  readonly runner: RunnerReport | null
  readonly isJson: boolean
}

/** Proves the upgrade of a private copy of a file, and prints the result. The file itself is only read. */
export async function verifyAgainst(suite: Suite, file: string, options: AgainstOptions): Promise<ExitCode> {
  const report = await proveFile(suite, file, options)
  if (options.isJson) printJson({ suite: suite.name, ...report })
  else
    print(
      renderFileReport(
        report,
        { versionTables: suite.plan.versions.tables, configFile: options.configFile },
        styleFor(process.stdout),
        proseWidth(),
      ),
    )
  return report.outcome === 'failed' ? exitCodes.notProven : exitCodes.proven
}

async function proveFile(
  suite: Suite,
  given: string,
  { configFile, runner }: AgainstOptions,
): Promise<FileReport> {
  const start = performance.now()
  const progress = progressOn(process.stderr)
  let removeFolder = () => {}
  using _signals = watchSignals((signal) => {
    progress.clear()
    removeFolder()
    say('Stopped: nothing was proven, and the copy is removed.')
    dieBySignal(signal)
  })
  try {
    using copy = await makePrivateCopy<Look>(given, {
      look: (connection) => lookAtFile(connection, suite, given),
      report: (copied, total) => progress.show(`copying: ${copied} of ${total} pages`),
      onFolder: (remove) => {
        removeFolder = remove
      },
    })
    const { sizeBytes, seen } = copy
    const found =
      seen.survey === null ? null : await proveInThread(configFile, given, copy, seen.survey, progress.show)
    const report = describe(suite, seen, found)
    const { ledger, problems: edited } = compareWithLedger(suite)
    return {
      file: given,
      sizeBytes,
      runner,
      ...report,
      outcome: edited.length > 0 ? 'failed' : report.outcome,
      edited: seen.edited,
      ledger,
      problems: [...edited, ...report.problems],
      durationMilliseconds: performance.now() - start,
    }
  } finally {
    progress.clear()
    warnOfLeftFolders()
  }
}

/** The migrations that are no longer as the ledger pins them. */
function compareWithLedger(suite: Suite): Pick<FileReport, 'ledger' | 'problems'> {
  const ledger = readLedgerIfAny(suite.fixtures)
  if (ledger === null || ledger.migrations.length === 0) return { ledger: 'none', problems: [] }
  try {
    const found = compareMigrations(ledger.migrations, pinMigrations(suite, ledger))
    const errors = found.map((difference) => new PinnedMigrationError(difference))
    return {
      ledger: found.length === 0 ? 'same' : 'changed',
      problems: problemsOfFixtures(suite, errors),
    }
  } catch (error) {
    if (error instanceof MigrationFailedError || error instanceof MigrationRefusedError)
      return { ledger: 'unknown', problems: [] }
    throw error
  }
}

/** In a thread of its own, so that a signal is handled meanwhile. */
async function proveInThread(
  configFile: string,
  given: string,
  { copy, pathBeginning }: PrivateCopy<Look>,
  { version, extras }: Survey,
  show: (check: string) => void,
): Promise<FileProof | null> {
  const describe = () => `The upgrade of ${given}`
  const pool = openPool<FileJob, FileProof, string>({ kind: 'against', configFile, threads: 1, describe })
  try {
    const job = { shown: given, extras, copy, pathBeginning, version }
    const [found = null] = await pool.run([job], (running) => show(`${running[0] ?? 'upgrade'} done`))
    return found
  } finally {
    await pool.close()
  }
}

function describe(suite: Suite, { survey, problems }: Look, found: FileProof | null) {
  const { plan } = suite
  const to = latestVersionOf(plan)
  if (survey === null || found === null)
    return {
      outcome: 'failed',
      from: null,
      to,
      pending: [],
      tables: [],
      checks: [],
      leftOut: [],
      undeclared: [],
      problems,
    } as const
  const { proof, details, compared, leftOut } = found
  const all = proof.checks.flatMap((check) => check.problems)
  const passed = survey.pending.length === 0 ? ('up-to-date' as const) : ('passed' as const)
  return {
    outcome: proof.outcome === 'passed' ? passed : ('failed' as const),
    from: proof.from,
    to,
    pending: survey.pending.map(({ version, name }) => ({ version, name })),
    tables: survey.tables.map(({ name, rows }) => ({
      name,
      rowsBefore: rows,
      rowsAfter: compared.find(({ table }) => table === name)?.rowsAfter ?? null,
    })),
    checks: proof.checks.map((check) => ({ ...check, detail: details[check.check] ?? null })),
    leftOut,
    undeclared: listUndeclared(suite, all),
    problems: mergeProblems(all),
  }
}
