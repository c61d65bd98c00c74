import { errorMessage } from '../../errors.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import { preflight } from '../../migrator/preflight.ts'
import type { StatementEvent } from '../../migrator/statements.ts'
import type { Content } from '../../snapshots/content-hash.ts'
import { openInMemory } from '../../snapshots/open.ts'
import type { Connection } from '../../sql/connection.ts'
import type { Check, Failure } from '../check.ts'
import { compareContent, readUserContent } from '../content.ts'
import { proveRowsKept } from '../rows/prove-rows-kept.ts'
import type { Subject } from '../subject.ts'

/** Whatever stops an upgrade, at whichever statement, the next start must find a whole version. */
export const interruption: Check = {
  name: 'interruption',
  proves: 'is at a whole version, with every row, after a failure at any statement, and a rerun finishes',
  run: (subject) => interruptUpgrade(subject),
}

/**
 * Interrupts the upgrade of a subject at its statements.
 *
 * @param limit how many of them at most, spread evenly from the first to the last; all unless told otherwise
 */
export function interruptUpgrade(subject: Subject, limit = Number.POSITIVE_INFINITY): Failure[] {
  const expected = readUserContent(subject.upgraded, subject.suite.plan)
  const events = listStatements(subject)
  return spread(events.length, limit).flatMap((place) => {
    const event = events[place]
    return event === undefined ? [] : interruptAt(subject, event, place, expected)
  })
}

function spread(length: number, limit: number): number[] {
  const places = Array.from({ length: Math.min(length, limit) }, (_, step) => step)
  if (length <= limit || limit < 2) return places
  return places.map((step) => Math.round((step * (length - 1)) / (limit - 1)))
}

class Interruption extends Error {
  override readonly name = 'Interruption'
}

function listStatements({ suite, image, target, migrate }: Subject): StatementEvent[] {
  const events: StatementEvent[] = []
  using copy = openInMemory(image)
  migrate(copy.connection, suite.plan, { target, beforeStatement: (event) => events.push(event) })
  return events
}

function interruptAt(subject: Subject, event: StatementEvent, place: number, expected: Content): Failure[] {
  const { image } = subject
  using copy = openInMemory(image)
  const failures = [
    ...failAt(subject, copy.connection, place),
    ...compareRows(subject, copy.connection),
    ...finish(subject, copy.connection, expected),
  ]
  return failures.map((failure) => ({
    ...failure,
    object: `${failure.object}, after a failure at statement ${place + 1}, '${firstLine(event)}'`,
  }))
}

/** Fails the upgrade at one statement, and looks whether what it leaves is a whole version. */
function failAt({ suite, target, migrate }: Subject, connection: Connection, place: number): Failure[] {
  let statements = 0
  const beforeStatement = () => {
    if (statements++ === place) throw new Interruption('a failure on purpose')
  }
  try {
    migrate(connection, suite.plan, { target, beforeStatement })
    return [{ object: 'the upgrade', expected: 'an error', actual: 'success' }]
  } catch {
    return describeHalfVersion(connection, suite.plan)
  }
}

function describeHalfVersion(connection: Connection, plan: MigrationPlan): Failure[] {
  if (connection.inTransaction) {
    return [{ object: 'the connection', expected: 'no open transaction', actual: 'one that is open' }]
  }
  try {
    preflight(connection, plan)
    return []
  } catch (error) {
    return [{ object: 'the schema', expected: 'that of a whole version', actual: String(error) }]
  }
}

function compareRows({ suite, pristinePath }: Subject, connection: Connection): Failure[] {
  const { failures } = proveRowsKept(connection, {
    pristine: { path: pristinePath },
    dataChanges: suite.plan.migrations.flatMap(({ dataChanges = [] }) => dataChanges),
    exclude: suite.plan.versions.tables,
  })
  return failures.map(({ object, expected, actual }) => ({ object: `table ${object}`, expected, actual }))
}

function finish({ suite, target, migrate }: Subject, connection: Connection, expected: Content): Failure[] {
  try {
    migrate(connection, suite.plan, { target })
  } catch (error) {
    return [{ object: 'the rerun', expected: 'success', actual: errorMessage(error) }]
  }
  return compareContent(expected, readUserContent(connection, suite.plan))
}

function firstLine({ sql }: StatementEvent): string {
  return sql.replace(/\s+/g, ' ').slice(0, 60)
}
