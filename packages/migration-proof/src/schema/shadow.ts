import type { SqlRow } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { unquote } from '../sql/tokens.ts'
import { tokensAfterName } from './definition.ts'
import { textOf, textOrNull } from './rows.ts'

const fts34 = /^(content|docsize|segdir|segments|stat)$/
const tree = /^(node|parent|rowid)$/

/** The suffix, after the underscore, of the tables in which a module stores its content. */
const suffixesOfModules: ReadonlyMap<string, RegExp> = new Map([
  ['fts3', fts34],
  ['fts4', fts34],
  ['fts5', /^(config|content|data|docsize|idx)$/],
  ['rtree', tree],
  ['rtree_i32', tree],
  ['geopoly', tree],
  ['spellfix1', /^vocab$/],
  // sqlite-vec: https://github.com/asg017/sqlite-vec/blob/main/ARCHITECTURE.md
  ['vec0', /^(auxiliary|chunks|info|rowids|(metadatachunks|metadatatext|vector_chunks)\d\d)$/],
])

/**
 * The folded names of the tables behind the virtual tables of a catalog, such as `notes_content` behind the FTS table
 * `notes`: https://www.sqlite.org/vtab.html#the_xshadowname_method. The module itself need not be loaded.
 *
 * @param catalog rows of `sqlite_schema`, with `type`, `name` and `sql`
 */
export function findShadows(catalog: readonly SqlRow[]): ReadonlySet<string> {
  const owners = catalog.filter(isVirtual).map((row) => {
    const [, module, ...rest] = tokensAfterName(textOf(row, 'sql'), 'table').map((token) =>
      foldName(unquote(token)),
    )
    const suffixes = suffixesOfModules.get(module ?? '')
    return { prefix: `${foldName(textOf(row, 'name'))}_`, suffixes, hasOwnContent: !namesContent(rest) }
  })
  const tables = catalog.filter((row) => row.type === 'table' && !isVirtual(row))
  return new Set(
    tables
      .map((row) => foldName(textOf(row, 'name')))
      .filter((name) =>
        owners.some(({ prefix, suffixes, hasOwnContent }) => {
          const suffix = name.startsWith(prefix) ? name.slice(prefix.length) : ''
          return suffixes?.test(suffix) === true && (suffix !== 'content' || hasOwnContent)
        }),
      ),
  )
}

/** SQLite always stores these words in this form. */
export function isVirtual(row: SqlRow): boolean {
  return textOrNull(row, 'sql')?.startsWith('CREATE VIRTUAL TABLE') === true
}

/** With the option `content=`, the indexed content is in an ordinary table, or is not stored. */
function namesContent(tokens: readonly string[]): boolean {
  return tokens.some((text, position) => text === 'content' && tokens[position + 1] === '=')
}
