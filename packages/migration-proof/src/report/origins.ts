import { foldName } from '../sql/names.ts'
import { tokenize } from '../sql/tokens.ts'
import type { History, HistoryVersion } from './model.ts'

/** Where something was written. */
export interface Place {
  readonly file: string | null
  readonly line: number | null
}

type Statement = HistoryVersion['statements'][number]

/**
 * Where an object comes from: the statement that made it, or, of a column, the one that added it. A migration is
 * where its first statement is.
 *
 * @param object words that name it, such as `note.text`, `table tag`, `index tag_note` or `migration v2`
 * @param version the version that is to blame, where that is known
 */
export function findOrigin(history: History | null, object: string, version?: number): Place {
  const versions = history?.versions ?? []
  const names = namesIn(object)
  const blamed = versions.find((each) => each.version === (version ?? versionIn(object)))
  const inBlamed = blamed?.statements.find((statement) => mentions(statement, names))
  const made = findMade(
    versions.flatMap(({ statements }) => statements),
    names,
  )
  const { file, line } = inBlamed ?? made ?? blamed?.statements[0] ?? { file: null, line: null }
  return { file, line }
}

function versionIn(object: string): number | null {
  const [, version] = /\bv(\d+)\b/.exec(object) ?? []
  return version === undefined ? null : Number(version)
}

/** The names in the words, folded: of `note.text` both parts. */
function namesIn(object: string): ReadonlySet<string> {
  return new Set(
    object
      .split(/[^\p{L}\p{N}_$]+/u)
      .filter((word) => word !== '')
      .map(foldName),
  )
}

/** The statement that makes what is named first: of `tag (note)` the table tag. */
function findMade(statements: readonly Statement[], names: ReadonlySet<string>): Statement | undefined {
  const makers = statements.map((statement) => [nameOfMade(statement), statement] as const).reverse()
  const byName = new Map(makers)
  const first = [...names].find((name) => byName.has(name))
  return first === undefined ? undefined : byName.get(first)
}

function nameOfMade({ sql }: Statement): string | undefined {
  const words = wordsOf(sql)
  if (words[0] !== 'create') return undefined
  const place = words.findIndex((word) => ['table', 'index', 'view', 'trigger'].includes(word))
  return words.slice(place + 1).find((word) => !['if', 'not', 'exists'].includes(word))
}

function mentions({ sql }: Statement, names: ReadonlySet<string>): boolean {
  const common = new Set(['table', 'index', 'view', 'trigger', 'column', 'create', 'key', 'foreign', 'check'])
  return wordsOf(sql).some((word) => names.has(word) && !common.has(word))
}

function wordsOf(sql: string): string[] {
  return [...tokenize(sql)]
    .filter(({ kind }) => kind !== 'space' && kind !== 'comment')
    .map(({ text }) => foldName(text.replace(/^["`[]|["`\]]$/g, '')))
}
