import { foldName, quoteName } from '../../sql/names.ts'
import type { Match } from './compare-by-match.ts'
import { type Comparison, scanHint, source } from './comparison.ts'
import type { UniqueKey } from './table-shape.ts'

/** Matches rows by their rowid; null where a side has none that can be read. */
export function matchByRowid({ before, after }: Comparison): Match | null {
  if (before.rowid === null || after.rowid === null) return null
  return {
    by: 'rowid',
    condition: `a.${quoteName(after.rowid)} = b.${quoteName(before.rowid)}`,
    hintBefore: scanHint(before),
    hintAfter: scanHint(after),
    columnBefore: before.rowid,
    columnAfter: after.rowid,
  }
}

/** Whether the rowid is content: then a row that is not found by it is lost, wherever its other values are. */
export function isRowidKept({ before, columns }: Comparison): boolean {
  return columns.some((pair) => pair.before.name === before.rowidColumn)
}

/** Matches rows by a key that is declared on both sides and holds no NULL; null where there is none. */
export function matchByKey(comparison: Comparison): Match | null {
  for (const keyBefore of comparison.before.uniqueKeys) {
    const names = keyBefore.columns.map(({ name }) => name)
    const namesAfter = names.flatMap((name) => nameAfter(comparison, name))
    if (namesAfter.length < names.length) continue
    const keyAfter = comparison.after.uniqueKeys.find((key) => hasColumns(key, namesAfter))
    const [columnBefore] = names
    const [columnAfter] = namesAfter
    if (keyAfter === undefined || columnBefore === undefined || columnAfter === undefined) continue
    if (holdsNull(comparison, names)) continue
    return {
      by: 'key',
      condition: names
        .map((name, place) => sameKeyPart(keyAfter, name, namesAfter[place] ?? name))
        .join(' AND '),
      hintBefore: `INDEXED BY ${quoteName(keyBefore.index)}`,
      hintAfter: `INDEXED BY ${quoteName(keyAfter.index)}`,
      columnBefore,
      columnAfter,
    }
  }
  return null
}

function nameAfter({ columns }: Comparison, name: string): string[] {
  const pair = columns.find(({ before }) => foldName(before.name) === foldName(name))
  return pair === undefined ? [] : [pair.after]
}

function hasColumns({ columns }: UniqueKey, names: readonly string[]): boolean {
  const wanted = new Set(names.map(foldName))
  return columns.length === names.length && columns.every(({ name }) => wanted.has(foldName(name)))
}

/** The collation is that of the index, so that SQLite can search with it. */
function sameKeyPart({ columns }: UniqueKey, before: string, after: string): string {
  const part = columns.find(({ name }) => foldName(name) === foldName(after))
  return `a.${quoteName(after)} = b.${quoteName(before)} COLLATE ${quoteName(part?.collation ?? 'BINARY')}`
}

/** A key takes many NULLs: https://www.sqlite.org/lang_createtable.html#unique_constraints */
function holdsNull({ connection, before }: Comparison, names: readonly string[]): boolean {
  const isNull = names.map((name) => `${quoteName(name)} IS NULL`).join(' OR ')
  return connection.all(`SELECT 1 FROM ${source(before)} WHERE ${isNull} LIMIT 1`).length > 0
}
