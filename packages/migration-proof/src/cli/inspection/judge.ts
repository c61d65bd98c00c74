import { DiagnosedError } from '../../errors.ts'
import { diffFromExpected } from '../../migrator/versions.ts'
import type { Suite } from '../../proof/suite.ts'
import { type Difference, isExtraObject } from '../../schema/difference.ts'
import { nameKeyOf, type SchemaObject } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import type { Connection } from '../../sql/connection.ts'
import { type Recognition, recogniseDatabase } from '../../upgrade/recognise.ts'
import { decideUpgrade } from '../../upgrade/survey.ts'
import { adviseOnUnnoted, findUnnoted } from '../../upgrade/unnoted.ts'
import { findHalf } from './half-done.ts'
import type { Extra, HalfDone, Unnoted, UpgradeOutlook } from './model.ts'
import type { Reference } from './references.ts'

/** What is found of a file that is not just as a known one. */
export interface Judgement {
  readonly recognition: Recognition
  readonly differences: readonly Difference[]
  readonly extras: readonly Extra[]
  readonly half: HalfDone | null
  readonly unnoted: Unnoted | null
  readonly upgrade: UpgradeOutlook
}

/**
 * Asks the code that decides for `upgrade`, and compares the schema with a known one. It needs the parser of SQL, which
 * takes longer to load than all else: this module is loaded only where there is something to judge.
 *
 * @throws {VersionTableError} when the database is the subject's, and its version cannot be read
 */
export function judge(
  connection: Connection,
  suite: Suite,
  file: string,
  reference: Reference | undefined,
): Judgement {
  const recognition = recogniseDatabase(connection, suite)
  const { upgrade, kept } = decide(connection, suite, file)
  const isOurs = recognition.kind !== 'foreign'
  const all = reference === undefined || !isOurs ? [] : compare(connection, suite, reference)
  const { version } = recognition
  const isSame = reference !== undefined && all.length === 0
  const unnoted = isSame || !isOurs || version === null ? null : lookForUnnoted(connection, suite, version)
  const next =
    all.length === 0 || version === null || unnoted !== null
      ? null
      : findHalf(connection, suite.plan, version)
  const found = all.filter(({ object }) => next?.isOfHalf(object) !== true)
  const keys = kept === null ? null : new Set(kept.map(nameKeyOf))
  return {
    recognition,
    upgrade,
    half: next?.half ?? null,
    unnoted,
    differences: found.filter((difference) => !isExtraObject(difference)),
    extras: found.filter(isExtraObject).map((extra) => ({ ...extra, fate: fateOf(extra, keys) })),
  }
}

function lookForUnnoted(connection: Connection, { plan }: Suite, version: number): Unnoted | null {
  try {
    const later = findUnnoted(connection, plan, version)
    const [table = ''] = plan.versions.tables
    return later === null ? null : { version: later, advice: adviseOnUnnoted(version, later, table) }
  } catch (error) {
    // A migration that fails in an empty database is reported by other commands.
    if (error instanceof DiagnosedError) return null
    throw error
  }
}

function fateOf({ object }: Difference, kept: ReadonlySet<string> | null): Extra['fate'] {
  if (kept === null) return null
  return kept.has(nameKeyOf(object)) ? 'kept' : 'taken-over'
}

interface Decision {
  readonly upgrade: UpgradeOutlook
  /** Null where it is refused. */
  readonly kept: readonly SchemaObject[] | null
}

function decide(connection: Connection, suite: Suite, file: string): Decision {
  try {
    const { version, extras } = decideUpgrade(connection, suite.plan, file, suite)
    const outcome = version < suite.plan.migrations.length ? 'possible' : 'nothing-to-do'
    return { upgrade: { outcome, refusal: null }, kept: extras }
  } catch (error) {
    if (!(error instanceof DiagnosedError)) throw error
    return { upgrade: { outcome: 'refused', refusal: error.message }, kept: null }
  }
}

function compare(connection: Connection, { plan }: Suite, reference: Reference): readonly Difference[] {
  const expected = reference.open()
  try {
    return diffFromExpected(readSchema(expected), readSchema(connection), plan)
  } finally {
    expected.close()
  }
}
