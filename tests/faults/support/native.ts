import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import {
  betterSqliteConnection,
  type Content,
  diffContent,
  openSubject,
  proveRowsKept,
  readContent,
} from 'migration-proof'
import { expect } from 'vitest'
import { latestVersion, openDatabase, plan, runMigrations } from '../../../src/migrations/index.ts'
import suite from '../../../src/suite/index.ts'
import { makeScratchFolder } from '../../support/scratch-folder.ts'
import { filesOf } from './paths.ts'

/** A copy of a snapshot on a real disk, alone in a folder. */
export interface NativeFile {
  readonly folder: string
  readonly file: string
  /** An untouched copy, in another folder. */
  readonly original: string
  [Symbol.dispose](): void
}

/** Puts a snapshot, or no file for a new install, into a new private folder, or into one that is there. */
export function placeFile(path: string, folder?: string): NativeFile {
  const own = makeScratchFolder()
  const aside = makeScratchFolder()
  const target = folder ?? own.path
  const file = join(target, 'database.db')
  const original = join(aside.path, 'original.db')
  for (const bytes of filesOf(path).values()) {
    writeFileSync(file, bytes)
    writeFileSync(original, bytes)
  }
  const remove = () => {
    own.remove()
    aside.remove()
  }
  return { folder: target, file, original, [Symbol.dispose]: remove }
}

/** Proves that a file is one whole version of the upgrade of a path, and returns that version. */
export function expectWholeVersion({ file, original }: NativeFile, path: string): number {
  const database = new Database(file)
  try {
    const connection = betterSqliteConnection(database)
    expect(connection.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
    expect(connection.all('PRAGMA foreign_key_check')).toEqual([])
    const version = plan.versions.read(connection).current
    expect(diffContent(referenceOf(path, version), withoutVersions(readContent(connection)))).toEqual([])
    if (filesOf(path).size > 0) {
      const exclude = plan.versions.tables
      const applied = plan.migrations.slice(versionOf(original), version)
      const dataChanges = applied.flatMap((migration) => migration.dataChanges ?? [])
      const proof = proveRowsKept(connection, { original: { path: original }, dataChanges, exclude })
      expect(proof.problems).toEqual([])
    }
    return version
  } finally {
    database.close()
  }
}

function versionOf(file: string): number {
  const database = new Database(file, { readonly: true })
  try {
    return plan.versions.read(betterSqliteConnection(database)).current
  } finally {
    database.close()
  }
}

/** Proves that the upgrade, run again, reaches the latest version with every row. */
export function expectUpgradeGoesOn(native: NativeFile, path: string): void {
  const database = openDatabase(native.file)
  try {
    runMigrations(database)
  } finally {
    database.close()
  }
  expect(expectWholeVersion(native, path)).toBe(latestVersion)
}

/** Proves that not one byte of a snapshot was changed. */
export function expectUntouched({ file, original }: NativeFile): void {
  expect(readFileSync(file).equals(readFileSync(original))).toBe(true)
}

const references = new Map<string, Content>()

/** What an upgrade to a version leaves when nothing fails. */
function referenceOf(path: string, version: number): Content {
  const key = `${path} ${version}`
  const known = references.get(key)
  if (known !== undefined) return known
  using subject = openSubject(suite, path === 'fresh' ? 'v0-empty' : path, version)
  const content = withoutVersions(readContent(subject.upgraded))
  references.set(key, content)
  return content
}

/** Rows of versions hold the time at which they were applied. */
function withoutVersions(content: Content): Content {
  return { ...content, tables: content.tables.filter(({ name }) => !plan.versions.tables.includes(name)) }
}
