import { foldName } from '../sql/names.ts'
import { significantTokens } from '../sql/tokens.ts'
import {
  describeBoth,
  describeColumns,
  describeForeignKey,
  describeIndexColumns,
  describeParent,
} from './describe.ts'
import { compare, compareFlag, type Deviation, extra, missing } from './difference.ts'
import type { CheckConstraint, ForeignKey, Index, PrimaryKey, Table } from './model.ts'

export function diffPrimaryKeys(expected: Table, actual: Table, isParsed: boolean): Deviation[] {
  const [before, after] = [expected.primaryKey, actual.primaryKey]
  if (before === null || after === null) {
    return compareMember(
      'primary key',
      before && describeIndexColumns(before.columns),
      after && describeIndexColumns(after.columns),
    )
  }
  const texts = describeBoth(before.columns, after.columns, { expected, actual })
  if (texts.expected !== texts.actual) return compare('primary key', texts.expected, texts.actual)
  return isParsed ? diffKeyClauses(before, after) : []
}

function diffKeyClauses(expected: PrimaryKey, actual: PrimaryKey): Deviation[] {
  return [
    ...compareFlag('primary key: autoincrement', expected.autoincrement, actual.autoincrement, [
      'AUTOINCREMENT',
      'no AUTOINCREMENT',
    ]),
    ...compare('primary key: on conflict', expected.conflict, actual.conflict),
    ...compare('primary key: name', listNames(expected.constraintNames), listNames(actual.constraintNames)),
  ]
}

const uniquePairing: PairingKey<Index>[] = [
  ({ columns }) => describeIndexColumns(columns),
  ({ columns }) =>
    columns
      .map(({ column }) => foldOrNull(column))
      .sort()
      .join(),
]

export function diffUniques(expected: Table, actual: Table): Deviation[] {
  const uniquesOf = (table: Table) => table.indexes.filter(({ origin }) => origin === 'UNIQUE')
  return pairUp(uniquesOf(expected), uniquesOf(actual), uniquePairing).flatMap((pair) => {
    const aspect = `unique ${describeIndexColumns((pair.expected ?? pair.actual).columns)}`
    if (pair.actual === null) return missing(aspect, 'UNIQUE')
    if (pair.expected === null) return extra(aspect, 'UNIQUE')
    const texts = describeBoth(pair.expected.columns, pair.actual.columns, { expected, actual })
    return [
      ...compare(`${aspect}: columns`, texts.expected, texts.actual),
      ...(expected.isParsed && actual.isParsed ? diffUniqueClauses(aspect, pair.expected, pair.actual) : []),
    ]
  })
}

function diffUniqueClauses(aspect: string, expected: Index, actual: Index): Deviation[] {
  return [
    ...compare(`${aspect}: on conflict`, expected.conflict, actual.conflict),
    ...compare(`${aspect}: name`, listNames(expected.constraintNames), listNames(actual.constraintNames)),
  ]
}

const foreignKeyPairing: PairingKey<ForeignKey>[] = [
  (key) =>
    `${describeColumns(key.columns)} ${describeForeignKey(key)} ${key.match} ${key.deferrable} ${key.name}`,
  (key) => `${describeColumns(key.columns)} ${describeParent(key)}`,
  (key) => describeColumns(key.columns),
]

export function diffForeignKeys(expected: Table, actual: Table, isParsed: boolean): Deviation[] {
  return pairUp(expected.foreignKeys, actual.foreignKeys, foreignKeyPairing).flatMap((pair) => {
    if (pair.actual === null) return missing(aspectOf(pair.expected), describeForeignKey(pair.expected))
    if (pair.expected === null) return extra(aspectOf(pair.actual), describeForeignKey(pair.actual))
    return diffForeignKey(pair.expected, pair.actual, isParsed)
  })
}

function diffForeignKey(expected: ForeignKey, actual: ForeignKey, isParsed: boolean): Deviation[] {
  const aspect = aspectOf(expected)
  const visible = [
    ...compare(`${aspect}: parent`, describeParent(expected), describeParent(actual)),
    ...compare(`${aspect}: on delete`, expected.onDelete, actual.onDelete),
    ...compare(`${aspect}: on update`, expected.onUpdate, actual.onUpdate),
  ]
  if (!isParsed) return visible
  return [
    ...visible,
    ...compare(`${aspect}: match`, expected.match, actual.match),
    ...compare(`${aspect}: deferrable`, expected.deferrable, actual.deferrable),
    ...compareNames(aspect, expected, actual),
  ]
}

function aspectOf({ columns }: ForeignKey): string {
  return `foreign key ${describeColumns(columns)}`
}

/** A changed CHECK constraint is recognised by its name, or by the columns in it. */
export function diffChecks(expected: Table, actual: Table): Deviation[] {
  const keys: PairingKey<CheckConstraint>[] = [
    ({ expression, name }) => `${expression} ${name}`,
    ({ expression }) => expression,
    ({ name }) => foldOrNull(name),
    ({ expression }) => columnsIn(expression, expected),
  ]
  return pairUp(expected.checks, actual.checks, keys).flatMap((pair) => {
    if (pair.actual === null) return missing('check', pair.expected.expression)
    if (pair.expected === null) return extra('check', pair.actual.expression)
    return [
      ...compare('check', pair.expected.expression, pair.actual.expression),
      ...compareNames(`check (${pair.expected.expression})`, pair.expected, pair.actual),
    ]
  })
}

function columnsIn(expression: string, { columns }: Table): string | null {
  const names = new Set(columns.map(({ name }) => foldName(name)))
  const found = significantTokens(expression).filter(({ text }) => names.has(text))
  return found.length === 0 ? null : [...new Set(found.map(({ text }) => text))].sort().join()
}

function compareMember(aspect: string, expected: string | null, actual: string | null): Deviation[] {
  if (expected === null) return actual === null ? [] : [extra(aspect, actual)]
  return actual === null ? [missing(aspect, expected)] : compare(aspect, expected, actual)
}

interface Named {
  readonly name: string | null
}

function compareNames(aspect: string, expected: Named, actual: Named): Deviation[] {
  return compare(`${aspect}: name`, foldOrNull(expected.name), foldOrNull(actual.name))
}

function listNames(names: readonly string[]): string | null {
  return names.length === 0 ? null : names.map(foldName).sort().join(', ')
}

function foldOrNull(name: string | null): string | null {
  return name === null ? null : foldName(name)
}

/** Two items that belong together, or one without a counterpart. */
export type Pair<Item> =
  | { readonly expected: Item; readonly actual: Item }
  | { readonly expected: Item; readonly actual: null }
  | { readonly expected: null; readonly actual: Item }

/** What both items of a pair share; null for an item without it. */
export type PairingKey<Item> = (item: Item) => string | null

/**
 * Pairs two lists by the first key, the remaining items by the second, and so on, from the strictest key to the loosest,
 * so that a changed item is shown as changed, and not as one missing and one extra.
 */
function pairUp<Item>(
  expected: readonly Item[],
  actual: readonly Item[],
  keys: readonly PairingKey<Item>[],
): Pair<Item>[] {
  const partners = new Map<Item, Item>()
  let left: readonly Item[] = actual
  for (const key of keys) {
    const unpaired = expected.filter((item) => !partners.has(item))
    left = pairByKey(unpaired, left, key, partners)
  }
  return [
    ...expected.map((item): Pair<Item> => {
      const partner = partners.get(item)
      return partner === undefined ? { expected: item, actual: null } : { expected: item, actual: partner }
    }),
    ...left.map((item): Pair<Item> => ({ expected: null, actual: item })),
  ]
}

/** Returns the actual items that are left. */
function pairByKey<Item>(
  expected: readonly Item[],
  actual: readonly Item[],
  key: PairingKey<Item>,
  partners: Map<Item, Item>,
): Item[] {
  const waiting = new Map<string, Item[]>()
  for (const item of expected) {
    const value = key(item)
    if (value !== null) waiting.set(value, [...(waiting.get(value) ?? []), item])
  }
  return actual.filter((item) => {
    const value = key(item)
    const partner = value === null ? undefined : waiting.get(value)?.shift()
    if (partner !== undefined) partners.set(partner, item)
    return partner === undefined
  })
}
