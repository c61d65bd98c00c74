import { basename } from 'node:path'
import type { Diagnosis } from '../errors.ts'
import { checkDataChanges, checkFields, declarationRules } from '../migrator/check-migrations.ts'
import { idOf, type Migration } from '../migrator/migration.ts'
import { suggest } from '../suggest.ts'

/** What a config declares of a migration that a file of another tool holds. */
export type MigrationDeclaration = Pick<Migration, 'dataChanges' | 'foreignKeys' | 'rollback'>

/** The declarations of migrations by their ids. */
export type Declarations = Readonly<Record<string, MigrationDeclaration>>

/**
 * Gives migrations what a config declares of them by their ids, as if it were written in them.
 *
 * @param errorOf makes the error of a field
 * @throws what `errorOf` makes, where an id is unknown, a field is wrong, or the migration says the same by itself
 */
export function withDeclarations(
  migrations: readonly Migration[],
  declarations: Declarations,
  errorOf: (diagnosis: Diagnosis) => Error,
): readonly Migration[] {
  const ids = migrations.map(idOf)
  for (const [id, declaration] of Object.entries(declarations)) {
    const where = `declare['${id}']`
    const migration = migrations[ids.indexOf(id)]
    if (migration === undefined) throw errorOf({ where, ...describeUnknown(id, migrations) })
    const fields = checkFields(declaration, where, declarationRules, errorOf)
    checkDataChanges(fields.dataChanges, where, errorOf)
    const twice = Object.keys(fields).find((name) => Reflect.get(migration, name) !== undefined)
    if (twice !== undefined)
      throw errorOf({
        where: `${where}.${twice}`,
        expected: 'what the migration does not say by itself',
        actual: `${twice}, which it says`,
        fix: 'keep one of them',
      })
  }
  return migrations.map((migration) => ({ ...migration, ...declarations[idOf(migration)] }))
}

/** What an unknown id most likely means. */
function describeUnknown(id: string, migrations: readonly Migration[]): Omit<Diagnosis, 'where'> {
  const [last] = migrations.slice(-1)
  const ids = migrations.map(idOf)
  const named = migrations.find(
    ({ version, name, file }) =>
      [`v${version}`, `${version}`, name].includes(id) || (file !== undefined && basename(file) === id),
  )
  const near = named === undefined ? (suggest(id, ids) ?? nearestOf(id, ids)) : idOf(named)
  return {
    expected: 'the id of a migration',
    actual: `no migration of that id among the ${migrations.length}, up to '${last === undefined ? '' : idOf(last)}'`,
    fix: `did you mean '${near}'?`,
  }
}

/** The id with the longest common beginning. */
function nearestOf(given: string, ids: readonly string[]): string {
  const common = (id: string) => [...id].findIndex((letter, index) => letter !== given[index])
  const lengthOf = (id: string) => (common(id) === -1 ? id.length : common(id))
  return ids.toSorted((left, right) => lengthOf(right) - lengthOf(left))[0] ?? ''
}
