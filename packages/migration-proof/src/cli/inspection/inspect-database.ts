import { readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, resolve } from 'node:path'
import { realPathOf } from '../../engines/database-path.ts'
import { DatabaseOpenError } from '../../engines/errors.ts'
import { refuseUnwritable } from '../../migrator/inspect-file.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import type { Suite } from '../../proof/suite.ts'
import type { Connection } from '../../sql/connection.ts'
import { foldName } from '../../sql/names.ts'
import { readInPlace } from '../../upgrade/copy-database.ts'
import { fileGone } from '../../upgrade/errors.ts'
import { refuseNewerWriteVersion } from '../../upgrade/exclusive.ts'
import { withOwnLog } from '../../upgrade/refuse-foreign-log.ts'
import type { Leftover } from '../../upgrade/run-folder.ts'
import { findSourceFile } from '../../upgrade/source-file.ts'
import { withoutNewSidecars } from '../../upgrade/tidy-sidecars.ts'
import type { InspectedTable, Inspection, Seen, UpgradeOutlook } from './model.ts'
import { isSameOutline, messageOf, refusalOf } from './model.ts'
import { type Contents, readContents } from './read-contents.ts'
import { findNearest, findReferences, formOf, type Reference } from './references.ts'

/**
 * Lets a function read a database file that must exist, and changes no byte of it. Where SQLite would have to write
 * first, a private copy is read: a process left a change unfinished, or the file is in WAL mode and no one may write
 * beside it.
 *
 * @throws {DatabaseOpenError} when the file is no usable database
 * @throws {UpgradeRefusedError} when the log beside it is that of another one
 */
export async function lookAt<Result>(
  file: string,
  look: (connection: Connection) => Result,
): Promise<Seen<Result>> {
  const seen = tryToLook(file, look)
  if (seen !== null) {
    const again = <Other>(other: (connection: Connection) => Other) => lookAgain(file, other)
    return { ...seen, isCopy: false, refusal: null, again, ...nothingToRemove }
  }
  // Loaded only then: a process of its own makes the copy.
  const { lookAtCopy } = await import('./look-at-copy.ts')
  return lookAtCopy(file, look)
}

const nothingToRemove = { [Symbol.dispose]: () => {} }

function lookAgain<Result>(file: string, look: (connection: Connection) => Result): Result {
  const seen = tryToLook(file, look)
  if (seen !== null) return seen.result
  throw new DatabaseOpenError('busy', {
    where: file,
    expected: 'a file that stays as it is while it is inspected',
    actual: 'one that a process has begun to change',
    fix: 'run it again',
  })
}

function tryToLook<Result>(file: string, look: (connection: Connection) => Result) {
  const lookInPlace = () =>
    readInPlace(file, { mustExist: true, mustBeWritable: false }, (connection) => ({
      result: look(connection),
    }))
  // With the log of another database, SQLite shows that one, or a mixture of both.
  return withOwnLog(file, () => withoutNewSidecars(file, lookInPlace))
}

/**
 * Reads what a database file is and holds, and changes no byte of it. Copies of it that killed runs left among the
 * temporary files are removed.
 *
 * @throws {DatabaseOpenError} when the file is no usable database
 * @throws {UpgradeRefusedError} when the log beside it is that of another one
 * @throws {VersionTableError} when its version cannot be read
 */
export async function inspectDatabase(suite: Suite, given: string): Promise<Inspection> {
  const file = realPathOf(given)
  using read = await lookAt(file, (connection) => readContents(connection, suite.plan))
  const seen = { ...read, result: { ...read.result, tables: await listOwnTables(read.result) } }
  const reference = findReference(suite, seen.result)
  const inspection = isJustAs(reference, seen.result, suite)
    ? describeKnown(suite, file, seen, reference)
    : await judgeUnknown(suite, file, seen, reference)
  const refused = refuse(inspection, findRefusal(inspection, given, seen))
  const rows = await listRefusedRows(suite, refused, seen)
  const { notedBy } = seen.result
  const noted = notedBy === null ? {} : { notedBy }
  return { ...refused, ...noted, refused: rows, file: given, leftovers: await clearTemporary(file) }
}

/** Loaded only where there is an upgrade: it needs the schemas of the versions to come. */
async function listRefusedRows({ plan }: Suite, { version, upgrade }: Known, { again }: Seen<unknown>) {
  if (upgrade.outcome !== 'possible' || version === null || version === 0) return []
  const { findRefusedRows } = await import('../../upgrade/refused-rows.ts')
  return again((connection) => findRefusedRows(connection, plan, version))
}

/** What speaks against an upgrade beside the contents: a link, which is followed to be read, is not upgraded. */
function findRefusal({ upgrade }: Known, given: string, { refusal, again }: Seen<unknown>): string | null {
  if (refusal !== null || upgrade.outcome !== 'possible') return refusal
  const error = refusalOf(() => {
    const path = findSourceFile(given)
    refuseUnwritable(path, true)
    // While a connection is open, no descriptor is needed.
    again(() => refuseNewerWriteVersion(path))
  })
  return messageOf(error)
}

function refuse(inspection: Known, refusal: string | null): Known {
  if (refusal === null || inspection.upgrade.outcome === 'refused') return inspection
  const extras = inspection.extras.map((extra) => ({ ...extra, fate: null }))
  return { ...inspection, extras, upgrade: { outcome: 'refused', refusal } }
}

type Known = Omit<Inspection, 'leftovers' | 'refused'>

/** What a virtual table keeps behind it is a part of that, and no table of its own. */
async function listOwnTables({ tables, catalog }: Contents): Promise<readonly InspectedTable[]> {
  if (catalog === null) return tables
  const { findShadows } = await import('../../schema/shadow.ts')
  const shadows = findShadows(catalog)
  return tables.filter(({ name }) => !shadows.has(foldName(name)))
}

/** Null for an empty database, which is like none; undefined where nothing is known of such a one. */
function findReference(suite: Suite, { version, outline }: Contents): Reference | null | undefined {
  if (version === null || version > latestVersionOf(suite.plan)) return undefined
  if (version === 0 && outline.size === 0) return null
  return findNearest(findReferences(suite, version), outline)
}

/** Whether no more than a comparison of texts is needed to know all: it lets the command start fast. */
function isJustAs(reference: Reference | null | undefined, contents: Contents, { plan }: Suite): boolean {
  const { version, outline, isMarked, knowsDescending } = contents
  if (reference === null) return !isMarked
  if (reference === undefined || !isSameOutline(reference.outline, outline)) return false
  return knowsDescending || version === latestVersionOf(plan)
}

function describeKnown(
  suite: Suite,
  file: string,
  { result: { version, outline, tables, edited }, isCopy }: Seen<Contents>,
  reference: Reference | null | undefined,
): Known {
  const latestVersion = latestVersionOf(suite.plan)
  const upgrade: UpgradeOutlook = {
    outcome: version === latestVersion ? 'nothing-to-do' : 'possible',
    refusal: null,
  }
  return {
    ...{ file, sizeBytes: readSize(file), version, latestVersion, tables, isCopy, upgrade },
    form: reference == null || version === null ? 'empty' : formOf(reference, version, outline),
    comparedWith: reference?.source ?? null,
    differences: [],
    extras: [],
    half: null,
    unnoted: null,
    edited,
  }
}

async function judgeUnknown(
  suite: Suite,
  file: string,
  seen: Seen<Contents>,
  reference: Reference | null | undefined,
): Promise<Known> {
  const { judge } = await import('./judge.ts')
  const { outline, tables, versionText, edited } = seen.result
  const { recognition, ...judgement } = seen.again((connection) =>
    judge(connection, suite, resolve(file), reference ?? undefined),
  )
  const { kind, version } = recognition
  const isSubject = kind === 'subject' && reference !== undefined && reference !== null
  const latestVersion = latestVersionOf(suite.plan)
  return {
    ...{ file, sizeBytes: readSize(file), version, latestVersion, tables, isCopy: seen.isCopy },
    ...judgement,
    edited,
    ...(version === null || Number.isSafeInteger(version)
      ? {}
      : { exactVersion: versionText ?? `${version}` }),
    form: isSubject ? formOf(reference, recognition.version, outline) : kind === 'subject' ? 'unknown' : kind,
    comparedWith: isSubject ? reference.source : null,
  }
}

function readSize(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) throw fileGone(file)
  return found.size
}

/**
 * Removes the copies of a file that killed runs left among the temporary files, and returns what may be one and was
 * not removed. Where there is none, which is nearly always, that takes one look at the names.
 */
async function clearTemporary(file: string): Promise<readonly Leftover[]> {
  const path = resolve(file)
  const prefix = `${basename(path)}.unfinished-`
  if (!listNames(tmpdir()).some((name) => name.startsWith(prefix))) return []
  const { removeDeadRuns } = await import('../../upgrade/run-folder.ts')
  return removeDeadRuns(tmpdir(), path).filter(({ state }) => state === 'unknown')
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
