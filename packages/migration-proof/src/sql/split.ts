import { foldName } from './names.ts'
import { type Token, tokenize } from './tokens.ts'

/**
 * Splits SQL into its statements, without their final semicolons and the text between them. Semicolons in the body of a
 * trigger do not split: a trigger ends with `; END;`, as in
 * https://www.sqlite.org/c3ref/complete.html
 */
export function splitStatements(sql: string): string[] {
  const statements: string[] = []
  let tokens: Token[] = []
  for (const token of tokenize(sql)) {
    if (token.kind === 'space' || token.kind === 'comment') continue
    if (token.text !== ';' || isInsideTrigger(tokens)) {
      tokens.push(token)
      continue
    }
    statements.push(...textOf(sql, tokens))
    tokens = []
  }
  return [...statements, ...textOf(sql, tokens)]
}

/** The text from the first to the last significant token; none if there are no tokens. */
function textOf(sql: string, tokens: readonly Token[]): string[] {
  const [first, last] = [tokens.at(0), tokens.at(-1)]
  if (first === undefined || last === undefined) return []
  return [sql.slice(first.start, last.start + last.text.length)]
}

function isInsideTrigger(tokens: readonly Token[]): boolean {
  if (!beginsTrigger(tokens)) return false
  return wordAt(tokens, tokens.length - 1) !== 'end' || tokens.at(-2)?.text !== ';'
}

function beginsTrigger(tokens: readonly Token[]): boolean {
  let position = 0
  if (wordAt(tokens, position) === 'explain') position += wordAt(tokens, position + 1) === 'query' ? 3 : 1
  if (wordAt(tokens, position) !== 'create') return false
  const next = wordAt(tokens, position + 1)
  const isTemporary = next === 'temp' || next === 'temporary'
  return (isTemporary ? wordAt(tokens, position + 2) : next) === 'trigger'
}

function wordAt(tokens: readonly Token[], position: number): string | null {
  const token = tokens[position]
  return token?.kind === 'word' ? foldName(token.text) : null
}
