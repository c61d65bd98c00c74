import { columnSubject } from '../../problem.ts'
import type { Table } from '../../schema/model.ts'
import { quoteName } from '../../sql/names.ts'
import { attemptInsert } from '../attempt.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { makeRows } from '../synthetic-rows.ts'

export const intPkNotRowid: Rule = {
  code: 'int-pk-not-rowid',
  severity: 'warning',
  reason: 'Only exactly INTEGER PRIMARY KEY is an alias of the rowid: INT or DESC create a separate index.',
  fix: 'Write INTEGER PRIMARY KEY.',
  source: 'https://www.sqlite.org/lang_createtable.html#rowid',
  find: (subject) => subject.tables.flatMap((table) => findKey(subject, table)),
}

function findKey(subject: FindingsSubject, table: Table): Sighting[] {
  const [key, ...others] = table.columns.filter(({ keyPosition }) => keyPosition > 0)
  if (key === undefined || others.length > 0 || table.withoutRowid) return []
  if (!/^(INTEGER|INT|BIGINT|SMALLINT|TINYINT|MEDIUMINT|INT[248])$/.test(key.type)) return []
  if (table.primaryKey?.isRowid === true) return []
  using copy = subject.open()
  const [row] = makeRows(copy, subject.schema, table)
  if (row === undefined) return []
  const { accepted } = attemptInsert(copy.connection, table.name, { ...row, [key.name]: 1_000n })
  if (!accepted) return []
  const [stored] = copy.connection.all(
    `SELECT rowid AS number FROM ${quoteName(table.name)} WHERE ${quoteName(key.name)} = 1000`,
  )
  if (stored?.number === 1_000n) return []
  return [
    {
      subject: columnSubject(table.name, key.name),
      evidence: [
        { ran: `INSERT with ${key.name} 1000`, happened: `the row has rowid ${stored?.number}, not 1000` },
      ],
    },
  ]
}
