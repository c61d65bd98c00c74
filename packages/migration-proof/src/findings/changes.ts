import { findTable, type Table } from '../schema/model.ts'
import { foldName } from '../sql/names.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'
import type { MigrationTrial } from './trial.ts'

/** A table before and after a migration that rebuilt it. */
export interface Rebuild {
  readonly before: Table
  readonly after: Table
}

/** The tables that a migration drops or renames, and that exist again afterwards. */
export function rebuildsOf({ statements, before, after }: MigrationTrial): Rebuild[] {
  if (after === null) return []
  const gone = new Set(
    statements
      .flatMap((sql) => [droppedTable(sql), renamedTable(sql)?.from])
      .filter((name) => name !== undefined && name !== null),
  )
  return [...before.tables.values()].flatMap((table) => {
    const next = findTable(after, table.name)
    return gone.has(foldName(table.name)) && next !== undefined ? [{ before: table, after: next }] : []
  })
}

/** The folded name of the table that a statement drops. */
function droppedTable(sql: string): string | null {
  const words = wordsOf(sql)
  if (words[0] !== 'drop' || words[1] !== 'table') return null
  return words[2] === 'if' ? lastName(words, 4) : lastName(words, 2)
}

/** The folded names of ALTER TABLE … RENAME TO …. */
export function renamedTable(sql: string): { readonly from: string; readonly to: string } | null {
  const words = wordsOf(sql)
  const position = words.indexOf('rename')
  if (words[0] !== 'alter' || words[1] !== 'table' || position === -1 || words[position + 1] !== 'to')
    return null
  return { from: lastName(words, 2), to: words[position + 2] ?? '' }
}

/** The folded name of the index, trigger or view that a statement drops. */
export function droppedObject(sql: string): string | null {
  const words = wordsOf(sql)
  if (words[0] !== 'drop' || words[1] === 'table') return null
  return words[2] === 'if' ? lastName(words, 4) : lastName(words, 2)
}

/** The table's name without that of its database: `main.note` is `note`. */
function lastName(words: readonly string[], position: number): string {
  return (words[position + 1] === '.' ? words[position + 2] : words[position]) ?? ''
}

function wordsOf(sql: string): string[] {
  return significantTokens(sql).map((token) => foldName(unquote(token)))
}
