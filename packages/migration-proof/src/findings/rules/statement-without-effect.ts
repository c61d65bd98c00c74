import { migrate } from '../../migrator/migrate.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import { planUpTo } from '../../migrator/plan.ts'
import { type RowCondition, readRowConditions } from '../../rows/expression.ts'
import { RowGenerator } from '../../rows/generate.ts'
import { diffSchemas } from '../../schema/diff.ts'
import { findTable } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import { wordsOf } from '../../sql/alterations.ts'
import type { Connection } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { attempt, openCopy } from '../attempt.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import type { MigrationTrial } from '../trial.ts'

export const statementWithoutEffect: Rule = {
  code: 'statement-without-effect',
  severity: 'warning',
  reason:
    'The statement did nothing, and said nothing: the migration counts as applied without what it was written for.',
  fix: 'Leave IF [NOT] EXISTS out, so that it fails where it should; correct the name or the condition; or leave the statement out.',
  source: 'https://www.sqlite.org/lang_createtable.html',
  find: ({ trials, suite }) =>
    trials.flatMap((trial) => [
      ...findSkipped(trial, suite.plan),
      ...findDropped(trial, trials),
      ...findUnmet(trial),
      ...findUnset(trial),
    ]),
}

/** What `CREATE … IF NOT EXISTS` or `DROP … IF EXISTS` names. */
interface Guarded {
  readonly verb: 'create' | 'drop'
  /** In upper case. */
  readonly type: string
  readonly name: string
}

function readGuarded(sql: string): Guarded | null {
  const words = wordsOf(sql)
  const [verb] = words
  if (verb !== 'create' && verb !== 'drop') return null
  const type = words.find((word) => ['table', 'index', 'trigger', 'view'].includes(word))
  const guard = verb === 'create' ? ['if', 'not', 'exists'] : ['if', 'exists']
  const position = words.indexOf('if')
  if (type === undefined || position < 0 || position > 4) return null
  if (words.slice(position, position + guard.length).join() !== guard.join()) return null
  const rest = words.slice(position + guard.length)
  const name = rest[1] === '.' ? rest[2] : rest[0]
  return name === undefined ? null : { verb, type: type.toUpperCase(), name }
}

/** Each `CREATE … IF NOT EXISTS` that met another object of its name. */
function findSkipped({ migration, startImage, emptyImage }: MigrationTrial, plan: MigrationPlan): Sighting[] {
  if (emptyImage === null) return []
  using copy = openCopy(startImage)
  const found: Sighting[] = []
  migrate(copy.connection, planUpTo(plan, migration.version), {
    beforeStatement: ({ sql, version }) => {
      const guarded = readGuarded(sql)
      if (version !== migration.version || guarded?.verb !== 'create') return
      const [present] = copy.connection.all(
        'SELECT type, name FROM main.sqlite_schema WHERE lower(name) = ? AND type = ?',
        [guarded.name, guarded.type.toLowerCase()],
      )
      if (present === undefined) return
      const difference = compareWithMade(copy.connection, sql, guarded)
      if (difference === null) return
      found.push({
        ...ofMigration(migration.version, `${guarded.type} ${guarded.name}`, guarded.name),
        evidence: [
          { ran: `CREATE ${guarded.type} IF NOT EXISTS ${guarded.name}, where one is`, happened: 'nothing' },
          { ran: 'the same without the one that is there', happened: difference },
        ],
      })
    },
  })
  return found
}

/** How the object that is there differs from what a statement would make; null where it does not. */
function compareWithMade(connection: Connection, sql: string, { type, name }: Guarded): string | null {
  const before = readSchema(connection)
  connection.exec('SAVEPOINT made')
  const dropped = attempt(connection, `DROP ${type} ${quoteName(name)}`)
  const created = dropped.accepted ? attempt(connection, sql) : dropped
  const made = readSchema(connection)
  connection.exec('ROLLBACK TO made; RELEASE made')
  if (!created.accepted) return created.answer
  const [first] = diffSchemas(made, before).filter(
    ({ object }) => foldName(object.name) === name && foldName(object.type) === foldName(type),
  )
  return first === undefined
    ? null
    : `${first.aspect}: ${first.expected}, where the one that is there has ${first.actual}`
}

/** Each `DROP … IF EXISTS` of a name that no version ever had, and that the migration does not make afterwards. */
function findDropped(
  { migration, statements, emptyImage }: MigrationTrial,
  trials: readonly MigrationTrial[],
): Sighting[] {
  if (emptyImage === null) return []
  const schemas = trials.filter(({ migration: { version } }) => version <= migration.version)
  const known = new Set(
    schemas.flatMap(({ before }) => [
      ...before.tables.keys(),
      ...before.indexes.keys(),
      ...before.triggers.keys(),
      ...before.views.keys(),
    ]),
  )
  const others = statements.filter((sql) => readGuarded(sql)?.verb !== 'drop')
  const mentioned = new Set(wordsOf(others.join(';')))
  return statements.flatMap((sql) => {
    const guarded = readGuarded(sql)
    if (guarded?.verb !== 'drop' || known.has(guarded.name) || mentioned.has(guarded.name)) return []
    const { type, name } = guarded
    return [
      {
        ...ofMigration(migration.version, `${type} ${name}`),
        evidence: [
          {
            ran: `DROP ${type} IF EXISTS ${name}`,
            happened: `nothing: no version has the ${type.toLowerCase()} ${name}`,
          },
        ] as const,
      },
    ]
  })
}

/** Each UPDATE or DELETE whose condition no row meets that was made for it. */
function findUnmet(trial: MigrationTrial): Sighting[] {
  return trial.statements.flatMap((sql): Sighting[] => {
    const unmet = readUnmet(trial, sql)
    if (unmet === null) return []
    const { verb, table, condition, rows } = unmet
    return [
      {
        ...ofMigration(trial.migration.version, `${verb} ${table}`, table),
        evidence: [
          {
            ran: `SELECT count(*) FROM ${table} WHERE ${condition}, on ${rows} rows made for it`,
            happened: 'no row meets the condition',
          },
        ],
      },
    ]
  })
}

/** The settings of a file that an existing database keeps, for ever or until VACUUM: https://www.sqlite.org/pragma.html */
const fileSettings: Readonly<Record<string, readonly string[]>> = {
  auto_vacuum: ['none', 'full', 'incremental'],
  encoding: [],
  page_size: [],
}

/** Each PRAGMA that sets what the file does not have afterwards. */
function findUnset({ migration, statements, emptyImage }: MigrationTrial): Sighting[] {
  if (emptyImage === null || statements.some((sql) => wordsOf(sql)[0] === 'vacuum')) return []
  using copy = openCopy(emptyImage)
  return statements.flatMap((sql): Sighting[] => {
    const [verb, ...rest] = wordsOf(sql)
    const [name = '', sign, ...given] = rest[1] === '.' ? rest.slice(2) : rest
    const values = fileSettings[name]
    if (verb !== 'pragma' || values === undefined || (sign !== '=' && sign !== '(')) return []
    const set = given.filter((word) => !/^[);]$/.test(word)).join('')
    const [[, is] = []] = copy.connection.all(`PRAGMA ${name}`).flatMap((row) => Object.entries(row))
    const now = String(is).toLowerCase()
    // UTF-16 is that of the machine: UTF-16le or UTF-16be.
    if ([now, values[Number(now)]].includes(set) || (set === 'utf-16' && now.startsWith(set))) return []
    return [
      {
        ...ofMigration(migration.version, `PRAGMA ${name}`),
        evidence: [{ ran: `${sql.trim()}, then PRAGMA ${name}`, happened: `${is}, as before` }],
      },
    ]
  })
}

/** The condition of an UPDATE or DELETE, where no row meets it that was made for it; null for any other statement. */
export function readUnmet({ before, startImage, emptyImage }: MigrationTrial, sql: string) {
  if (emptyImage === null) return null
  const words = wordsOf(sql)
  const name = words[0] === 'update' ? words[1] : words[0] === 'delete' ? words[2] : undefined
  const table = name === undefined ? undefined : findTable(before, name)
  if (table === undefined || table.module !== null || words.includes('select')) return null
  const condition = readRowConditions(sql, table.name).at(-1)
  if (condition === undefined) return null
  const rows = countMeeting(startImage, table.name, condition)
  if (rows === null || rows.meeting > 0 || rows.all === 0) return null
  return { verb: `${words[0]?.toUpperCase()}`, table: table.name, condition: condition.sql, rows: rows.all }
}

/** Null where the condition is not one of the version before. */
function countMeeting(
  image: Buffer,
  table: string,
  condition: RowCondition,
): { readonly all: number; readonly meeting: number } | null {
  using copy = openCopy(image)
  const { connection } = copy
  const from = `FROM main.${quoteName(table)} AS ${quoteName(condition.name)}`
  const count = `SELECT count(*) AS n, count(*) FILTER (WHERE ${condition.sql}) AS meeting ${from}`
  if (!attempt(connection, count).accepted) return null
  const generator = new RowGenerator(connection)
  try {
    generator.cover(table, [condition])
  } finally {
    generator.close()
  }
  const [row] = connection.all(count)
  return { all: Number(row?.n), meeting: Number(row?.meeting) }
}
