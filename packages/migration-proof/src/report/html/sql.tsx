import { foldName, isReservedKeyword } from '../../sql/names.ts'
import { tokenize } from '../../sql/tokens.ts'

/** Words that are keywords in most statements, though SQLite takes them for names too. */
const softKeywords = new Set(
  `action after asc autoincrement before begin by cascade column conflict desc do each end exists explain for if
  ignore key no of over partition plan pragma query replace restrict row rowid strict temp temporary trigger view
  virtual with without integer text blob real`.split(/\s+/),
)

/** A statement with its keywords, strings and numbers in colour, its lines moved to the left. */
export function Sql({ sql }: { readonly sql: string }) {
  return (
    <code class="sql">{tokenize(outdent(sql)).map(({ kind, text, start }) => paint(kind, text, start))}</code>
  )
}

function paint(kind: string, text: string, start: number) {
  if (kind === 'word' && (isReservedKeyword(foldName(text)) || softKeywords.has(foldName(text)))) {
    return <b key={start}>{text}</b>
  }
  if (kind === 'string' || kind === 'number' || kind === 'blob') return <i key={start}>{text}</i>
  return kind === 'comment' ? <s key={start}>{text}</s> : text
}

/** Takes from all lines but the first what all of them are indented by. */
function outdent(sql: string): string {
  const [first = '', ...rest] = sql.split('\n')
  const depths = rest
    .filter((line) => line.trim() !== '')
    .map((line) => line.length - line.trimStart().length)
  // The last line closes the statement: it shows how deep the first one stood.
  const depth = Math.min(...depths, depths.at(-1) ?? 0)
  return [
    first,
    ...rest.map((line) => line.slice(Math.min(depth, line.length - line.trimStart().length))),
  ].join('\n')
}
