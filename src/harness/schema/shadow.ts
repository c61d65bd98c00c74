import { foldName } from '../sql/names.ts'

const fullText = ['content', 'data', 'idx', 'docsize', 'config', 'segments', 'segdir', 'stat']
const tree = ['node', 'parent', 'rowid']

/** The tables that the modules of SQLite's own source keep their content in. */
const shadowSuffixes: ReadonlyMap<string, readonly string[]> = new Map([
  ['fts3', fullText],
  ['fts4', fullText],
  ['fts5', fullText],
  ['rtree', tree],
  ['rtree_i32', tree],
  ['geopoly', tree],
])

/**
 * The folded names of the tables behind a virtual table, such as `notes_content` behind the FTS table
 * `notes`: https://www.sqlite.org/vtab.html#the_xshadowname_method
 */
export function shadowNames(table: string, module: string): string[] {
  const suffixes = shadowSuffixes.get(foldName(module)) ?? []
  return suffixes.map((suffix) => `${foldName(table)}_${suffix}`)
}
