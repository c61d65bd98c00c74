import { countOf } from '../count.ts'
import { howToRun } from '../how-to-run.ts'
import { FixtureError } from './errors.ts'
import { canonicalText } from './hash.ts'
import { labelOf } from './label.ts'
import {
  adoptedOf,
  type Executed,
  type ExecutedOnRows,
  type MigrationEntry,
  type MigrationPins,
} from './ledger.ts'
import type { PresentMigration } from './present.ts'

/** What can be wrong with a released migration. */
export type PinCode =
  | 'checksum-changed'
  | 'declaration-changed'
  | 'migration-edited'
  | 'migration-inserted'
  | 'migration-renamed'
  | 'migrations-swapped'
  | 'version-removed'
  | 'version-renumbered'

/** What a migration no longer has of what is pinned. */
export interface PinDifference {
  readonly code: PinCode
  /** The migration that was released; of one that was inserted, itself. */
  readonly label: string
  readonly version: number
  /** Where the difference is; null where nothing is left of it. */
  readonly present: PresentMigration | null
  /** What of an edited one differs. */
  readonly part: 'statements' | 'rows' | 'source' | null
  readonly expected: string
  readonly actual: string
  readonly fix: string
}

/** A released migration that is no longer what the ledger pins. */
export class PinnedMigrationError extends FixtureError {
  readonly difference: PinDifference

  constructor(difference: PinDifference) {
    const { label, expected, actual, fix } = difference
    super(`migrations/${label}`, { expected, actual, fix })
    this.difference = difference
  }
}

/** What to do about what differs from the ledger: a merge of two branches may have taken the wrong side. */
export function undo(change: string, label: string): string {
  return (
    `undo ${change}; where two branches added ${label}, say which of them is released: it keeps the number, and the ` +
    'other becomes the next version'
  )
}

const ofUse = 'the change: people hold files that were made by it as it was'

/** A pinned migration, and what there is in its place now. */
interface Match {
  readonly pinned: MigrationEntry
  readonly present: PresentMigration | null
}

/**
 * What of the pinned migrations is no longer as it was. Migrations are matched by their ids where both sides know them, and by
 * their versions otherwise; one whose id is gone by its statements.
 */
export function compareMigrations(
  pinned: readonly MigrationEntry[],
  present: readonly PresentMigration[],
): PinDifference[] {
  const matches = matchMigrations(pinned, present)
  const swapped = findSwapped(matches)
  const inPairs = new Set(swapped.flat())
  return [
    ...swapped.map(([first, second]) => describeSwap(first, second)),
    ...matches.flatMap((match) => (inPairs.has(match) ? [] : compareMatch(match, matches, present))),
    ...findInserted(matches, present),
  ]
}

function matchMigrations(pinned: readonly MigrationEntry[], present: readonly PresentMigration[]): Match[] {
  const ids = new Set(pinned.flatMap(({ pins }) => (pins === undefined ? [] : [pins.id])))
  const free = new Set(present.filter(({ entry }) => !ids.has(entry.pins?.id ?? '')))
  return pinned.map((entry) => {
    const { pins, version } = entry
    const others = present.filter((one) => one.entry.pins === undefined || pins === undefined)
    const same =
      present.find((one) => pins !== undefined && one.entry.pins?.id === pins.id) ??
      others.find((one) => one.entry.version === version)
    if (same !== undefined) return { pinned: entry, present: same }
    const alike = [...free].filter((one) => executesSame(entry, one.entry))
    const renamed = alike.find((one) => one.entry.version === version) ?? alike[0] ?? null
    if (renamed !== null) free.delete(renamed)
    return { pinned: entry, present: renamed }
  })
}

/** By what each migration asks for where both sides know it; otherwise by what is executed. */
function executesSame(pinned: MigrationEntry, present: MigrationEntry): boolean {
  return ranOf(pinned, present).hash === ranOf(present, pinned).hash
}

function ranOf(entry: MigrationEntry, other: MigrationEntry): Executed {
  return entry.pins === undefined || other.pins === undefined ? entry : entry.pins.asked
}

/** Pairs of which each does what the other did, or that come in the other order. */
function findSwapped(matches: readonly Match[]): (readonly [Match, Match])[] {
  return matches.flatMap((first, index) =>
    matches
      .slice(index + 1)
      .filter((second, distance) => areSwapped(first, second, distance === 0))
      .map((second) => [first, second] as const),
  )
}

/** @param areNeighbours whether one was released right after the other: of a longer move, these pairs say all */
function areSwapped(
  { pinned: left, present: leftNow }: Match,
  { pinned: right, present: rightNow }: Match,
  areNeighbours: boolean,
): boolean {
  if (leftNow === null || rightNow === null) return false
  const { version: leftVersion } = leftNow.entry
  const { version: rightVersion } = rightNow.entry
  const haveExchanged = leftVersion === right.version && rightVersion === left.version
  if (leftVersion > rightVersion && (areNeighbours || haveExchanged)) return true
  const haveContents = executesSame(left, rightNow.entry) && executesSame(right, leftNow.entry)
  return haveContents && !executesSame(left, right)
}

function describeSwap(
  { pinned, present }: Match,
  { pinned: other, present: otherNow }: Match,
): PinDifference {
  const [first, second] = [labelOf(pinned), labelOf(other)]
  const hasOtherContents =
    present !== null && executesSame(other, present.entry) && !executesSame(pinned, other)
  const actual = hasOtherContents
    ? `each with the statements of the other, in ${fileNames(present, otherNow)}`
    : `${second} before ${first}`
  return {
    code: 'migrations-swapped',
    label: first,
    version: pinned.version,
    present,
    part: null,
    expected: `${first}, and then ${second}, as they were released`,
    actual,
    fix: 'swap them back: files that have had one of them would get it again, and never the other',
  }
}

function fileNames(...present: readonly (PresentMigration | null)[]): string {
  const names = present.map((one) =>
    one === null ? '' : (one.file?.split(/[\\/]/).at(-1) ?? labelOf(one.entry)),
  )
  return names.join(' and ')
}

function compareMatch(
  { pinned, present }: Match,
  matches: readonly Match[],
  all: readonly PresentMigration[],
): PinDifference[] {
  const label = labelOf(pinned)
  const difference = (
    code: PinCode,
    found: Pick<PinDifference, 'expected' | 'actual'> & Partial<PinDifference>,
  ) => {
    return { code, label, version: pinned.version, present, part: null, fix: undo(ofUse, label), ...found }
  }
  if (present === null) {
    return [
      difference('version-removed', {
        expected: `the migration ${label}, as it was released`,
        actual: `none of that ${pinned.pins === undefined ? 'version' : 'id'}; the latest is ${describeLatest(all)}`,
        fix: `bring ${label} back, and its line in the list of migrations: people hold files of it`,
      }),
    ]
  }
  const moved = executesSame(pinned, present.entry) ? undefined : findMoved(pinned, matches, all)
  if (moved !== undefined) {
    const now = labelOf(moved.entry)
    return [
      difference('version-renumbered', {
        present: moved,
        expected: `the statements of ${label} under that number`,
        actual: `they are ${now} now`,
        fix: `number it ${pinned.version} again, and give new migrations the numbers after the latest`,
      }),
    ]
  }
  const { pins } = present.entry
  const declared =
    pinned.pins === undefined || pins === undefined
      ? []
      : [
          ...compareNames(pinned.pins, pins).map((found) => difference('migration-renamed', found)),
          ...compareDeclarations(pinned.pins, pins, labelOf(pinned)).map((found) =>
            difference('declaration-changed', found),
          ),
        ]
  const adopted =
    pinned.pins === undefined || pins === undefined ? [] : compareAdopted(pinned.pins, pins, labelOf(pinned))
  // They stand in the file of the code.
  const contents = compareContents(pinned, present).filter(
    ({ part }) => declared.length + adopted.length === 0 || part === 'statements' || part === 'rows',
  )
  const others = [...adopted, ...contents]
  return [...declared, ...others.map(({ code = 'migration-edited', ...found }) => difference(code, found))]
}

/** The same statements under another number, which nothing pinned has. */
function findMoved(
  pinned: MigrationEntry,
  matches: readonly Match[],
  present: readonly PresentMigration[],
): PresentMigration | undefined {
  return present.find(
    (one) =>
      executesSame(pinned, one.entry) &&
      one.entry.version !== pinned.version &&
      !matches.some((match) => match.present === one && executesSame(match.pinned, one.entry)),
  )
}

function describeLatest(present: readonly PresentMigration[]): string {
  const last = present.at(-1)
  return last === undefined ? 'none' : labelOf(last.entry)
}

type Found = Pick<PinDifference, 'expected' | 'actual'> & Partial<PinDifference>

function compareNames(pinned: MigrationPins, present: MigrationPins): Found[] {
  const fix =
    'give it its released name again: a database that has had it notes that name, and the tool would take it for another one'
  if (pinned.id !== present.id)
    return [{ expected: `the id ${pinned.id}`, actual: `the id ${present.id}`, fix }]
  if (pinned.name === present.name) return []
  return [
    {
      expected: `the name '${pinned.name}'`,
      actual: `the name '${present.name}'`,
      fix: 'give it its released name again',
    },
  ]
}

/** Each that was added, removed or changed. Of changes of data, those that are pinned in another form. */
function compareDeclarations(pinned: MigrationPins, present: MigrationPins, label: string): Found[] {
  const keys = new Set([...Object.keys(pinned.declarations), ...Object.keys(present.declarations)])
  const differing = [...keys].filter(
    (key) =>
      key !== 'adopts' &&
      canonicalText(pinned.declarations[key]) !== canonicalText(present.declarations[key]),
  )
  if (differing.length === 0) return []
  const show = ({ declarations }: MigrationPins) =>
    differing.map((key) => describeDeclaration(key, declarations[key])).join(', ')
  return [
    {
      expected: `${show(pinned)}, as it was released with`,
      actual: show(present),
      fix: `declare it as it was released: files in the field were upgraded, and proven, with that; where no release has it yet, run \`${howToRun('freeze', '--refreeze', `migrations/${label}`)}\``,
    },
  ]
}

/** Which migrations it notes without running them, and what these execute to make a new file. */
function compareAdopted(
  pinned: MigrationPins,
  present: MigrationPins,
  label: string,
): (Found & { readonly code?: PinCode })[] {
  const [before, now] = [adoptedOf(pinned), adoptedOf(present)]
  const idsOf = (adopted: typeof now) => adopted?.map(({ id }) => id).join(', ')
  const show = (adopted: typeof now) =>
    adopted === undefined ? 'a migration that is run' : `the adoption of ${idsOf(adopted)}`
  if (idsOf(before) !== idsOf(now)) {
    return [
      {
        code: 'declaration-changed',
        expected: `${show(before)}, as it was released with`,
        actual: show(now),
        fix: `adopt what was released: files in the field note that; where no release has it yet, run \`${howToRun('freeze', '--refreeze', `migrations/${label}`)}\``,
      },
    ]
  }
  const edited = before?.find(({ hash }, index) => hash !== now?.[index]?.hash)
  const actual = now?.find(({ id }) => id === edited?.id)
  if (edited === undefined || actual === undefined) return []
  return [
    {
      part: 'statements',
      expected: `${describe(edited)} of ${edited.id}, which makes new files, as the ledger pins`,
      actual: describe(actual),
    },
  ]
}

function describeDeclaration(key: string, value: unknown): string {
  if (value === undefined) return `no ${key}`
  return typeof value === 'string' ? `${key}: '${value}'` : `${key}: ${canonicalText(value)}`
}

/** The first thing that shows that a migration does something else, or may; what follows from it is not reported beside it. */
function compareContents(
  pinned: MigrationEntry,
  present: PresentMigration,
): (Found & { readonly code?: PinCode })[] {
  if (!executesSame(pinned, present.entry)) {
    const [before, after] = [ranOf(pinned, present.entry), ranOf(present.entry, pinned)]
    return [
      { part: 'statements', expected: `${describe(before)}, as the ledger pins`, actual: describe(after) },
    ]
  }
  const { pins } = present.entry
  if (pinned.pins === undefined || pins === undefined) return []
  const onRows = pinned.pins.onRows.flatMap((entry) => compareOnRows(entry, pins, present))
  if (onRows.length > 0) return onRows.slice(0, 1)
  const { source, checksum } = pinned.pins
  if (!present.isSqlAlone && source?.of === pins.source?.of && source?.hash !== pins.source?.hash) {
    return [
      {
        part: 'source',
        expected: `the code of hash ${source?.hash.slice(0, 12)}, as the ledger pins`,
        actual: `other code, of hash ${pins.source?.hash.slice(0, 12)}: it executes the same on the frozen rows, and on others it may not`,
      },
    ]
  }
  const isNoted = checksum !== null && checksum.algorithm === pins.checksum?.algorithm
  if (!isNoted || checksum.value === pins.checksum?.value) return []
  return [
    {
      code: 'checksum-changed',
      expected: `the ${checksum.algorithm} ${checksum.value.slice(0, 12)} that databases note of its file`,
      actual: `${pins.checksum?.value.slice(0, 12)}, with the same statements: ${present.consequence ?? 'the tool compares it'}`,
      fix: 'restore the file to the byte, with its comments, white space and line ends; where git changes them, as on Windows, a line `*.sql -text` in .gitattributes keeps them',
    },
  ]
}

function compareOnRows(entry: ExecutedOnRows, { onRows }: MigrationPins, present: PresentMigration): Found[] {
  const now = onRows.find(({ snapshot }) => snapshot === entry.snapshot)
  const failure = present.failures.get(entry.snapshot)
  if (now === undefined && failure === undefined) return []
  if (now?.hash === entry.hash) return []
  return [
    {
      part: 'rows',
      expected: `${describe(entry)} on the rows of ${entry.snapshot}, as the ledger pins`,
      actual: now === undefined ? `the error '${failure}'` : describe(now),
    },
  ]
}

function describe({ statements, hash }: Executed): string {
  return `${countOf(statements, 'statement')} of hash ${hash.slice(0, 12)}`
}

/** New migrations that come before a released one: some files have had that already. */
function findInserted(matches: readonly Match[], present: readonly PresentMigration[]): PinDifference[] {
  const known = new Set(matches.map((match) => match.present))
  const last = matches.findLast((match) => match.present !== null)
  if (last?.present == null || last.pinned.pins === undefined) return []
  const lastVersion = Math.max(...matches.map((match) => match.present?.entry.version ?? 0))
  return present
    .filter(
      (one) =>
        !known.has(one) && one.entry.version < lastVersion && labelOf(one.entry) !== `v${one.entry.version}`,
    )
    .map((one) => ({
      code: 'migration-inserted',
      label: labelOf(one.entry),
      version: one.entry.version,
      present: one,
      part: null,
      expected: `a new migration to come after ${labelOf(last.pinned)}, which is released`,
      actual: 'one that comes before it, so that files that have had the released one get it late, or never',
      fix: 'give it a later number, time or name',
    }))
}
