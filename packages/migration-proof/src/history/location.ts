import { sep } from 'node:path'
import { shownPath } from '../errors.ts'
import type { Migration } from '../migrator/migration.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { Location, Problem, ProblemSubject } from '../problem.ts'
import { readText } from '../snapshots/paths.ts'
import { foldName } from '../sql/names.ts'
import { splitStatements } from '../sql/split.ts'
import { tokenize } from '../sql/tokens.ts'

/** The statements of a version, and where each is written. */
export interface LocatedVersion {
  readonly version: number
  readonly statements: readonly LocatedStatement[]
}

interface LocatedStatement {
  readonly sql: string
  readonly file: string | null
  readonly line: number | null
}

/**
 * Where a problem comes from: of the migration that caused it, the statement that names its object, or the first one; where no
 * migration is known, the statement that made the object.
 */
export function findLocation(
  versions: readonly LocatedVersion[],
  { subject, version }: Pick<Problem, 'subject' | 'version'>,
): Location | null {
  const names = namesOf(subject)
  const cause = versions.find((each) => each.version === version)
  const inCause = cause?.statements.find((statement) =>
    wordsOf(statement).some((word) => names.includes(word)),
  )
  const all = versions.flatMap(({ statements }) => statements)
  const [made] = names.flatMap((name) => all.find((statement) => nameOfMade(statement) === name) ?? [])
  const origin = cause === undefined ? made : (inCause ?? cause.statements[0])
  const { file = null, line = null } = origin ?? {}
  return file === null ? null : { file, line }
}

const known = new WeakMap<MigrationPlan, readonly LocatedVersion[]>()

/** Gives a problem without a location that of the migration, or of the base, that it comes from, where the file is known. */
export function locateProblem(plan: MigrationPlan, problem: Problem): Problem {
  if (problem.location !== null) return problem
  const versions = known.get(plan) ?? [...locateBase(plan), ...plan.migrations.map(locateStatements)]
  known.set(plan, versions)
  const { subject } = problem
  const named =
    subject.type === 'migration'
      ? plan.migrations.find(({ version }) => subject.name === `v${version}`)
      : undefined
  const version = problem.version ?? named?.version ?? null
  return { ...problem, location: findLocation(versions, { subject, version }) }
}

/** What precedes the first migration is version 0; of a database file, the lines are not known. */
function locateBase({ base }: MigrationPlan): LocatedVersion[] {
  if (base === undefined) return []
  const file = shownFile(base.file)
  const text = readText(base.file) ?? ''
  const statements = base.statements.map((sql) => {
    const position = text.indexOf(sql)
    return { sql, file, line: position === -1 ? null : text.slice(0, position).split('\n').length }
  })
  return [{ version: 0, statements }]
}

/** Of a migration that is a function, what is known of its text is where its `up` begins. */
function locateStatements(migration: Migration): LocatedVersion {
  const { version, file, sql } = migration
  if (file === undefined) return { version, statements: [] }
  const statements = sql === undefined ? [''] : splitStatements(sql)
  const text = readText(file) ?? ''
  return {
    version,
    statements: (statements.length === 0 ? [''] : statements).map((statement) => ({
      sql: statement,
      ...locateIn(file, text, statement),
    })),
  }
}

/** Where the statement is in the file of a migration, or its `up`; null where the file is not known. */
export function locateInMigration({ file }: Migration, statement: string): Location | null {
  return file === undefined ? null : locateIn(file, readText(file) ?? '', statement)
}

/** The statement of a migration that drops a table; null where its file is not known, or it is a function. */
export function locateDrop(migration: Migration | undefined, table: string): Location | null {
  const drop = splitStatements(migration?.sql ?? '').find((sql) => {
    const words = wordsOf({ sql })
    return words[0] === 'drop' && words[1] === 'table' && words.at(-1) === foldName(table)
  })
  return migration === undefined || drop === undefined ? null : locateInMigration(migration, drop)
}

function locateIn(file: string, text: string, statement: string): Location {
  const positions = [statement === '' ? -1 : text.indexOf(statement), text.search(/\bup\s*[(=:]/)]
  const found = positions.find((position) => position >= 0)
  const line = found === undefined ? null : text.slice(0, found).split('\n').length
  return { file: shownFile(file), line }
}

/** A file as a person names it in this folder, with slashes. */
export function shownFile(file: string): string {
  return shownPath(file).split(sep).join('/')
}

/** The folded names under which the schema has a subject: its own, then that of its table. */
function namesOf({ type, name, table }: ProblemSubject): readonly string[] {
  const isObject = type === 'table' || type === 'index' || type === 'view' || type === 'trigger'
  return [...(isObject ? [name] : []), ...(table === undefined ? [] : [table])].map(foldName)
}

function nameOfMade(statement: LocatedStatement): string | undefined {
  const words = wordsOf(statement)
  if (words[0] !== 'create') return undefined
  const position = words.findIndex((word) => ['table', 'index', 'view', 'trigger'].includes(word))
  return words.slice(position + 1).find((word) => !['if', 'not', 'exists'].includes(word))
}

function wordsOf({ sql }: Pick<LocatedStatement, 'sql'>): string[] {
  return [...tokenize(sql)]
    .filter(({ kind }) => kind !== 'space' && kind !== 'comment')
    .map(({ text }) => foldName(text.replace(/^["`[]|["`\]]$/g, '')))
}
