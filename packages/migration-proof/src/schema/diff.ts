import { foldName } from '../sql/names.ts'
import { describeBoth, describeColumns, describeGenerated, describeIndex } from './describe.ts'
import { diffChecks, diffForeignKeys, diffPrimaryKeys, diffUniques } from './diff-constraints.ts'
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
  type Column,
  type Index,
  listObjects,
  nameKeyOf,
  type Schema,
  type SchemaObject,
  type Table,
  type Trigger,
  type View,
} from './model.ts'
import { withExpectedNames } from './renamed-columns.ts'

export { type Difference, isExtraObject } from './difference.ts'

/**
 * Compares two schemas in both directions. Anything that only the second one has is a difference of the kind `extra`;
 * `isExtraObject` reports whether that is a whole object.
 *
 * @returns the differences, in the order of the expected objects, then the extra ones; none if the schemas are equal
 *
 * @example
 * ```js
 * import { diffSchemas, openSnapshot, readSchema } from 'migration-proof'
 *
 * const [before, after] = ['v1', 'v2'].map((name) => {
 *   const snapshot = openSnapshot('fixtures', name, { on: 'memory' })
 *   const schema = readSchema(snapshot.connection)
 *   snapshot.close()
 *   return schema
 * })
 * for (const { kind, object } of diffSchemas(before, after)) console.log(`${kind}: ${object.type} ${object.name}`) // extra: table tag
 * ```
 */
export function diffSchemas(expected: Schema, actual: Schema): Difference[] {
  if (expected === actual) return []
  const ofExpected = knownDifferences.get(expected) ?? new WeakMap<Schema, readonly Difference[]>()
  knownDifferences.set(expected, ofExpected)
  const differences = ofExpected.get(actual) ?? findDifferences(expected, actual)
  ofExpected.set(actual, differences)
  return [...differences]
}

/** By the schema that is expected, and by the other: many files of a run have the same two. */
const knownDifferences = new WeakMap<Schema, WeakMap<Schema, readonly Difference[]>>()

function findDifferences(expected: Schema, actual: Schema): Difference[] {
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

/**
 * Compares two tables of the same name, including their automatic indexes. If the SQL of either could not be parsed, what
 * pragmas do not report is compared token by token, and the deviation says so.
 */
function diffTables(expected: Table, actual: Table): Deviation[] {
  if (expected.module !== null || actual.module !== null) {
    return compare('module', expected.module, actual.module)
  }
  const isParsed = expected.isParsed && actual.isParsed
  return [
    ...compareFlag('strict', expected.strict, actual.strict, ['STRICT', 'not STRICT']),
    ...compareFlag('rowid', expected.withoutRowid, actual.withoutRowid, ['WITHOUT ROWID', 'a rowid']),
    ...diffColumns(expected.columns, actual.columns, isParsed),
    ...diffPrimaryKeys(expected, actual, isParsed),
    ...diffUniques(expected, actual),
    ...diffForeignKeys(expected, actual, isParsed),
    ...(isParsed ? diffChecks(expected, actual) : diffDefinitions(expected, actual)),
  ]
}

/** Compares two statements token by token, as the last resort. */
function diffDefinitions(
  expected: { readonly definition: string },
  actual: { readonly definition: string },
): Deviation[] {
  return compare('definition, token by token', expected.definition, actual.definition)
}

/**
 * Compares the columns of two tables. A missing, extra or renamed column is one deviation; the order is compared among
 * the columns of both.
 *
 * @param isParsed whether the SQL of both could be parsed
 */
function diffColumns(expected: readonly Column[], actual: readonly Column[], isParsed: boolean): Deviation[] {
  const actualByName = new Map(actual.map((column) => [foldName(column.name), column]))
  const expectedNames = new Set(expected.map(({ name }) => foldName(name)))
  return [
    ...expected.flatMap((column) => {
      const partner = actualByName.get(foldName(column.name))
      if (partner === undefined) return missing(`column ${column.name}`, describeColumn(column))
      return diffColumn(column, partner, isParsed)
    }),
    ...actual
      .filter(({ name }) => !expectedNames.has(foldName(name)))
      .map((column) => extra(`column ${column.name}`, describeColumn(column))),
    ...diffOrder(expected, actual),
  ]
}

function diffColumn(expected: Column, actual: Column, isParsed: boolean): Deviation[] {
  const aspect = (word: string) => `column ${expected.name}: ${word}`
  const visible = [
    ...compare(aspect('type'), expected.type || null, actual.type || null),
    ...compareFlag(aspect('not null'), expected.notNull, actual.notNull, ['NOT NULL', 'NULL allowed']),
    ...compare(aspect('default'), expected.default, actual.default),
    ...compareFlag(aspect('hidden'), expected.hidden, actual.hidden, ['hidden', 'shown']),
  ]
  if (!isParsed) {
    const storage = compare(
      aspect('generated'),
      expected.generated?.storage ?? null,
      actual.generated?.storage ?? null,
    )
    return [...visible, ...storage]
  }
  return [
    ...visible,
    ...compare(aspect('not null, on conflict'), expected.notNullConflict, actual.notNullConflict),
    ...compare(aspect('collation'), expected.collation, actual.collation),
    ...compare(
      aspect('generated'),
      describeGenerated(expected.generated),
      describeGenerated(actual.generated),
    ),
    ...compare(aspect('constraint names'), namesOf(expected), namesOf(actual)),
  ]
}

function namesOf({ constraintNames }: Column): string | null {
  return constraintNames.length === 0 ? null : [...constraintNames].sort().join(', ')
}

function diffOrder(expected: readonly Column[], actual: readonly Column[]): Deviation[] {
  return compare('column order', sharedNames(expected, actual), sharedNames(actual, expected))
}

function sharedNames(columns: readonly Column[], others: readonly Column[]): string {
  const names = new Set(others.map(({ name }) => foldName(name)))
  return describeColumns(columns.map(({ name }) => name).filter((name) => names.has(foldName(name))))
}

function describeColumn(column: Column): string {
  const parts = [
    column.type,
    column.notNull ? 'NOT NULL' : '',
    column.default === null ? '' : `DEFAULT ${column.default}`,
    describeGenerated(column.generated) ?? '',
  ]
  return parts.filter((part) => part !== '').join(' ') || 'a column without a type'
}
