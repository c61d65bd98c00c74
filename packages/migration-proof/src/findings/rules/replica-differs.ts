import { atInstant, type Surroundings, withStillJavaScript } from '../../snapshots/clock.ts'
import { ordinaryTables } from '../../snapshots/tables.ts'
import type { Connection, SqlValue } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { openCopy, type PrivateCopy } from '../attempt.ts'
import { ofMigration, type Rule, type Sighting, withoutRepeats } from '../finding.ts'
import { replicationFacts, rewriteAsRqlite } from '../replication.ts'
import type { FindingsSubject } from '../subject.ts'
import { type MigrationTrial, runWatched } from '../trial.ts'

export const replicaDiffers: Rule = {
  code: 'replica-differs',
  severity: 'error',
  reason:
    'Each node runs the statement itself, and stores what its own clock, chance or connection gives it: from then on, the nodes hold other rows.',
  fix: 'Write the value itself into the statement, or compute it once in the application and pass it as a parameter.',
  source: 'https://rqlite.io/docs/api/non-deterministic/',
  isOfEachMigration: true,
  find: (subject) => {
    if (!runsStatements(subject)) return []
    return withoutRepeats(
      findDifferences(
        subject,
        otherNode,
        'on two nodes, each with a time, a time zone, random numbers and a connection of its own',
      ),
    )
  },
}

export const replicaOrder: Rule = {
  code: 'replica-order',
  severity: 'note',
  reason:
    'SQLite does not say in which order it reads rows without ORDER BY: nodes with other versions of it may choose or number other ones.',
  fix: 'Add ORDER BY with a key of the table.',
  source: 'https://www.sqlite.org/pragma.html#pragma_reverse_unordered_selects',
  isOfEachMigration: true,
  find: (subject) =>
    runsStatements(subject)
      ? withoutRepeats(
          findDifferences(
            subject,
            reversedNode,
            'on two nodes, one with PRAGMA reverse_unordered_selects = ON',
          ),
        )
      : [],
}

function runsStatements({ suite: { replication } }: FindingsSubject): boolean {
  return replication !== null && replicationFacts[replication].runsStatements
}

/** A node that gets the statements: what it has otherwise than the first one. */
interface Node extends Surroundings {
  readonly instant: number
  /** Run when it is opened. */
  readonly prepare: string
  /** Run before each statement, and after it. */
  readonly around: readonly [before: string, after: string]
}

const firstNode: Node = { instant: 1_700_000_000_000, seed: 1, zone: 0, prepare: '', around: ['', ''] }

/** Its connection has inserted a row before, which `last_insert_rowid()` and `changes()` give. */
const otherNode: Node = {
  ...firstNode,
  instant: 1_800_000_000_000,
  seed: 2,
  zone: -570,
  prepare: `CREATE TEMP TABLE earlier (id INTEGER PRIMARY KEY); INSERT INTO temp.earlier VALUES (7777), (7778), (7779);
    DROP TABLE temp.earlier`,
}

const reversedNode: Node = {
  ...firstNode,
  around: ['PRAGMA reverse_unordered_selects = ON', 'PRAGMA reverse_unordered_selects = OFF'],
}

/** A statement as it is sent to the nodes, and the rows of each table after it. */
interface Sent {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
  readonly rows: ReadonlyMap<string, string>
}

/** The first statement of each migration after which another node holds other rows. */
function findDifferences(subject: FindingsSubject, node: Node, ran: string): Sighting[] {
  return subject.trials.flatMap((trial) => {
    if (trial.failure !== null) return []
    const sent = runOnFirst(trial, subject)
    const found = sent === null ? null : replay(sent, node, trial, subject)
    if (found === null) return []
    const { version } = trial.migration
    return [
      {
        ...ofMigration(version, found.table, found.table),
        evidence: [{ ran: `${found.sql}, ${ran}`, happened: `other rows in ${found.table}` }] as const,
      },
    ]
  })
}

/** Null where the migration fails. */
function runOnFirst({ migration, beforeImage }: MigrationTrial, subject: FindingsSubject): Sent[] | null {
  using copy = openCopy(beforeImage)
  const sent: Sent[] = []
  let last: Pick<Sent, 'sql' | 'parameters'> | null = null
  const look = () => {
    if (last !== null) sent.push({ ...last, rows: readRows(copy.connection, subject) })
    last = null
  }
  const error = onNode(copy, firstNode, () =>
    withStillJavaScript(() =>
      runWatched(copy, subject.suite.plan, migration.version, (sql, parameters) => {
        look()
        const text = rewriteAsRqlite(sql)
        // What only reads is not sent.
        if (!/^\s*(?:select|pragma|explain)\b/i.test(text)) last = { sql: text, parameters }
        return text
      }),
    ),
  )
  look()
  return error === null ? sent : null
}

/** Sends the same statements to another node. Null where it holds the same rows after each. */
function replay(
  sent: readonly Sent[],
  node: Node,
  { migration, beforeImage }: MigrationTrial,
  subject: FindingsSubject,
): { readonly sql: string; readonly table: string } | null {
  using copy = openCopy(beforeImage)
  const { connection } = copy
  if (migration.foreignKeys === 'off') connection.exec('PRAGMA foreign_keys = OFF')
  connection.exec(node.prepare)
  return onNode(copy, node, () => {
    connection.exec('BEGIN')
    for (const { sql, parameters, rows } of sent) {
      try {
        connection.exec(node.around[0])
        connection.all(sql, parameters)
      } catch {
        // Such as the end of a transaction that is none here: what follows would not be the same.
        return null
      } finally {
        connection.exec(node.around[1])
      }
      const here = readRows(connection, subject)
      const table = [...rows].find(([name, text]) => here.get(name) !== text)?.[0]
      if (table !== undefined) return { sql, table }
    }
    return null
  })
}

function onNode<Result>(
  { database }: PrivateCopy,
  { instant, seed, zone }: Node,
  work: () => Result,
): Result {
  return atInstant(database, instant, work, { seed, zone })
}

/** The rows of each table as a text, in whatever order they are stored. */
function readRows(connection: Connection, { suite: { plan } }: FindingsSubject): ReadonlyMap<string, string> {
  const ofVersions = plan.versions.tables.map(foldName)
  const tables = ordinaryTables(connection).filter((table) => !ofVersions.includes(foldName(table)))
  return new Map(
    tables.map((table) => {
      const rows = connection.all(`SELECT * FROM main.${quoteName(table)}`)
      const texts = rows.map((row) =>
        JSON.stringify(Object.values(row).map((value) => [typeof value, String(value)])),
      )
      return [table, texts.sort().join()] as const
    }),
  )
}
