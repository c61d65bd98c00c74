import type { Location, Problem, ProblemSubject } from '../problem.ts'
import { foldName } from '../sql/names.ts'
import { tokenize } from '../sql/tokens.ts'
import type { History, HistoryVersion } from './model.ts'

type Statement = HistoryVersion['statements'][number]

/**
 * Where a problem comes from: the statement of the migration that caused it, or the one that made its object. A
 * migration is where its first statement is.
 */
export function findLocation(
  history: History | null,
  { subject, version }: Pick<Problem, 'subject' | 'version'>,
): Location | null {
  const versions = history?.versions ?? []
  const names = namesOf(subject)
  const cause = versions.find((each) => each.version === version)
  const inCause = cause?.statements.find((statement) =>
    wordsOf(statement).some((word) => names.includes(word)),
  )
  const all = versions.flatMap(({ statements }) => statements)
  const [made] = names.flatMap((name) => all.find((statement) => nameOfMade(statement) === name) ?? [])
  const { file = null, line = null } = inCause ?? made ?? cause?.statements[0] ?? {}
  return file === null ? null : { file, line }
}

/** The folded names under which the schema has a subject: its own, then that of its table. */
function namesOf({ type, name, table }: ProblemSubject): readonly string[] {
  const isObject = type === 'table' || type === 'index' || type === 'view' || type === 'trigger'
  return [...(isObject ? [name] : []), ...(table === undefined ? [] : [table])].map(foldName)
}

function nameOfMade(statement: Statement): string | undefined {
  const words = wordsOf(statement)
  if (words[0] !== 'create') return undefined
  const position = words.findIndex((word) => ['table', 'index', 'view', 'trigger'].includes(word))
  return words.slice(position + 1).find((word) => !['if', 'not', 'exists'].includes(word))
}

function wordsOf({ sql }: Statement): string[] {
  return [...tokenize(sql)]
    .filter(({ kind }) => kind !== 'space' && kind !== 'comment')
    .map(({ text }) => foldName(text.replace(/^["`[]|["`\]]$/g, '')))
}
