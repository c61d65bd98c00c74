import type { ProblemSubject } from '../../problem.ts'
import type { Connection } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { tokenize, unquote } from '../../sql/tokens.ts'
import { type Attempt, attempt } from '../attempt.ts'
import type { Rule, Sighting } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'

export const dqsLiteral: Rule = {
  code: 'dqs-literal',
  severity: 'error',
  reason:
    'A string in double quotes is a literal for engines with that compatibility option, and an unknown column for others.',
  fix: "Write strings in 'single' quotes.",
  source: 'https://www.sqlite.org/quirks.html#dblquote',
  find: (subject) => [...ofStatements(subject), ...ofViews(subject), ...ofTriggers(subject)],
}

function ofStatements({ contracts, open }: FindingsSubject): Sighting[] {
  return contracts.flatMap(({ name, sql, parameters }) =>
    findLiterals(open, { type: 'contract', name }, sql, (connection, text) =>
      attempt(connection, `EXPLAIN ${text}`, parameters),
    ),
  )
}

function ofViews({ schema, open }: FindingsSubject): Sighting[] {
  return [...schema.views.values()].flatMap(({ name }) =>
    findLiterals(open, { type: 'view', name }, sqlOf(open, name), (connection, text) => {
      connection.exec(`DROP VIEW ${quoteName(name)}`)
      connection.exec(text)
      return attempt(connection, `SELECT * FROM ${quoteName(name)} LIMIT 1`)
    }),
  )
}

/** A trigger is compiled with the statement that fires it. */
function ofTriggers({ schema, open }: FindingsSubject): Sighting[] {
  const events = {
    INSERT: (table: string) => `INSERT INTO ${table} DEFAULT VALUES`,
    DELETE: (table: string) => `DELETE FROM ${table}`,
    UPDATE: (table: string, column: string) => `UPDATE ${table} SET ${column} = ${column}`,
  }
  return [...schema.triggers.values()].flatMap(({ name, table, event, columns }) => {
    const first =
      columns[0] ?? [...schema.tables.values()].find((entry) => entry.name === table)?.columns[0]?.name
    const statement = events[event](quoteName(table), quoteName(first ?? 'rowid'))
    return findLiterals(open, { type: 'trigger', name }, sqlOf(open, name), (connection, text) => {
      connection.exec(`DROP TRIGGER ${quoteName(name)}`)
      connection.exec(text)
      return attempt(connection, `EXPLAIN ${statement}`)
    })
  })
}

/** A text is a literal if the engine accepts 'text' and refuses "text". */
function findLiterals(
  open: FindingsSubject['open'],
  subject: ProblemSubject,
  sql: string,
  run: (connection: Connection, sql: string) => Attempt,
): Sighting[] {
  const quoted = tokenize(sql).filter(({ kind, text }) => kind === 'name' && text.startsWith('"'))
  if (quoted.length === 0) return []
  using original = open()
  const { accepted, answer } = run(original.connection, sql)
  if (accepted) return []
  const literal = quoted.find(
    (token) =>
      answer.includes(`no such column: ${token.text}`) ||
      answer.includes(`no such column: ${unquote(token)}`),
  )
  if (literal === undefined) return []
  const asString = `'${unquote(literal).replaceAll("'", "''")}'`
  using fixed = open()
  const fixedAnswer = run(fixed.connection, sql.replaceAll(literal.text, asString)).answer
  return [
    {
      subject,
      evidence: [
        { ran: `the unchanged SQL, with ${literal.text}`, happened: answer },
        { ran: `the same with ${asString}`, happened: fixedAnswer },
      ],
    },
  ]
}

function sqlOf(open: FindingsSubject['open'], name: string): string {
  using copy = open()
  return String(copy.connection.all('SELECT sql FROM sqlite_schema WHERE name = ?', [name])[0]?.sql ?? '')
}
