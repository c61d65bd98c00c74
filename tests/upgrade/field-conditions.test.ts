// Goal: files are upgraded as they are found in the field, and keep their rows and what their owner added.
import { cpSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  betterSqliteConnection,
  type ConditionedFile,
  fieldConditions,
  loadSnapshot,
  proveRowsKept,
  readViolations,
} from 'migration-proof'
import { describe, expect, it, onTestFinished } from 'vitest'
import { latestVersion, openDatabase, runMigrations } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'
import { makeScratchFolder } from '../support/scratch-folder.ts'

const matrix = suite.snapshots.flatMap(({ name, version }) =>
  fieldConditions.map((condition) => ({ name, version, condition })),
)

/** The file in its condition, and a copy of it with all that lies beside it. */
function makeTwice(name: string, make: (bytes: Uint8Array, folder: string) => ConditionedFile) {
  const folder = makeScratchFolder()
  onTestFinished(folder.remove)
  const [original, copy] = ['original', 'copy'].map((part) => join(folder.path, part))
  if (original === undefined || copy === undefined) throw new Error('two folders')
  mkdirSync(original)
  const file = make(loadSnapshot(suite.fixtures, name).bytes, original)
  cpSync(original, copy, { recursive: true })
  return { file, originalPath: join(copy, basename(file.path)) }
}

describe.for(matrix)('$name $condition.name', ({ name, version, condition }) => {
  it('is upgraded, and keeps its rows and its owner’s objects', () => {
    const { file, originalPath } = makeTwice(name, condition.make)
    const original = openDatabase(originalPath, { mustExist: true })
    const orphans = readViolations(betterSqliteConnection(original))
    original.close()

    const database = openDatabase(file.path, { mustExist: true })
    onTestFinished(() => {
      database.close()
    })
    const connection = betterSqliteConnection(database)
    const { to, extras } = runMigrations(database)

    expect(to).toBe(latestVersion)
    expect(extras.map((extra) => extra.name).sort()).toEqual([...file.ownObjects].sort())
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(readViolations(connection)).toEqual(orphans)
    const dataChanges = suite.plan.migrations
      .slice(version)
      .flatMap((migration) => migration.dataChanges ?? [])
    const proof = proveRowsKept(connection, {
      original: { path: originalPath },
      dataChanges,
      exclude: suite.plan.versions.tables,
    })
    expect(proof.problems).toEqual([])
    const givenUp = dataChanges.filter(({ columns }) => columns === undefined).map(({ table }) => table)
    expect(proof.uncompared.filter(({ table }) => !givenUp.includes(table))).toEqual([])
  })
})
