import { columnSubject } from '../../problem.ts'
import { quoteName } from '../../sql/names.ts'
import { significantTokens, unquote } from '../../sql/tokens.ts'
import { attempt, attemptInsert } from '../attempt.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { makeRows } from '../synthetic-rows.ts'

export const defaultIsText: Rule = {
  code: 'default-is-text',
  severity: 'warning',
  reason:
    'The default is a text that reads like a call: every row gets that text, and not what the call returns.',
  fix: "Write the call in parentheses, without quotes: DEFAULT (datetime('now')), or DEFAULT CURRENT_TIMESTAMP.",
  source: 'https://www.sqlite.org/lang_createtable.html#the_default_clause',
  find: (subject) =>
    subject.tables.flatMap((table) =>
      table.columns.flatMap(({ name, default: expression }) => {
        const text = textOf(expression)
        return text !== null && isCall(subject, text) ? tryDefault(subject, table.name, name, text) : []
      }),
    ),
}

/** The text of a default that is one string. */
function textOf(expression: string | null): string | null {
  const [token, ...others] = expression === null ? [] : significantTokens(expression)
  return token?.kind === 'string' && others.length === 0 ? unquote(token) : null
}

/** Functions that give a new value each time in other databases, and that SQLite does not have. */
const foreignCall =
  /^\(*\s*(now|getdate|sysdate|newid|uuid|uuid_generate_v\d\w*|gen_random_uuid|nextval)\s*\(.*\)\s*\)*$/is

/** Whether SQLite would run a text as an expression with a function call in it, or as one of the words for now. */
function isCall({ open }: FindingsSubject, text: string): boolean {
  if (foreignCall.test(text.trim())) return true
  if (!/\w+\s*\(.*\)/s.test(text) && !/^[\s(]*current_(time|date|timestamp)[\s)]*$/i.test(text)) return false
  using copy = open()
  return attempt(copy.connection, `SELECT ${text}`).accepted
}

function tryDefault(subject: FindingsSubject, table: string, column: string, text: string): Sighting[] {
  using copy = subject.open()
  const found = subject.tables.find(({ name }) => name === table)
  const [row] = found === undefined ? [] : makeRows(copy, subject.schema, found)
  if (row === undefined) return []
  const { [column]: _left, ...others } = row
  if (!attemptInsert(copy.connection, table, others).accepted) return []
  const sql = `SELECT count(*) AS n FROM ${quoteName(table)} WHERE ${quoteName(column)} = ?`
  const count = copy.connection.all(sql, [text])[0]?.n
  return [
    {
      subject: columnSubject(table, column),
      evidence: [
        { ran: `INSERT without ${column}`, happened: `${count} row holds the text ${text}` },
      ] as const,
    },
  ]
}
