import { countOf } from '../../count.ts'
import type { Evidence } from '../../problem.ts'
import { quoteName } from '../../sql/names.ts'
import { attempt, attemptInsert, countRows } from '../attempt.ts'
import type { Rule } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { soundEdges } from '../subject.ts'
import { makeRows } from '../synthetic-rows.ts'

export const connectionFkOff: Rule = {
  code: 'connection-fk-off',
  severity: 'warning',
  reason:
    'Foreign keys are enforced only on connections that switch them on, and SQLite has them off by default: a file cannot require them.',
  fix: 'Run PRAGMA foreign_keys = ON on every connection and read it back, including tools and shells; then say so in the config: connection: { foreignKeys: true }.',
  source: 'https://www.sqlite.org/foreignkeys.html#fk_enable',
  find: (subject) => {
    if (subject.suite.connection.foreignKeys === true) return []
    const [first, ...others] = soundEdges(subject).flatMap((edge) => showOrphan(subject, edge))
    return first === undefined
      ? []
      : [{ subject: { type: 'database', name: 'every connection' }, evidence: [first, ...others] }]
  },
}

function showOrphan(
  subject: FindingsSubject,
  { child, key, parent }: ReturnType<typeof soundEdges>[number],
): Evidence[] {
  const left = (['ON', 'OFF'] as const).map((setting) => {
    using copy = subject.open()
    const { connection } = copy
    const [row] = makeRows(copy, subject.schema, child)
    if (row === undefined || !attemptInsert(connection, child.name, row).accepted) return null
    connection.exec(`PRAGMA foreign_keys = ${setting}`)
    const { accepted } = attempt(connection, `DELETE FROM ${quoteName(parent.name)}`)
    const orphans = connection.all('PRAGMA foreign_key_check').length
    return { accepted, rows: countRows(connection, child.name), orphans }
  })
  const [on, off] = left
  if (!on || !off || off.orphans === 0) return []
  const enforced = on.accepted ? `${on.rows} of 1 row left` : 'refused'
  return [
    {
      ran: `DELETE of the parent of a row of ${child.name} (${key.columns.join(', ')})`,
      happened: `foreign_keys ON: ${enforced}; OFF: ${countOf(off.rows, 'row')} left, ${countOf(off.orphans, 'orphan')}`,
    },
  ]
}
