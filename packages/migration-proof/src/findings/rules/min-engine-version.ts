import { columnSubject } from '../../problem.ts'
import type { Table } from '../../schema/model.ts'
import { quoteName } from '../../sql/names.ts'
import { normaliseSql } from '../../sql/normalise.ts'
import { attempt, attemptInsert } from '../attempt.ts'
import { ofMigration, type Rule, type Sighting, withoutRepeats } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import { makeRows } from '../synthetic-rows.ts'

interface Feature {
  readonly name: string
  readonly since: string
  readonly pattern: RegExp
  /** Whether what is in parentheses is left out first. */
  readonly isOutermost?: true
}

/** Features that older engines lack, with a pattern for the normalised SQL and the release that added them. */
const features: readonly Feature[] = [
  { name: 'RENAME COLUMN', since: '3.25', pattern: /^alter table \S+ rename column / },
  { name: 'NULLS FIRST and NULLS LAST', since: '3.30', pattern: / nulls (?:first|last)\b/ },
  { name: 'generated columns', since: '3.31', pattern: /^create (temp )?table .*\bas \(/ },
  { name: 'iif()', since: '3.32', pattern: /\biif ?\(/ },
  { name: 'UPDATE FROM', since: '3.33', pattern: /^update .* set .* from /, isOutermost: true },
  { name: 'RETURNING', since: '3.35', pattern: / returning / },
  { name: 'DROP COLUMN', since: '3.35', pattern: /^alter table \S+ drop (column )?(?!constraint)/ },
  { name: 'STRICT', since: '3.37', pattern: /^create table .*\)\s*(without rowid, ?)?strict\b/ },
  { name: 'unixepoch()', since: '3.38', pattern: /\bunixepoch ?\(/ },
  { name: '-> and ->>', since: '3.38', pattern: /->/ },
  { name: 'RIGHT and FULL JOIN', since: '3.39', pattern: / (?:right|full) (?:outer )?join / },
  { name: 'IS DISTINCT FROM', since: '3.39', pattern: / is (?:not )?distinct from / },
  { name: 'unhex()', since: '3.41', pattern: /\bunhex ?\(/ },
  { name: 'timediff() and octet_length()', since: '3.43', pattern: /\b(?:timediff|octet_length) ?\(/ },
  {
    name: 'concat(), concat_ws() and string_agg()',
    since: '3.44',
    pattern: /\b(?:concat|concat_ws|string_agg) ?\(/,
  },
  { name: 'jsonb', since: '3.45', pattern: /\bjsonb(?:_\w+)? ?\(/ },
  { name: 'ALTER COLUMN', since: '3.53', pattern: /^alter table \S+ alter / },
  { name: 'ADD CONSTRAINT', since: '3.53', pattern: /^alter table \S+ add (constraint|check)\b/ },
]

export const minEngineVersion: Rule = {
  code: 'min-engine-version',
  severity: 'note',
  reason:
    'An engine that is older than a feature in the SQL fails; for a DEFAULT, only at the first row that needs it.',
  fix: "Name the oldest engine that opens the file in the config, such as engine: '>=3.40', or avoid the feature.",
  source: 'https://www.sqlite.org/changes.html',
  find: (subject) => {
    const oldest = subject.suite.oldestEngine
    // What the oldest engine knows needs no finding.
    const unknown = features.filter(({ since }) => oldest === null || isOlder(oldest, since))
    return [...findDefaults(subject, unknown), ...findStatements(subject, unknown)]
  },
}

/** Whether a version is older than another: `3.9` than `3.40`. */
export function isOlder(version: string, than: string): boolean {
  const [[, minor = 0] = [], [, other = 0] = []] = [version, than].map((text) => text.split('.').map(Number))
  return minor < other
}

/** A DEFAULT is the dangerous case: an older engine still creates the table. */
function findDefaults(subject: FindingsSubject, unknown: typeof features): Sighting[] {
  return subject.tables.flatMap((table) =>
    table.columns.flatMap(({ name, default: expression }) => {
      const feature = unknown.find(({ pattern }) => expression !== null && pattern.test(expression))
      return feature === undefined || expression === null
        ? []
        : tryDefault(subject, table, name, expression, feature)
    }),
  )
}

function tryDefault(
  subject: FindingsSubject,
  table: Table,
  column: string,
  expression: string,
  { name, since }: (typeof features)[number],
): Sighting[] {
  using copy = subject.open()
  const { connection } = copy
  const [row] = makeRows(copy, subject.schema, table)
  if (row === undefined) return []
  const { [column]: _left, ...others } = row
  const here = attemptInsert(connection, table.name, others)
  const absent = expression.replace(/\b\w+(?= ?\()/, 'function_of_a_newer_engine')
  const creation = attempt(connection, `CREATE TABLE ${quoteName('try default')} (a, b DEFAULT (${absent}))`)
  const insertion = attempt(connection, `INSERT INTO ${quoteName('try default')} (a) VALUES (1)`)
  return [
    {
      subject: columnSubject(table.name, column),
      fix: `Open the file with SQLite ${since} or later only.`,
      evidence: [
        {
          ran: `INSERT without ${column}, on SQLite ${subject.engineVersion}; ${name} needs ${since}`,
          happened: here.answer,
        },
        {
          ran: `CREATE TABLE with DEFAULT (${absent}), as an older engine sees it`,
          happened: creation.answer,
        },
        { ran: 'INSERT without that column', happened: insertion.answer },
      ],
    },
  ]
}

/** Statements of migrations and of the application: an older engine refuses them immediately. */
function findStatements(
  { trials, contracts, engineVersion, open }: FindingsSubject,
  unknown: typeof features,
): Sighting[] {
  using copy = open()
  const ofMigrations = trials.flatMap(({ migration, statements, failure }) =>
    statements
      .filter((sql) => sql !== failure?.statement)
      .flatMap((sql) =>
        featuresOf(sql, unknown).map((feature) => ({
          ...ofMigration(migration.version, feature.name),
          feature,
          answer: 'accepted',
        })),
      ),
  )
  const ofContracts = contracts.flatMap(({ name, sql, parameters }) =>
    featuresOf(sql, unknown).map((feature) => ({
      subject: { type: 'contract', name, aspect: feature.name } as const,
      feature,
      answer: attempt(copy.connection, `EXPLAIN ${sql}`, parameters).answer,
    })),
  )
  const sightings = [...ofMigrations, ...ofContracts].map(
    ({ feature: { name, since }, answer, ...about }) => ({
      ...about,
      fix: `Use SQLite ${since} or later only.`,
      evidence: [
        {
          ran: `the statement with ${name}, on SQLite ${engineVersion}`,
          happened: `${answer}; the release notes name ${since} as the first with it`,
        },
      ] as const,
    }),
  )
  return withoutRepeats(sightings)
}

/** A function in a DEFAULT is reported for its column. */
function featuresOf(sql: string, unknown: typeof features): (typeof features)[number][] {
  // A text in SQL is no SQL.
  const text = normaliseSql(sql).replaceAll(/'(?:[^']|'')*'/g, "''")
  const isCreation = text.startsWith('create ')
  const outermost = withoutParentheses(text)
  return unknown.filter(
    ({ pattern, name, isOutermost }) =>
      pattern.test(isOutermost === true ? outermost : text) && !(isCreation && name === 'unixepoch()'),
  )
}

/** A statement with nothing in its parentheses. */
function withoutParentheses(sql: string): string {
  const shorter = sql.replaceAll(/\([^()]+\)/g, '()')
  return shorter === sql ? sql : withoutParentheses(shorter)
}
