import { betterSqliteConnection, openMemory } from '../../engines/better-sqlite3.ts'
import { migrateOf } from '../../migrator/migrate-as-tool.ts'
import { type MigrationPlan, mayStayHalf } from '../../migrator/plan.ts'
import type { SchemaObject } from '../../schema/model.ts'
import type { Connection } from '../../sql/connection.ts'
import { foldName } from '../../sql/names.ts'
import { type HalfDone, type Outline, readOutline } from './model.ts'

/** A part of a migration that a file holds, and the objects that are others by it. */
export interface FoundHalf {
  readonly half: HalfDone
  isOfHalf(object: SchemaObject): boolean
}

/**
 * The statements of the next migration that a database holds already, where the tool of the project applies it without a
 * transaction, and was stopped in the middle.
 *
 * The tool applies it to an empty database of the version: what it changes there of the schema, statement by statement, is
 * looked for in the file. A statement that changes rows alone cannot be seen.
 */
export function findHalf(connection: Connection, plan: MigrationPlan, version: number): FoundHalf | null {
  const { runner } = plan
  const migration = plan.migrations[version]
  if (runner === undefined || migration === undefined || !mayStayHalf(runner, migration)) return null
  const { start, steps } = followSchema(plan, version)
  const actual = readOutline(connection)
  const isOwn = (key: string) => plan.versions.tables.map(foldName).includes(key.split(' ').at(-1) ?? '')
  const changesOf = (outline: Outline) =>
    [...new Set([...start.keys(), ...outline.keys()])].filter(
      (key) => !isOwn(key) && start.get(key) !== outline.get(key),
    )
  const last = steps.findLastIndex(({ outline }) => {
    const changed = changesOf(outline)
    return changed.length > 0 && changed.every((key) => actual.get(key) === outline.get(key))
  })
  if (last === -1) return null
  const done = steps.slice(0, last + 1).filter(({ outline }, index) => {
    const before = steps[index - 1]?.outline ?? start
    return changesOf(outline).some((key) => outline.get(key) !== before.get(key))
  })
  const changed = new Set(changesOf(steps[last]?.outline ?? start))
  return {
    half: {
      version: migration.version,
      name: migration.name,
      tool: runner.tool,
      statements: done.map(({ sql }) => sql),
    },
    isOfHalf: ({ type, name, table }) => changed.has(`${type} ${foldName(name)} ${foldName(table)}`),
  }
}

/** A statement, and the schema after it. */
interface Step {
  readonly sql: string
  readonly outline: Outline
}

function followSchema(plan: MigrationPlan, version: number): { start: Outline; steps: readonly Step[] } {
  const memory = betterSqliteConnection(openMemory())
  try {
    const migrate = migrateOf(plan)
    let start: Outline = new Map()
    const executed: string[] = []
    const outlines: Outline[] = []
    const beforeStatement = ({ sql }: { readonly sql: string }) => {
      executed.push(sql)
      outlines.push(readOutline(memory))
    }
    try {
      migrate(memory, plan, { target: version })
      start = readOutline(memory)
      migrate(memory, plan, { target: version + 1, beforeStatement })
    } catch {
      // What it has done until then may be in the file; that it fails, other commands report.
    }
    const after = [...outlines.slice(1), readOutline(memory)]
    return { start, steps: executed.map((sql, index) => ({ sql, outline: after[index] ?? start })) }
  } finally {
    memory.close()
  }
}
