import {
  type Connection,
  type Content,
  checks,
  describeSubject,
  diffContent,
  type MigrationPlan,
  readContent,
  runCheck,
  type Subject,
} from 'migration-proof'
import { checkBehaviour } from 'migration-proof/behaviour'

/** Something that a database does otherwise on an engine than it must. */
export interface Deviation {
  readonly check: string
  readonly object: string
  readonly expected: string
  readonly actual: string
}

/**
 * Looks at an upgraded database on an engine's own connection: its schema as the engine reads it, its rows
 * compared with those of better-sqlite3, integrity_check, foreign_key_check, and that nothing is left to do.
 */
export function examineUpgrade(connection: Connection, subject: Subject): Deviation[] {
  return [
    ...runChecks(['golden', 'facts', 'versions', 'integrity', 'foreign keys', 'rerun'], connection, subject),
    ...compareContent(connection, subject),
  ]
}

/** Looks at a database that an engine only received: it reads all of it, and finds it sound. */
export function examineReceived(connection: Connection, subject: Subject): Deviation[] {
  return [
    ...runChecks(['golden', 'integrity', 'foreign keys'], connection, subject),
    ...compareContent(connection, subject),
  ]
}

/** Looks at a file that another engine or process left, opened by better-sqlite3. */
export function examineFile(connection: Connection, subject: Subject): Deviation[] {
  return runChecks(['golden', 'versions', 'rows', 'integrity', 'foreign keys'], connection, subject)
}

/**
 * Writes to every table and asks for every plan: constraints and their codes, defaults, cascades, indexes,
 * and the statements of the server. What it writes it takes back.
 */
export function examineBehaviour(connection: Connection, { suite, target }: Subject): Deviation[] {
  return checkBehaviour({ connection, facts: suite.facts, version: target }).map(
    ({ code, subject, expected, actual }) => ({ check: code, object: subject.name, expected, actual }),
  )
}

function runChecks(names: readonly string[], upgraded: Connection, subject: Subject): Deviation[] {
  return names.flatMap((name) => {
    const check = checks.find((candidate) => candidate.name === name)
    if (check === undefined) throw new Error(`Expected a check '${name}', found none.`)
    return runCheck(check, { ...subject, upgraded }).problems.map((problem) => ({
      check: name,
      object: describeSubject(problem.subject),
      expected: problem.expected,
      actual: problem.actual,
    }))
  })
}

/** What better-sqlite3 has: each engine is compared with it more than once. */
const contents = new WeakMap<Connection, Content>()

function compareContent(connection: Connection, { suite, upgraded }: Subject): Deviation[] {
  const expected = contents.get(upgraded) ?? readUserContent(upgraded, suite.plan)
  contents.set(upgraded, expected)
  return diffContent(expected, readUserContent(connection, suite.plan)).map((difference) => ({
    check: 'content',
    object: 'content',
    expected: 'the schema and rows that better-sqlite3 has',
    actual: difference,
  }))
}

/** Without the versions, whose rows hold the time at which each was applied. */
function readUserContent(connection: Connection, plan: MigrationPlan): Content {
  const content = readContent(connection)
  return { ...content, tables: content.tables.filter(({ name }) => !plan.versions.tables.includes(name)) }
}
