import { existsSync, readdirSync } from 'node:fs'
import { dirname, parse } from 'node:path'
import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import { errorMessage, shownPath } from '../errors.ts'
import { howToRun } from '../how-to-run.ts'
import { migrate } from '../migrator/migrate.ts'
import { everyStepOf } from '../migrator/plan.ts'
import { diffSchemas } from '../schema/diff.ts'
import type { Schema } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import type { Connection } from '../sql/connection.ts'
import { type FixtureSuite, type GoldenName, goldensOf } from './declaration.ts'
import { FixtureError } from './errors.ts'
import { readFixtureText } from './fixture-text.ts'
import { goldenPath, readText } from './paths.ts'

/** How the golden schema of a version differs from the one before it, for the person who reviews it. */
export interface GoldenChange {
  readonly fixture: string
  /** The golden schema that it is compared with. */
  readonly previous: string
  /** The lines that came (`+`), went (`-`) or stand beside those in the same object. */
  readonly lines: readonly string[]
}

/**
 * Where a golden schema is not what the migrations make. One of another name than its version may be any form that users
 * hold.
 *
 * @param fixture its name, such as `schemas/v7`; other fixtures contradict nothing
 * @throws {FixtureError} when SQLite cannot run it
 */
export function findContradictions(suite: FixtureSuite, fixture: string): FixtureError[] {
  return goldensOf(suite)
    .filter(({ name, version, versioned }) => versioned && name === `v${version}`)
    .filter(({ name }) => fixture === `schemas/${name}`)
    .flatMap(({ version }) => contradictionsOf(suite, fixture, version))
}

function contradictionsOf(
  { fixtures, plan }: FixtureSuite,
  fixture: string,
  version: number,
): FixtureError[] {
  const golden = withMemory((memory) => {
    run(memory, fixture, readFixtureText(fixtures, 'schemas', `v${version}`) ?? '')
    return readSchema(memory)
  })
  const migrated = withMemory((memory) => {
    migrate(memory, everyStepOf(plan), { target: version })
    return readSchema(memory)
  })
  return diffSchemas(golden, migrated).map(
    ({ object: { type, name }, aspect, expected, actual }) =>
      new FixtureError(fixture, {
        expected: `what it says of ${type} ${name}, ${aspect}: ${expected}`,
        actual: `${actual} ${version === 0 ? 'in the base' : `after migration v${version}`}`,
        fix: `correct ${fixture}.sql or the ${version === 0 ? 'base' : 'migration'}, whichever is wrong`,
      }),
  )
}

function run(memory: Connection, fixture: string, ddl: string): void {
  try {
    memory.exec(ddl)
  } catch (cause) {
    const actual = `the error '${errorMessage(cause)}'`
    const fix = `correct ${fixture}.sql`
    throw new FixtureError(fixture, { expected: 'DDL that SQLite runs', actual, fix }, { cause })
  }
}

/** How a golden schema differs from that before; null where there is none. */
export function compareWithPrevious(
  { fixtures }: FixtureSuite,
  { name, version }: GoldenName,
  text: string,
): GoldenChange | null {
  const previous = findPreviousGolden(fixtures, version)
  if (previous === null || name !== `v${version}`) return null
  return {
    fixture: `schemas/${name}`,
    previous: `schemas/${previous.name}`,
    lines: diffTexts(previous.text, text),
  }
}

/** The golden schema of the newest version before one, of those that have any; null where none has. */
export function findPreviousGolden(
  fixtures: string,
  version: number,
): { readonly name: string; readonly text: string } | null {
  for (let older = version - 1; older >= 0; older--) {
    const name = `v${older}`
    const text = readFixtureText(fixtures, 'schemas', name)
    if (text !== null) return { name, text }
  }
  return null
}

/** The objects of two texts in which a line differs. A blank line stands between two objects. */
function diffTexts(before: string, after: string): string[] {
  const lines = diffLines(linesOf(before), linesOf(after))
  const blocks: string[][] = [[]]
  for (const line of lines) {
    if (line.slice(1).trim() !== '') blocks.at(-1)?.push(line)
    else blocks.push([])
  }
  return blocks.filter((block) => block.some((line) => !line.startsWith(' '))).flat()
}

/** The lines that are no comment: those speak of their own version. */
function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => !line.trimStart().startsWith('--'))
}

/** Lines with `+`, `-` or a space before them: a longest common subsequence stays. */
function diffLines(before: readonly string[], after: readonly string[]): string[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0))
  const at = (row: number, column: number) => lengths[row]?.[column] ?? 0
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      const isSame = before[row] === after[column]
      const length = isSame ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1))
      lengths[row]?.splice(column, 1, length)
    }
  }
  const lines: string[] = []
  let [row, column] = [0, 0]
  while (row < before.length || column < after.length) {
    if (row < before.length && column < after.length && before[row] === after[column]) {
      lines.push(` ${before[row++]}`)
      column += 1
    } else if (column === after.length || (row < before.length && at(row + 1, column) >= at(row, column + 1)))
      lines.push(`-${before[row++]}`)
    else lines.push(`+${after[column++]}`)
  }
  return lines
}

function withMemory<Result>(work: (memory: Connection) => Result): Result {
  const memory = betterSqliteConnection(openMemory())
  try {
    return work(memory)
  } finally {
    memory.close()
  }
}

/**
 * The golden schema of a snapshot or version, as SQLite reads it.
 *
 * @param name the name of its file, without the extension
 * @throws {FixtureError} when there is no such file
 */
export function readGoldenSchema(fixtures: string, name: string): Schema {
  const path = goldenPath(fixtures, name)
  const ddl = readText(path)
  if (ddl === null) {
    throw new FixtureError(`schemas/${name}`, {
      expected: `the file ${shownPath(path)}`,
      actual: 'none',
      fix: `draft it with \`${howToRun('freeze')}\` and review it`,
    })
  }
  const schema = schemasByText.get(ddl) ?? schemaOf(ddl)
  schemasByText.set(ddl, schema)
  return schema
}

/** Every snapshot is held against the same text. */
const schemasByText = new Map<string, Schema>()

function schemaOf(ddl: string): Schema {
  const connection = betterSqliteConnection(openMemory())
  try {
    connection.exec(ddl)
    return readSchema(connection)
  } finally {
    connection.close()
  }
}

/**
 * Which schemas may call the functions of a config: those of which each table, index, trigger and view that names one is that of
 * a golden schema. What a user added to a file of his own may not.
 */
export function isGolden(fixtures: string) {
  let known: ReadonlySet<string> | null = null
  return (connection: Connection, functions: readonly string[]): boolean => {
    known ??= readGoldenObjects(fixtures)
    // Operators such as REGEXP are functions, too.
    const names = new RegExp(
      `\\b(?:${functions.map((name) => name.replace(/\W/g, '\\$&')).join('|')})\\b`,
      'i',
    )
    return objectsOf(readSchema(connection)).every((object) => !names.test(object) || known?.has(object))
  }
}

function readGoldenObjects(fixtures: string): ReadonlySet<string> {
  const folder = dirname(goldenPath(fixtures, 'v1'))
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^v\d+\.sql$/.test(name)) : []
  return new Set(names.flatMap((name) => objectsOf(readGoldenSchema(fixtures, parse(name).name))))
}

function objectsOf({ tables, indexes, triggers, views }: Schema): readonly string[] {
  return [tables, indexes, triggers, views].flatMap((objects) =>
    [...objects.values()].map((object) => JSON.stringify(object)),
  )
}
