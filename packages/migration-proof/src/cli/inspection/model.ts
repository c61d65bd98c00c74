import { DatabaseOpenError } from '../../engines/errors.ts'
import { errorCode } from '../../migrator/errors.ts'
import type { Difference } from '../../schema/difference.ts'
import type { Connection } from '../../sql/connection.ts'
import { foldName } from '../../sql/names.ts'
import { normaliseSql } from '../../sql/normalise.ts'
import { UpgradeRefusedError } from '../../upgrade/errors.ts'
import type { RefusedRows } from '../../upgrade/refused-rows.ts'
import type { Leftover } from '../../upgrade/run-folder.ts'

/** What a database file is and holds. Of its rows it holds the number, never a value. */
export interface Inspection {
  readonly file: string
  readonly sizeBytes: number
  /** Null for another application's database whose versions are none of the subject's. */
  readonly version: number | null
  /** The version to the last digit, where a number cannot hold it. */
  readonly exactVersion?: string
  /** Which tool notes the version, and where, where the project has changed its tool; left out else. */
  readonly notedBy?: string
  /** The latest version that the suite knows. */
  readonly latestVersion: number
  /**
   * The form of its version, as the suite's snapshots name it; `newer` for a version that is not known, `foreign` for
   * another application's database, `unknown` where no form is like it.
   */
  readonly form: string
  readonly tables: readonly InspectedTable[]
  /** What its schema was compared with; null where the suite knows nothing of its version. */
  readonly comparedWith: string | null
  /** Where its schema is not what its version says. */
  readonly differences: readonly Difference[]
  /** Objects that its version does not know: the user's own. */
  readonly extras: readonly Extra[]
  /** What of the next migration is in it, where its tool was stopped in the middle; null where nothing is. */
  readonly half: HalfDone | null
  /** The later version whose schema it has, though the tool of the project has not noted that; null for none. */
  readonly unnoted: Unnoted | null
  /** The migrations whose files are others than those that it notes, though the tool does not compare them. */
  readonly edited: readonly string[]
  /** What `upgrade` would do with it. */
  readonly upgrade: UpgradeOutlook
  /** The rows that do not meet what a later version demands; its migration corrects them, or fails. */
  readonly refused: readonly RefusedRows[]
  /** Whether a copy was inspected, because SQLite cannot read the file without writing beside it. */
  readonly isCopy: boolean
  /** What may be a copy of it that a killed run left among the temporary files, and was not removed. */
  readonly leftovers: readonly Leftover[]
}

/** A part of a migration that a tool applies without a transaction. */
export interface HalfDone {
  readonly version: number
  readonly name: string
  readonly tool: string
  /** The statements whose changes of the schema are in the file. */
  readonly statements: readonly string[]
}

/** A version that a file seems to have had, and what to do. */
export interface Unnoted {
  readonly version: number
  readonly advice: string
}

export interface Extra extends Difference {
  /** `kept`: as it is. `taken-over`: a later version makes just such an object. Null where there is no upgrade. */
  readonly fate: 'kept' | 'taken-over' | null
}

export interface UpgradeOutlook {
  readonly outcome: 'possible' | 'nothing-to-do' | 'refused'
  /** The sentence by which `upgrade` refuses; null where it does not. */
  readonly refusal: string | null
}

export interface InspectedTable {
  readonly name: string
  /** Null where the rows cannot be counted. */
  readonly rows: number | null
  /** Why the rows cannot be counted: a module, a collation or a function is not there. Null where they can. */
  readonly unreadable: string | null
  /** Those of CREATE INDEX; a constraint's own are not listed. */
  readonly indexes: readonly InspectedIndex[]
}

export interface InspectedIndex {
  readonly name: string
  /** In order, such as `indexed_at DESC`. */
  readonly columns: readonly string[]
}

/** What was seen in a database file, which can be looked at again until it is disposed of. */
export interface Seen<Result> {
  readonly result: Result
  /** Whether a copy was looked at. */
  readonly isCopy: boolean
  /** Why an upgrade refuses what is beside the file; null if it does not. */
  readonly refusal: string | null
  again<Other>(look: (connection: Connection) => Other): Other
  [Symbol.dispose](): void
}

/** The error by which an upgrade refuses; null where it does not. */
export function refusalOf(check: () => unknown): Error | null {
  try {
    check()
    return null
  } catch (error) {
    // A limit of this process says nothing of the file.
    if (error instanceof Error && errorCode(error.cause) === 'EMFILE') throw error.cause
    if (error instanceof UpgradeRefusedError || error instanceof DatabaseOpenError) return error
    throw error
  }
}

export function messageOf(error: Error | null): string | null {
  return error === null ? null : error.message
}

/**
 * Every object of a schema with its normalised SQL. Two equal outlines mean equal schemas; where they are not
 * equal, the SQL must be parsed to know. That they need no parser is what lets the command start fast.
 */
export type Outline = ReadonlyMap<string, string>

export function readOutline(connection: Connection): Outline {
  const objects = connection.all(
    'SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL ORDER BY name',
  )
  return new Map(
    objects
      .filter(({ name }) => !String(name).startsWith('sqlite_'))
      .map(({ type, name, tbl_name, sql }) => [
        `${type} ${foldName(String(name))} ${foldName(String(tbl_name))}`,
        normaliseSql(String(sql)),
      ]),
  )
}

/** How many objects of the first are missing from the second, or are others there. */
export function countUnlike(expected: Outline, actual: Outline): number {
  return [...expected].filter(([object, sql]) => actual.get(object) !== sql).length
}

export function isSameOutline(expected: Outline, actual: Outline): boolean {
  return expected.size === actual.size && countUnlike(expected, actual) === 0
}
