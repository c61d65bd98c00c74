import type { Connection, SqlRow } from '../sql/connection.ts'
import type { MigrationPlan } from './plan.ts'

/** Answers a question about the schema of a database, for a plan; what it throws is not remembered. */
type CatalogMemory<Answer> = (
  connection: Connection,
  plan: MigrationPlan,
  question: string,
  answer: () => Answer,
) => Answer

/** So many catalogs are remembered for each plan; then all are forgotten. */
const rememberedCatalogs = 64

/**
 * Remembers answers that depend on nothing but the schema. All that a schema declares is in the SQL that SQLite
 * keeps of it (https://www.sqlite.org/schematab.html), so that the same SQL on the same engine needs to be read
 * and compared once. The columns of a virtual table are not in its SQL: such a schema is not remembered.
 *
 * The catalog is read in a statement of its own: the caller holds a transaction.
 */
export function catalogMemory<Answer>(): CatalogMemory<Answer> {
  const answersOfPlans = new WeakMap<MigrationPlan, Map<string, Answer>>()
  return (connection, plan, question, answer) => {
    const rows = readCatalogSql(connection)
    if (rows.some(isVirtual)) return answer()
    const answers = answersOfPlans.get(plan) ?? new Map<string, Answer>()
    answersOfPlans.set(plan, answers)
    const key = JSON.stringify([question, rows])
    const known = answers.get(key)
    if (known !== undefined) return known
    const found = answer()
    if (answers.size >= rememberedCatalogs) answers.clear()
    answers.set(key, found)
    return found
  }
}

function readCatalogSql(connection: Connection): SqlRow[] {
  return connection.all(
    'SELECT sqlite_version() AS engine, type, name, tbl_name, sql FROM main.sqlite_master ORDER BY rowid',
  )
}

/** SQLite stores these words so, however they were written. */
function isVirtual({ sql }: SqlRow): boolean {
  return typeof sql === 'string' && sql.startsWith('CREATE VIRTUAL TABLE')
}
