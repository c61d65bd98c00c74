import { quoteName } from '../sql/names.ts'
import type { Schema, Table } from './model.ts'

/** An R*Tree takes a column after `+` only without the space that the normalised text has: https://www.sqlite.org/rtree.html */
function withAuxiliary({ name, definition }: Table) {
  return { name, definition: definition.replaceAll(/([(,] ?)\+ /g, '$1+') }
}

/**
 * The statements that create a schema in an empty database, in an order in which they can be run. A virtual table may use
 * an ordinary one, which must exist when it is created.
 */
export function createStatements({ tables, indexes, triggers, views }: Schema): string[] {
  const all = [...tables.values()]
  const create = (
    kind: string,
    { name, definition }: { readonly name: string; readonly definition: string },
  ) => `CREATE ${kind} ${quoteName(name)} ${definition}`
  return [
    ...all.filter(({ module }) => module === null).map((table) => create('TABLE', table)),
    ...all
      .filter(({ module }) => module !== null)
      .map((table) => create('VIRTUAL TABLE', withAuxiliary(table))),
    ...[...indexes.values()].map((index) => create(index.unique ? 'UNIQUE INDEX' : 'INDEX', index)),
    ...[...views.values()].map((view) => create('VIEW', view)),
    ...[...triggers.values()].map(({ name, timing, event, columns, table, when, body }) => {
      const of = columns.length === 0 ? '' : ` OF ${columns.map(quoteName).join(', ')}`
      const condition = when === null ? '' : ` WHEN (${when})`
      return `CREATE TRIGGER ${quoteName(name)} ${timing} ${event}${of} ON ${quoteName(table)}${condition} ${body}`
    }),
  ]
}
