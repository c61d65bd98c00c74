import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { UpgradeProof } from '../checks/verify.ts'
import { shownPath } from '../errors.ts'
import { releaseChangelog, releaseDateOf } from '../gate/changelog.ts'
import { describeMigration } from '../gate/describe-migration.ts'
import { findWrongPackageVersion, namedVersions } from '../gate/package-version.ts'
import { findPackageFolder, readPackageVersion, readSide } from '../gate/side.ts'
import { howToRun } from '../how-to-run.ts'
import type { Problem } from '../problem.ts'
import type { Suite } from '../proof/suite.ts'
import { checkFixtures, findChangedTexts } from '../snapshots/check.ts'
import { type FixtureError, UndeclaredSnapshotError } from '../snapshots/errors.ts'
import { emptyReport, type FreezeReport, prepareFreeze, refuseContradictions } from '../snapshots/freeze.ts'
import { emptyLedger, readLedgerIfAny } from '../snapshots/ledger.ts'
import { readText } from '../snapshots/paths.ts'
import { findConfigFile } from './config-file.ts'
import { type ExitCode, exitCodes, UsageError } from './errors.ts'
import { layoutOf, openBase } from './gate/base.ts'
import { hasCommits } from './gate/git.ts'
import { loadConfig } from './load-config.ts'
import { problemsOfFixtures, renderFixtureCheck, renderFreeze } from './output/fixtures.ts'
import { print, printJson } from './output/print.ts'
import { renderProofs } from './output/proofs.ts'
import { styleFor } from './output/style.ts'
import { proseWidth } from './output/text.ts'
import { verifySnapshots } from './results/upgrades.ts'
import { findUnfinished, printUnfinished } from './unfinished.ts'

export interface FreezeArguments {
  readonly check?: boolean | undefined
  readonly date?: string | undefined
  readonly config?: string | undefined
  readonly json?: boolean | undefined
}

/** What a release has to say in the changelog. */
interface Entry {
  readonly file: string
  readonly version: string
  readonly text: string
  /** The lines that were written for what no one has noted. */
  readonly additions: readonly string[]
}

/**
 * Freezes the fixtures of the version that is being released and notes the release in the changelog. First comes what is
 * released already, then the proof of the upgrades to the new version; only then is anything pinned, and noted.
 *
 * @throws {UsageError} when the version of the package was released already, or there is no package
 */
export async function freezeRelease(args: FreezeArguments): Promise<ExitCode> {
  const date = readDate(args.date)
  const configFile = findConfigFile(args.config)
  const suite = await loadConfig(configFile)
  const unfinished = findUnfinished(suite, configFile)
  if (unfinished.length > 0) return printUnfinished(unfinished, args.json ? 'json' : 'text')
  const entry = writeEntry(suite, date)
  if (entry !== null) await requireNewNumber(suite, configFile)
  if (args.check) return check(suite, entry, configFile, args)
  const { report, proofs, write } = await proveFreeze(suite)
  const isFrozen = isComplete(report) && proofs.every(({ outcome }) => outcome === 'passed')
  const noted = isFrozen ? entry : null
  write()
  if (noted !== null) writeFileSync(noted.file, noted.text)
  const { failures, ...done } = report
  const problems = problemsOfFixtures(suite, failures)
  if (args.json) printJson({ ...done, problems, snapshots: proofs, changelog: describeEntry(noted) })
  else printFreeze({ report, problems, proofs, entry, noted, configFile })
  return isFrozen ? exitCodes.proven : exitCodes.notProven
}

interface ProvenFreeze {
  readonly report: FreezeReport
  /** What the upgrades to the new version proved; none where nothing is new, or something else is in the way. */
  readonly proofs: readonly UpgradeProof[]
  write(): void
}

/** Prepares a freeze that writes nothing, unless all that it pins is reviewed and proven. */
async function proveFreeze(suite: Suite): Promise<ProvenFreeze> {
  const failures = findChangedTexts(suite, readLedgerIfAny(suite.fixtures) ?? emptyLedger)
  if (failures.length > 0) return { report: { ...emptyReport, failures }, proofs: [], write: () => {} }
  const { report, images, write } = refuseContradictions(suite, prepareFreeze(suite))
  const withhold = (proofs: readonly UpgradeProof[] = []) => {
    return { report: { ...report, frozen: [], restored: [], described: [] }, proofs, write: () => {} }
  }
  if (!isComplete(report)) return withhold()
  if (report.frozen.length === 0) return { report, proofs: [], write }
  const names = suite.snapshots.map(({ name }) => name)
  const proofs = await verifySnapshots(suite, names, { images })
  return proofs.every(({ outcome }) => outcome === 'passed') ? { report, proofs, write } : withhold(proofs)
}

function isComplete({ failures, awaitingReview }: FreezeReport): boolean {
  return failures.length === 0 && awaitingReview.length === 0
}

function check(
  suite: Suite,
  entry: Entry | null,
  configFile: string,
  { json = false }: FreezeArguments,
): ExitCode {
  const report = checkFixtures(suite)
  const problems = problemsOfFixtures(suite, report.failures)
  if (json) {
    printJson({ checked: report.checked, problems, changelog: describeEntry(entry) })
  } else {
    const style = styleFor(process.stdout)
    const note = entry === null ? [] : [`${style('yellow', '?')} ${changelogLine('would say', entry)}`]
    printLines([
      renderFixtureCheck(report, problems, style),
      ...note,
      ...declarations(report.failures, configFile),
    ])
  }
  return report.failures.length === 0 && entry === null ? exitCodes.proven : exitCodes.notProven
}

interface Frozen {
  readonly report: FreezeReport
  readonly problems: readonly Problem[]
  readonly proofs: readonly UpgradeProof[]
  readonly entry: Entry | null
  readonly noted: Entry | null
  readonly configFile: string
}

function printFreeze({ report, problems, proofs, entry, noted, configFile }: Frozen) {
  const style = styleFor(process.stdout)
  const isProven = proofs.every(({ outcome }) => outcome === 'passed')
  const lines = isProven
    ? [renderFreeze(report, problems, style), ...declarations(report.failures, configFile)]
    : []
  if (proofs.length > 0) {
    const durationMilliseconds = proofs
      .flatMap(({ checks }) => checks)
      .reduce((sum, result) => sum + result.durationMilliseconds, 0)
    lines.push(renderProofs(proofs, { style, width: proseWidth(), durationMilliseconds }))
  }
  if (!isProven) lines.push('Nothing was frozen, and the changelog is as it was.')
  else if (noted !== null) lines.push(`${style('green', '✓')} ${changelogLine('says', noted)}`)
  else if (entry !== null) lines.push('The changelog waits until all is frozen.')
  if (isProven && isComplete(report))
    lines.push(`Next: \`${howToRun('gate', '--full', '--base', 'LAST-RELEASE')}\`, then commit and tag.`)
  printLines(lines)
}

/** What the changelog becomes; null where it says all already, or there is none. */
function writeEntry(suite: Suite, date: string): Entry | null {
  const folder = findPackageFolder(resolve(suite.fixtures, '..'))
  const version = folder === null ? null : readPackageVersion(folder)
  if (folder === null || version === null) {
    throw new UsageError({
      where: suite.fixtures,
      expected: 'a package.json with a version in the folder above, which is what is being released',
      actual: 'none',
      fix: 'make one with `npm init`, or freeze the fixtures alone, without --release',
    })
  }
  const file = join(folder, 'CHANGELOG.md')
  const changelog = readText(file)
  if (changelog === null) return null
  const named = namedVersions(changelog)
  const unnoted = suite.plan.migrations.filter((migration) => !named.has(migration.version))
  const released = releaseDateOf(changelog, version)
  if (released !== null && unnoted.length === 0) return null
  if (released !== null) throw alreadyReleased(file, version, released, unnoted[0]?.version ?? 0)
  const additions = unnoted.map((migration) => describeMigration(suite.plan, migration.version))
  return { file, version, additions, text: releaseChangelog(changelog, { version, date, additions }) }
}

/**
 * A new migration under the number of the last commit would be noted under a version that may be out already.
 *
 * @throws {UsageError} when the version of the package does not say what is new since the last commit
 */
async function requireNewNumber(suite: Suite, configFile: string): Promise<void> {
  const project = { suite, loadError: null, configFile, layout: layoutOf(suite, configFile) }
  if (!hasCommits(project.layout.project)) return
  using base = await openBase(project, 'HEAD')
  if (base === null || base.target.ledger === null) return
  const [problem] = findWrongPackageVersion(base.target, readSide(project.layout, suite))
  if (problem === undefined) return
  const { subject, expected, actual, fix } = problem
  throw new UsageError({ where: subject.name, expected, actual, fix: `${fix}, then this again` })
}

function alreadyReleased(file: string, version: string, date: string, migration: number): UsageError {
  return new UsageError({
    where: file,
    expected: `a version that was not released yet, since migration v${migration} is new`,
    actual: `${version}, released on ${date}`,
    fix: 'run `npm version minor --no-git-tag-version`, then this again',
  })
}

/** What to write into the suite for a version without a declared snapshot. */
function declarations(failures: readonly FixtureError[], configFile: string): string[] {
  return failures.flatMap((failure) => {
    if (!(failure instanceof UndeclaredSnapshotError)) return []
    const { version } = failure
    const where = `\`snapshots\` in ${shownPath(configFile)}`
    return [
      `    Add to the end of ${where}:`,
      `    { name: 'v${version}', version: ${version}, form: 'versioned', origin: 'Left by …', releases: ['…'] },`,
    ]
  })
}

function changelogLine(verb: string, { version, additions }: Entry): string {
  const lines = additions.map((addition) => `\n    - ${addition}`)
  return `CHANGELOG.md ${verb} that ${version} is released${lines.length === 0 ? '' : `, and adds:${lines.join('')}`}`
}

function readDate(text: string | undefined): string {
  const today = new Date().toISOString().slice(0, 10)
  if (text === undefined) return today
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))) return text
  throw new UsageError({
    where: '--date',
    expected: 'a day such as 2026-01-31',
    actual: `'${text}'`,
    fix: 'give such a day, or none for today',
  })
}

function describeEntry(entry: Entry | null) {
  return entry === null ? null : { version: entry.version, additions: entry.additions }
}

function printLines(lines: readonly string[]): void {
  print(lines.join('\n'))
}
