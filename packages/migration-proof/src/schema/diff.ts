import { foldName } from '../sql/names.ts'
import { describeBoth, describeIndex } from './describe.ts'
import { diffDefinitions, diffTables } from './diff-table.ts'
import {
  compare,
  compareFlag,
  type Deviation,
  type Difference,
  extra,
  missing,
  wholeObject,
} from './difference.ts'
import {
  type Index,
  listObjects,
  nameKeyOf,
  type Schema,
  type SchemaObject,
  type Trigger,
  type View,
} from './model.ts'
import { withExpectedNames } from './renamed-columns.ts'

export { type Difference, isExtraObject } from './difference.ts'

/**
 * Compares two schemas in both directions. What the first does not have is a difference too, of the kind
 * `extra`; `isExtraObject` tells a whole object that is extra from something extra within a known one.
 *
 * @returns none where they are the same: in the order of the expected objects, then the extra ones
 */
export function diffSchemas(expected: Schema, actual: Schema): Difference[] {
  if (expected === actual) return []
  const { schema, renamed } = withExpectedNames(expected, actual)
  const actualObjects = new Map(listObjects(schema).map((object) => [nameKeyOf(object), object]))
  const expectedObjects = listObjects(expected)
  const expectedKeys = new Set(expectedObjects.map(nameKeyOf))
  return [
    ...renamed,
    ...expectedObjects.flatMap((object) =>
      diffObject(object, actualObjects.get(nameKeyOf(object)), expected, schema),
    ),
    ...[...actualObjects.values()]
      .filter((object) => !expectedKeys.has(nameKeyOf(object)))
      .map((object) => ({ object, ...extra(wholeObject, describeObject(object, schema)) })),
  ]
}

function diffObject(
  object: SchemaObject,
  actualObject: SchemaObject | undefined,
  expected: Schema,
  actual: Schema,
): Difference[] {
  if (actualObject === undefined) {
    return [{ object, ...missing(wholeObject, describeObject(object, expected)) }]
  }
  const deviations =
    actualObject.type === object.type
      ? diffSameType(object, expected, actual)
      : compare('type', object.type, actualObject.type)
  return deviations.map((deviation) => ({ object, ...deviation }))
}

function diffSameType({ type, name }: SchemaObject, expected: Schema, actual: Schema): Deviation[] {
  const key = foldName(name)
  if (type === 'table') return diffBoth(expected.tables.get(key), actual.tables.get(key), diffTables)
  if (type === 'trigger') return diffBoth(expected.triggers.get(key), actual.triggers.get(key), diffTriggers)
  if (type === 'view') return diffBoth(expected.views.get(key), actual.views.get(key), diffViews)
  return diffBoth(expected.indexes.get(key), actual.indexes.get(key), (before, after) =>
    diffIndexes(before, after, expected, actual),
  )
}

function diffBoth<Item>(
  expected: Item | undefined,
  actual: Item | undefined,
  diff: (expected: Item, actual: Item) => Deviation[],
): Deviation[] {
  return expected === undefined || actual === undefined ? [] : diff(expected, actual)
}

function diffIndexes(expected: Index, actual: Index, before: Schema, after: Schema): Deviation[] {
  const table = compare('table', foldName(expected.table), foldName(actual.table))
  if (table.length > 0) return table
  const tables = {
    expected: before.tables.get(foldName(expected.table)),
    actual: after.tables.get(foldName(actual.table)),
  }
  const texts = describeBoth(expected.columns, actual.columns, tables)
  const visible = [
    ...compareFlag('unique', expected.unique, actual.unique, ['UNIQUE', 'not UNIQUE']),
    ...compare('columns', texts.expected, texts.actual),
  ]
  if (!expected.isParsed || !actual.isParsed) return [...visible, ...diffDefinitions(expected, actual)]
  return [...visible, ...compare('where', expected.where, actual.where)]
}

function diffTriggers(expected: Trigger, actual: Trigger): Deviation[] {
  return [
    ...compare('table', foldName(expected.table), foldName(actual.table)),
    ...compare('timing', expected.timing, actual.timing),
    ...compare('event', eventOf(expected), eventOf(actual)),
    ...compare('when', expected.when, actual.when),
    ...compare('body', expected.body, actual.body),
  ]
}

function eventOf({ event, columns }: Trigger): string {
  return columns.length === 0 ? event : `${event} OF ${columns.join(', ')}`
}

function diffViews(expected: View, actual: View): Deviation[] {
  return compare('definition', expected.definition, actual.definition)
}

function describeObject({ type, name }: SchemaObject, schema: Schema): string {
  const key = foldName(name)
  const index = schema.indexes.get(key)
  if (type === 'index' && index !== undefined) return `an index ${describeIndex(index)}`
  const trigger = schema.triggers.get(key)
  if (type === 'trigger' && trigger !== undefined) {
    return `a trigger ${trigger.timing} ${eventOf(trigger)} on ${trigger.table}`
  }
  const columns = schema.tables.get(key)?.columns.map((column) => column.name) ?? []
  return type === 'view' ? 'a view' : `a table (${columns.join(', ')})`
}
