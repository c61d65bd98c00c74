import { foldName } from '../sql/names.ts'
import { significantTokens, type Token } from '../sql/tokens.ts'
import type { ObjectType } from './model.ts'

/**
 * The tokens of a stored CREATE statement that follow the object's name. SQLite stores it without IF NOT
 * EXISTS and without the name of the database: https://www.sqlite.org/schematab.html
 */
export function tokensAfterName(sql: string, type: ObjectType): readonly Token[] {
  const tokens = significantTokens(sql)
  const place = tokens.findIndex(({ kind, text }) => kind === 'word' && foldName(text) === type)
  return tokens.slice(place + 2)
}
