import { existsSync } from 'node:fs'
import { countOf } from '../../count.ts'
import { problemOfFixture } from '../../gate/history.ts'
import { locateProblem, shownFile } from '../../history/location.ts'
import { howToRun } from '../../how-to-run.ts'
import type { Problem } from '../../problem.ts'
import type { FixtureReport } from '../../snapshots/check.ts'
import { PinnedMigrationError } from '../../snapshots/compare-pins.ts'
import type { FixtureSuite } from '../../snapshots/declaration.ts'
import { type FixtureError, PinnedBaseError } from '../../snapshots/errors.ts'
import type { FreezeReport } from '../../snapshots/freeze.ts'
import { latestFormat, readLedgerIfAny } from '../../snapshots/ledger.ts'
import { goldenPath, readText } from '../../snapshots/paths.ts'
import { printable, printableSql } from './printable.ts'
import { renderProblems } from './problem.ts'
import type { Style } from './style.ts'

/** What a check of the fixtures found. */
export function renderFixtureCheck(
  { checked }: FixtureReport,
  problems: readonly Problem[],
  style: Style,
): string {
  const proven = `${countOf(checked.length, 'fixture')} match${checked.length === 1 ? 'es' : ''} the ledger`
  if (problems.length === 0) return `${style('green', '✓')} ${proven}.`
  const summary = `${proven}; ${style('red', `${problems.length} failed`)}.`
  return [renderProblems(problems, style), summary].join('\n\n')
}

/**
 * What a freeze did, a line for each fixture.
 *
 * @param refreeze the name whose history was to be rewritten
 */
export function renderFreeze(
  report: FreezeReport,
  problems: readonly Problem[],
  style: Style,
  refreeze?: string,
): string {
  const { drafted, awaitingReview, losses, frozen, changes, restored, described, converted, rewritten } =
    report
  const waiting = awaitingReview.filter((fixture) => !drafted.includes(fixture))
  const isUnchanged = refreeze !== undefined && rewritten.length === 0 && problems.length === 0
  const lines = [
    ...(isUnchanged
      ? [
          `${style('green', '✓')} unchanged ${printable(refreeze)}: it is as it was frozen, and nothing was re-frozen`,
        ]
      : []),
    ...rewritten.map(
      ({ fixture, before, after }) =>
        `${style('yellow', '!')} HISTORY REWRITTEN: ${fixture}, from ${before} to ${after}. People may hold files of before.`,
    ),
    ...drafted.map(
      (fixture) =>
        `${style('yellow', '?')} drafted   ${fixture}: read it, correct it, delete its first lines`,
    ),
    ...waiting.map(
      (fixture) => `${style('yellow', '?')} waiting   ${fixture}: read the draft and delete its first lines`,
    ),
    ...losses.flatMap(({ fixture, lines }) => [
      `  ${fixture} has not all that the version before has. Correct the migration, or delete the line of each that shall go:`,
      ...lines.map((line) => `    ${printableSql(line)}`),
    ]),
    ...converted.map(
      (fixture) => `${style('green', '✓')} converted ${fixture} to format ${latestFormat} of the ledger`,
    ),
    ...frozen.map((fixture) => `${style('green', '✓')} frozen    ${fixture}`),
    ...changes.flatMap((change) => renderChange(change, style)),
    ...restored.map((fixture) => `${style('green', '✓')} restored  ${fixture}`),
    ...described.map((fixture) => `${style('green', '✓')} described ${fixture} again`),
    ...(problems.length === 0 ? [] : [renderProblems(problems, style)]),
  ]
  if (lines.length === 0) return `${style('green', '✓')} Nothing is missing.`
  return [...lines, ...nextSteps(report)].join('\n')
}

/** The difference of a golden schema from the previous version, for the person who reviews it. */
function renderChange({ fixture, previous, lines }: FreezeReport['changes'][number], style: Style): string[] {
  if (lines.length === 0) return [`  ${fixture} is the same as ${previous}.`]
  const colours = { '+': 'green', '-': 'red' } as const
  const shown = lines.map((line) => {
    const mark = line.charAt(0)
    return `    ${mark === '+' || mark === '-' ? style(colours[mark], printableSql(line)) : printableSql(line)}`
  })
  return [`  ${fixture} differs from ${previous}:`, ...shown]
}

function nextSteps({ awaitingReview, failures, frozen }: FreezeReport): string[] {
  if (failures.length > 0) return ['Nothing that is frozen was changed.']
  if (awaitingReview.length > 0) return ['Then run this command again: it freezes what you have reviewed.']
  if (frozen.length === 0) return []
  return [`Run \`${howToRun('verify')}\`, then commit these files: from now on they do not change.`]
}

/** What is wrong with fixtures, as problems. */
export function problemsOfFixtures(
  { fixtures, plan }: FixtureSuite,
  failures: readonly FixtureError[],
): Problem[] {
  if (failures.length === 0) return []
  const shown = failures.map((error) => {
    if (error instanceof PinnedBaseError) return showBase(error)
    return error instanceof PinnedMigrationError ? showFile(error) : error
  })
  const files = failures.flatMap((error) =>
    error instanceof PinnedMigrationError ? (error.difference.present?.file ?? []) : [],
  )
  const known = {
    ledger: readLedgerIfAny(fixtures),
    schemas: { has: (name: string) => existsSync(goldenPath(fixtures, name)) },
    sources: files.map((path) => ({ path: shownFile(path), text: readText(path) ?? '' })),
  }
  return shown.map((error) => locateProblem(plan, problemOfFixture(error, known)))
}

function showBase({ file, diagnosis }: PinnedBaseError): PinnedBaseError {
  return new PinnedBaseError(file === null ? null : shownFile(file), diagnosis)
}

/** With the file as a person names it in this folder. */
function showFile({ difference }: PinnedMigrationError): PinnedMigrationError {
  const { present } = difference
  if (present === null || present.file === null) return new PinnedMigrationError(difference)
  return new PinnedMigrationError({ ...difference, present: { ...present, file: shownFile(present.file) } })
}
