import { statSync } from 'node:fs'
import { latestVersionOf } from '../../harness/migrator/plan.ts'
import type { Suite } from '../../harness/proof/suite.ts'
import { isExtraObject } from '../../harness/schema/difference.ts'
import { lookAt } from './look.ts'
import type { Inspection } from './model.ts'
import { isSameOutline } from './outline.ts'
import { readContents } from './read-contents.ts'
import { findNearest, findReferences, type Reference } from './references.ts'

/**
 * Reads what a database file is and holds, and changes no byte of it.
 *
 * @throws {DatabaseOpenError} when the file is no usable database
 * @throws {VersionTableError} when its version cannot be read
 */
export async function inspectDatabase(suite: Suite, file: string): Promise<Inspection> {
  const { result, isCopy } = lookAt(file, (connection) => readContents(connection, suite.plan))
  const { version, outline, tables } = result
  const latestVersion = latestVersionOf(suite.plan)
  const known = { file, sizeBytes: statSync(file).size, version, latestVersion, tables, isCopy }
  const unknown = { ...known, comparedWith: null, differences: [], extras: [] }
  if (version > latestVersion) return { ...unknown, form: 'newer' }
  if (version === 0 && outline.size === 0) return { ...unknown, form: 'empty' }
  const reference = findNearest(findReferences(suite, version), outline)
  if (reference === undefined) return { ...unknown, form: 'unknown' }
  const differences = isSameOutline(reference.outline, outline) ? [] : await compare(file, reference)
  return {
    ...known,
    form: reference.form,
    comparedWith: reference.source,
    differences: differences.filter((difference) => !isExtraObject(difference)),
    extras: differences.filter(isExtraObject),
  }
}

/** Loads the parser of SQL, which takes longer than all else, only when there is something to compare. */
async function compare(file: string, reference: Reference) {
  const { findDifferences } = await import('./differences.ts')
  const expected = reference.open()
  try {
    return lookAt(file, (actual) => findDifferences(expected, actual)).result
  } finally {
    expected.close()
  }
}
