import { foldName } from '../sql/names.ts'
import { significantTokens } from '../sql/tokens.ts'
import {
  collationsOf,
  describeColumns,
  describeForeignKey,
  describeIndexColumns,
  describeParent,
} from './describe.ts'
import { compare, compareFlag, type Deviation, extra, missing } from './difference.ts'
import type { Check, ForeignKey, Index, PrimaryKey, Table } from './model.ts'
import { type PairingKey, pairUp } from './pair-up.ts'

export function diffPrimaryKeys(expected: Table, actual: Table, isParsed: boolean): Deviation[] {
  const columns = describeKeys(expected, actual, isParsed)
  if (expected.primaryKey === null || actual.primaryKey === null || columns.expected !== columns.actual) {
    return compareMember('primary key', columns.expected, columns.actual)
  }
  const rowid = isRowidComparable(expected, actual)
    ? compareFlag('primary key: rowid', expected.primaryKey.isRowid, actual.primaryKey.isRowid, [
        'another name for the rowid',
        'not the rowid',
      ])
    : []
  return isParsed ? [...rowid, ...diffKeyClauses(expected.primaryKey, actual.primaryKey)] : rowid
}

function describeKeys(expected: Table, actual: Table, isParsed: boolean) {
  const describe = (table: Table) =>
    table.primaryKey &&
    describeIndexColumns(table.primaryKey.columns, isParsed ? collationsOf(table) : undefined)
  return { expected: describe(expected), actual: describe(actual) }
}

/** Another type of the column, or a table WITHOUT ROWID, is told already, and explains it. */
function isRowidComparable(expected: Table, actual: Table): boolean {
  const typesOf = ({ columns }: Table) =>
    columns.filter(({ keyPosition }) => keyPosition > 0).map(({ type }) => type)
  return expected.withoutRowid === actual.withoutRowid && typesOf(expected).join() === typesOf(actual).join()
}

function diffKeyClauses(expected: PrimaryKey, actual: PrimaryKey): Deviation[] {
  return [
    ...compareFlag('primary key: autoincrement', expected.autoincrement, actual.autoincrement, [
      'AUTOINCREMENT',
      'no AUTOINCREMENT',
    ]),
    ...compare('primary key: on conflict', expected.conflict, actual.conflict),
    ...compareNames('primary key', expected, actual),
  ]
}

export function diffUniques(expected: Table, actual: Table, isParsed: boolean): Deviation[] {
  const uniquesOf = (table: Table) => table.indexes.filter(({ origin }) => origin === 'UNIQUE')
  const [before, after] = [
    isParsed ? collationsOf(expected) : undefined,
    isParsed ? collationsOf(actual) : undefined,
  ]
  const texts = new Map([
    ...uniquesOf(expected).map((index) => [index, describeIndexColumns(index.columns, before)] as const),
    ...uniquesOf(actual).map((index) => [index, describeIndexColumns(index.columns, after)] as const),
  ])
  const textOf = (index: Index) => texts.get(index) ?? ''
  const keys: PairingKey<Index>[] = [
    textOf,
    ({ columns }) =>
      columns
        .map(({ column }) => column)
        .sort()
        .join(),
  ]
  return pairUp(uniquesOf(expected), uniquesOf(actual), keys).flatMap((pair) => {
    if (pair.actual === null) return missing(`unique ${textOf(pair.expected)}`, 'UNIQUE')
    if (pair.expected === null) return extra(`unique ${textOf(pair.actual)}`, 'UNIQUE')
    const aspect = `unique ${textOf(pair.expected)}`
    return [
      ...compare(`${aspect}: columns`, textOf(pair.expected), textOf(pair.actual)),
      ...compare(`${aspect}: on conflict`, pair.expected.conflict, pair.actual.conflict),
      ...compare(
        `${aspect}: name`,
        foldOrNull(pair.expected.constraintName),
        foldOrNull(pair.actual.constraintName),
      ),
    ]
  })
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

/** A CHECK that changed is recognised by its name, or by the words that it is about. */
export function diffChecks(expected: Table, actual: Table): Deviation[] {
  const keys: PairingKey<Check>[] = [
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

function foldOrNull(name: string | null): string | null {
  return name === null ? null : foldName(name)
}
