import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from '../migrator/errors.ts'
import { withLfLineEnds } from './hash.ts'

/** The ledger of a fixtures folder. */
export function ledgerPath(fixtures: string): string {
  return join(fixtures, 'manifest.json')
}

/** The golden schema of a snapshot or version: DDL as text. */
export function goldenPath(fixtures: string, name: string): string {
  return join(fixtures, 'schemas', `${name}.sql`)
}

/** The rows of a snapshot: INSERT statements as text. */
export function rowsPath(fixtures: string, name: string): string {
  return join(fixtures, 'rows', `${name}.sql`)
}

/** The frozen database file of a snapshot. */
export function snapshotPath(fixtures: string, name: string): string {
  return join(fixtures, 'snapshots', `${name}.db`)
}

/** A text file with LF line ends; null where there is none. */
export function readText(file: string): string | null {
  const bytes = readBytes(file)
  return bytes === null ? null : withLfLineEnds(bytes.toString('utf8'))
}

/** The bytes of a file; null where there is none. */
export function readBytes(file: string): Buffer | null {
  try {
    return readFileSync(file)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}
