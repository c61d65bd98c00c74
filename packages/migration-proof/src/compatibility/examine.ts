import { checkBehaviour } from '../behaviour/checks/index.ts'
import { compareContent, readUserContent } from '../checks/check.ts'
import { checks } from '../checks/index.ts'
import type { RerunSubject } from '../checks/subject.ts'
import { runCheck } from '../checks/verify.ts'
import { withPrepared } from '../engines/better-sqlite3.ts'
import { makeProblem, type Problem } from '../problem.ts'
import { type Content, hashRows } from '../snapshots/content-hash.ts'
import { openInMemory } from '../snapshots/open.ts'
import { storedColumns } from '../snapshots/typed-rows.ts'
import type { Connection } from '../sql/connection.ts'
import { comparePlans, compareRows } from './same-statements.ts'

/**
 * Compares a database that was upgraded on an engine, by a connection of that engine, with what better-sqlite3 made of the
 * same file: its schema as the engine reads it, each row, `integrity_check`, `foreign_key_check`, and that nothing is left
 * to do.
 */
export function examineUpgrade(
  connection: Connection,
  subject: RerunSubject,
  options: ExamineOptions = {},
): Problem[] {
  const names = ['golden', 'facts', 'versions', 'integrity', 'foreign keys', 'rerun']
  return [
    ...runChecks(withoutRefused(names, options), connection, subject),
    ...compareUserContent(connection, subject),
  ]
}

/** Looks at a database that better-sqlite3 upgraded and an engine only received: it reads all of it, and finds it sound. */
export function examineReceived(
  connection: Connection,
  subject: RerunSubject,
  options: ExamineOptions = {},
): Problem[] {
  return [
    ...runChecks(withoutRefused(['golden', 'integrity', 'foreign keys'], options), connection, subject),
    ...compareUserContent(connection, subject),
  ]
}

export interface ExamineOptions {
  /** Whether the engine refuses `PRAGMA integrity_check`: then better-sqlite3 alone runs it, on the file that is left. */
  readonly refusesIntegrityCheck?: boolean
}

function withoutRefused(names: readonly string[], { refusesIntegrityCheck = false }: ExamineOptions) {
  return names.filter((name) => !refusesIntegrityCheck || name !== 'integrity')
}

/** Looks at a file that another engine or process left, by a connection of better-sqlite3. */
export function examineFile(connection: Connection, subject: RerunSubject): Problem[] {
  return runChecks(['golden', 'versions', 'rows', 'integrity', 'foreign keys'], connection, subject)
}

/**
 * Writes to every table and asks for every plan: constraints and their codes, defaults, storage, cascades, indexes, and the
 * statements of the application. What it writes it takes back. Foreign keys must be on.
 */
export function examineBehaviour(connection: Connection, subject: RerunSubject): Problem[] {
  const { suite, target, upgraded } = subject
  // The rows that are tried are found on the engine of the harness, where that takes less time.
  runChecks(['inserts'], upgraded, subject)
  const declared = suite.facts.tables.length + suite.facts.contracts.length > 0
  return [
    ...runChecks(['inserts'], connection, subject),
    ...compareRows(upgraded, connection),
    ...comparePlans(upgraded, connection),
    ...(declared ? checkBehaviour({ connection, facts: suite.facts, version: target }) : []),
  ]
}

function runChecks(names: readonly string[], upgraded: Connection, subject: RerunSubject): Problem[] {
  return names.flatMap((name) => {
    const check = checks.find((candidate) => candidate.name === name)
    if (check === undefined) throw new Error(`Expected a check '${name}', found none.`)
    return runCheck(check, { ...subject, upgraded }).problems
  })
}

/** What better-sqlite3 has: each engine is compared with it more than once. */
const contents = new WeakMap<Connection, Content>()

function compareUserContent(connection: Connection, subject: RerunSubject): Problem[] {
  const { plan } = subject.suite
  const expected = contents.get(subject.upgraded) ?? readUserContent(subject.upgraded, plan)
  contents.set(subject.upgraded, expected)
  const actual = readUserContent(connection, plan)
  if (expected.schemaHash === actual.schemaHash) {
    const isOther = (name: string) =>
      expected.tables.find((table) => table.name === name)?.hash !==
      actual.tables.find((table) => table.name === name)?.hash
    const others = expected.tables.map(({ name }) => name).filter(isOther)
    if (others.length > 0) return others.flatMap((table) => compareTable(table, connection, subject))
  }
  return compareContent('content', expected, actual)
}

/** The clock of another engine cannot stand still: columns that hold its time, or chance, are left out. */
function compareTable(table: string, connection: Connection, subject: RerunSubject): Problem[] {
  const columns = storedColumns(subject.upgraded, table)
  const varying = findVarying(table, columns, subject)
  const compared = columns.filter((column) => !varying.includes(column))
  const expected = hashRows(subject.upgraded, table, compared)
  const actual = hashRows(connection, table, compared)
  if (expected.hash === actual.hash) return []
  return [
    makeProblem('content', {
      subject: { type: 'table', name: table },
      expected: `${expected.rows} rows of hash ${expected.hash.slice(0, 12)}`,
      actual: `${actual.rows} rows of hash ${actual.hash.slice(0, 12)}`,
    }),
  ]
}

/** The columns that differ between two upgrades on one engine, the second by the clock of the machine. */
function findVarying(table: string, columns: readonly string[], subject: RerunSubject): string[] {
  using copy = withPrepared(
    () => {},
    () => openInMemory(subject.image),
  )
  copy.connection.exec('PRAGMA foreign_keys = ON')
  subject.migrate(copy.connection, subject.suite.plan, { target: subject.target })
  return columns.filter(
    (column) =>
      hashRows(copy.connection, table, [column]).hash !== hashRows(subject.upgraded, table, [column]).hash,
  )
}
