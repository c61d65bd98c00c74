import { DiagnosedError, shownPath } from '../errors.ts'
import { howToRun } from '../how-to-run.ts'
import type { Migration } from '../migrator/migration.ts'
import { checkDescription, checkFile, findUnknownFiles, isPinned } from './check.ts'
import { type FixtureSuite, goldensOf, isMadeByMigrations, type SnapshotDeclaration } from './declaration.ts'
import { draftRowsOf } from './draft.ts'
import { FixtureError } from './errors.ts'
import { howToReview, isDraft, readFixtureText, type TextKind, textPath } from './fixture-text.ts'
import { findChangedHistory } from './history.ts'
import { labelOfMigration } from './label.ts'
import { emptyLedger, type Ledger, type LedgerFormat, readLedgerIfAny } from './ledger.ts'
import { pinMigrations } from './pin.ts'

/**
 * `'frozen'`: the ledger pins it. `'draft'`: it waits for a person to read it. `'pending'`: it is not frozen yet.
 * `'differs'`: it is not what the ledger pins.
 */
export type FixtureState = 'frozen' | 'draft' | 'pending' | 'differs'

/** How far one fixture is: `base`, `migrations/v1`, `schemas/v1`, `rows/v1` or `snapshots/v1`. */
export interface FixtureStatus {
  readonly fixture: string
  readonly state: FixtureState
  /** What to do about a draft, or about what is pending. */
  readonly next: string | null
}

/** How far the fixtures of a suite are. */
export interface Status {
  readonly ledgerFormat: LedgerFormat
  /** The names of the migrations that the ledger does not pin. */
  readonly unfrozen: readonly string[]
  /** Their versions. */
  readonly unfrozenVersions: readonly number[]
  readonly fixtures: readonly FixtureStatus[]
  /** What does not agree with the ledger, and files that belong to nothing. */
  readonly failures: readonly FixtureError[]
}

/**
 * Says how far the fixtures of a suite are, and of rows that `freeze` cannot draft what stands in the way. It builds no snapshot, so
 * that it takes a moment; whether the texts of frozen snapshots still say what the files hold is proven by `checkFixtures`.
 *
 * @throws {LedgerError} when the ledger cannot be read
 */
export function readStatus(suite: FixtureSuite): Status {
  const ledger = readLedgerIfAny(suite.fixtures) ?? emptyLedger
  const failures = findDifferences(suite, ledger)
  const differing = new Set(failures.map(({ fixture }) => fixture))
  const unfrozen = suite.plan.migrations.filter((migration) => !isPinned(ledger, migration))
  const pinned = new Set([
    ...suite.plan.migrations.filter((migration) => !unfrozen.includes(migration)).map(nameOf),
    ...(ledger.base === undefined ? [] : ['base']),
    ...ledger.schemas.map(({ name }) => `schemas/${name}`),
    ...ledger.snapshots.flatMap(({ name }) => [`rows/${name}`, `snapshots/${name}`]),
  ])
  const fixtures = listFixtures(suite, ledger).map(({ fixture, next }): FixtureStatus => {
    if (differing.has(fixture)) return { fixture, state: 'differs', next: null }
    return pinned.has(fixture) ? { fixture, state: 'frozen', next: null } : { fixture, ...next() }
  })
  const unfrozenVersions = unfrozen.map(({ version }) => version)
  return {
    ledgerFormat: ledger.format,
    unfrozenVersions,
    unfrozen: unfrozen.map(labelOfMigration),
    fixtures,
    failures,
  }
}

function nameOf(migration: Migration): string {
  return `migrations/${labelOfMigration(migration)}`
}

interface Needed {
  readonly fixture: string
  /** How far it is, where it is not frozen. */
  next(): Pick<FixtureStatus, 'state' | 'next'>
}

/** All that a suite needs, in the order in which a version is made. */
function listFixtures(suite: FixtureSuite, { format }: Ledger): Needed[] {
  const written = suite.snapshots.filter(({ form }) => form !== 'empty')
  const bySelf = () => ({ state: 'pending', next: freezeNext }) as const
  const obstacles = findObstacles(suite, written)
  return [
    ...(suite.plan.base === undefined || format === 1 ? [] : [{ fixture: 'base', next: bySelf }]),
    ...suite.plan.migrations.map((migration) => ({ fixture: nameOf(migration), next: bySelf })),
    ...goldensOf(suite).map(({ name, versioned }) => textOf(suite, 'schemas', name, versioned)),
    ...written.map(({ name, form }) => {
      const needed = textOf(suite, 'rows', name, isMadeByMigrations(form))
      return { ...needed, next: () => obstacles().get(needed.fixture) ?? needed.next() }
    }),
    ...suite.snapshots.map(({ name }) => ({
      fixture: `snapshots/${name}`,
      next: () => (obstacles().has(`rows/${name}`) ? after(`rows/${name}`) : bySelf()),
    })),
  ]
}

const freezeNext = `run \`${howToRun('freeze')}\``

/** What waits for another fixture. */
function after(fixture: string) {
  return { state: 'pending', next: `${fixture} comes first` } as const
}

/**
 * What stands in the way of the rows that `freeze` would draft: it is asked once, and only where a version has its golden schema,
 * so that `freeze` may have tried already. Rows after the first ones that cannot be drafted are not tried.
 */
function findObstacles(suite: FixtureSuite, written: readonly SnapshotDeclaration[]) {
  let found: Map<string, Pick<FixtureStatus, 'state' | 'next'>> | null = null
  return () => {
    if (found !== null) return found
    found = new Map()
    for (const declaration of written) {
      const { name, form } = declaration
      const hasText = (kind: TextKind) => readFixtureText(suite.fixtures, kind, name) !== null
      if (!isMadeByMigrations(form) || hasText('rows') || !hasText('schemas')) continue
      const [first] = found.keys()
      const obstacle = first === undefined ? whyNotDrafted(suite, declaration) : after(first)
      if (obstacle !== null) found.set(`rows/${name}`, obstacle)
    }
    return found
  }
}

function whyNotDrafted(suite: FixtureSuite, declaration: SnapshotDeclaration) {
  try {
    draftRowsOf(suite, declaration)
    return null
  } catch (error) {
    if (!(error instanceof DiagnosedError)) throw error
    const { actual, fix } = error.diagnosis
    return { state: 'pending', next: `no rows can be drafted: ${actual}: ${fix}` } as const
  }
}

/** @param canBeDrafted whether the migrations leave this form behind */
function textOf({ fixtures }: FixtureSuite, kind: TextKind, name: string, canBeDrafted: boolean): Needed {
  return {
    fixture: `${kind}/${name}`,
    next: () => {
      const text = readFixtureText(fixtures, kind, name)
      if (text === null && canBeDrafted) return { state: 'pending', next: `${freezeNext}, which drafts it` }
      if (text === null)
        return { state: 'pending', next: 'write it by hand: no migration leaves this form behind' }
      return isDraft(text)
        ? {
            state: 'draft',
            next: `read ${shownPath(textPath(fixtures, kind, name))}, ${howToReview(text)}, and ${freezeNext}`,
          }
        : { state: 'pending', next: freezeNext }
    },
  }
}

function findDifferences(suite: FixtureSuite, ledger: Ledger): FixtureError[] {
  const frozen = suite.snapshots.flatMap((declaration) => {
    const entry = ledger.snapshots.find(({ name }) => name === declaration.name)
    if (entry === undefined) return []
    return [
      ...checkFile(suite, entry),
      ...checkDescription(entry, declaration),
      ...(declaration.form === 'empty' ? [] : checkText(suite, declaration.name)),
    ]
  })
  return [
    ...findChangedHistory(suite, ledger, pinMigrations(suite, ledger)),
    ...frozen,
    ...findUnknownFiles(suite, ledger),
  ]
}

function checkText({ fixtures }: FixtureSuite, name: string): FixtureError[] {
  if (readFixtureText(fixtures, 'rows', name) !== null) return []
  const fix = 'restore it from version control'
  return [new FixtureError(`rows/${name}`, { expected: `the file rows/${name}.sql`, actual: 'none', fix })]
}
