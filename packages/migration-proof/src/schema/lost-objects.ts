import { droppedObject, replacedTables } from '../sql/alterations.ts'
import { foldName } from '../sql/names.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'
import { findTable, type Schema, type Table } from './model.ts'

/** A table before and after a migration that rebuilt it. */
export interface Rebuild {
  readonly before: Table
  readonly after: Table
}

/**
 * The tables that a migration drops or renames, and that exist again afterwards.
 *
 * @param statements what the migration executed
 */
export function findRebuilds(before: Schema, after: Schema, statements: readonly string[]): Rebuild[] {
  const gone = replacedTables(statements)
  return [...before.tables.values()].flatMap((table) => {
    const next = findTable(after, table.name)
    return gone.has(foldName(table.name)) && next !== undefined ? [{ before: table, after: next }] : []
  })
}

/** What a rebuild took from a table: an index, a trigger or a view by its name, or an option such as STRICT. */
export interface LostObject {
  readonly table: string
  readonly type: 'index' | 'trigger' | 'view' | 'option'
  readonly name: string
}

/**
 * What the rebuilds of a migration lost, and it does not drop by name. A view counts although it is dropped by name: a rebuild must
 * drop those that read the table, and make them again.
 *
 * @param statements what the migration executed
 */
export function findLostObjects(before: Schema, after: Schema, statements: readonly string[]): LostObject[] {
  const meant = new Set(statements.map(droppedObject))
  return findRebuilds(before, after, statements).flatMap((rebuild) => {
    const table = rebuild.before.name
    const isLost = (object: { readonly name: string; readonly table: string }) =>
      foldName(object.table) === foldName(table) && !meant.has(foldName(object.name))
    const indexes = [...before.indexes.values()].filter(
      (index) => isLost(index) && !after.indexes.has(foldName(index.name)),
    )
    const triggers = [...before.triggers.values()].filter(
      (trigger) => isLost(trigger) && !after.triggers.has(foldName(trigger.name)),
    )
    const views = [...before.views.values()].filter(
      ({ name, definition }) => !after.views.has(foldName(name)) && reads(definition, table),
    )
    return [
      ...views.map(({ name }) => ({ table, type: 'view', name }) as const),
      ...indexes.map(({ name }) => ({ table, type: 'index', name }) as const),
      ...triggers.map(({ name }) => ({ table, type: 'trigger', name }) as const),
      ...lostOptions(rebuild).map((name) => ({ table, type: 'option', name }) as const),
    ]
  })
}

/** Whether a view reads a table: its name stands in a FROM or JOIN. */
function reads(definition: string, table: string): boolean {
  let isSource = false
  return significantTokens(definition).some((token) => {
    const word = foldName(unquote(token))
    if (/^(?:from|join)$/.test(word)) isSource = true
    else if (/^(?:where|group|order|having|limit|window|on|using|select|union|except|intersect)$/.test(word))
      isSource = false
    return isSource && word === foldName(table)
  })
}

function lostOptions({ before, after }: Rebuild): string[] {
  const options = [
    ['STRICT', before.strict, after.strict],
    ['WITHOUT ROWID', before.withoutRowid, after.withoutRowid],
    ['AUTOINCREMENT', before.primaryKey?.autoincrement === true, after.primaryKey?.autoincrement === true],
  ] as const
  return options.filter(([, had, has]) => had && !has).map(([option]) => option)
}
