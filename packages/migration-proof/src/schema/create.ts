import { quoteName } from '../sql/names.ts'
import type { Schema, Table } from './model.ts'

/**
 * What a module takes only without the spaces that the normalised text has: a column of an R*Tree after `+`
 * (https://www.sqlite.org/rtree.html), and an option of FTS4 around `=` (https://www.sqlite.org/fts3.html#fts4_options).
 */
function asModuleTakesIt({ name, module, definition }: Table) {
  const plain = definition.replaceAll(/([(,] ?)\+ /g, '$1+')
  if (module === null || !/^fts[34]\b/i.test(module)) return { name, definition: plain }
  return { name, definition: plain.replaceAll(/("[^"]*"|'[^']*')|\s*=\s*/g, (_, quoted) => quoted ?? '=') }
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
      .map((table) => create('VIRTUAL TABLE', asModuleTakesIt(table))),
    ...[...indexes.values()].map((index) => create(index.unique ? 'UNIQUE INDEX' : 'INDEX', index)),
    ...[...views.values()].map((view) => create('VIEW', view)),
    ...[...triggers.values()].map(({ name, timing, event, columns, table, when, body }) => {
      const of = columns.length === 0 ? '' : ` OF ${columns.map(quoteName).join(', ')}`
      const condition = when === null ? '' : ` WHEN (${when})`
      return `CREATE TRIGGER ${quoteName(name)} ${timing} ${event}${of} ON ${quoteName(table)}${condition} ${body}`
    }),
  ]
}
