import { columnSubject } from '../../problem.ts'
import type { Table } from '../../schema/model.ts'
import { attemptInsert } from '../attempt.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { makeRows } from '../synthetic-rows.ts'

export const defaultUnknownFunction: Rule = {
  code: 'default-unknown-function',
  severity: 'error',
  reason:
    'CREATE TABLE accepts a DEFAULT that calls a function which the engine does not have; every INSERT that needs it fails.',
  fix: 'Use a function that every engine in use has, or let the application set the value.',
  source: 'https://www.sqlite.org/lang_createtable.html#the_default_clause',
  find: (subject) => subject.tables.flatMap((table) => tryDefaults(subject, table)),
}

function tryDefaults(subject: FindingsSubject, table: Table): Sighting[] {
  return table.columns
    .filter(({ default: expression }) => expression?.includes('(') === true)
    .flatMap(({ name, default: expression }) => {
      using copy = subject.open()
      const [row] = makeRows(copy, subject.schema, table)
      if (row === undefined) return []
      const { [name]: _left, ...others } = row
      const { accepted, answer } = attemptInsert(copy.connection, table.name, others)
      if (accepted || !answer.includes('unknown function')) return []
      const engine = `SQLite ${subject.engineVersion}`
      return [
        {
          subject: columnSubject(table.name, name),
          evidence: [
            { ran: `CREATE TABLE with DEFAULT (${expression}), on ${engine}`, happened: 'accepted' },
            { ran: `INSERT without ${name}`, happened: answer },
          ] as const,
        },
      ]
    })
}
