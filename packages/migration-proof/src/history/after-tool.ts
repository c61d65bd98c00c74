import { MigrationPlanError } from '../migrator/check-migrations.ts'
import { idOf, type Migration, type MigrationConnection } from '../migrator/migration.ts'
import { definePlan, type MigrationPlan, type RunnerRules } from '../migrator/plan.ts'
import { upOf } from '../migrator/sql-migration.ts'
import { note, whereNoted } from '../migrator/tool-change.ts'
import {
  type AppliedVersions,
  asOwnStore,
  isOwnStore,
  type VersionProblem,
  type VersionStore,
  versionTable,
} from '../migrator/version-store.ts'
import type { Connection } from '../sql/connection.ts'
import { suggest } from '../suggest.ts'
import type { History } from './sql-folder.ts'

/** What a tool before has done, and where it kept its versions; defaults to the table `schema_version`. */
export type PreviousHistory = Omit<History, 'versions'> & Partial<Pick<History, 'versions'>>

/** How files of the tool before come to the tool of now. */
export interface AfterToolOptions {
  /**
   * The id of the baseline, or of the last of several migrations: a file of the last version of the tool before has had the same
   * from that tool, so that the tool of now is only to note them. Null where it runs all of its migrations on such a file, too.
   */
  readonly adopts: string | null
  /** What the adoption runs besides, in one transaction with the notes, such as `DROP TABLE schema_version`. */
  readonly up?: (connection: MigrationConnection) => void
  /** What makes a new file: the tool of now alone, which is the default, or both, one after the other. */
  readonly newFiles?: 'now' | 'both'
}

/**
 * The history of a project that has changed its tool: the versions of the tool before, then those of the tool of now.
 *
 * A file of the last version of the tool before is adopted: what `adopts` names is noted in the table of the tool of now, and not
 * run. That is a version of its own. A new file is made by the tool of now. Older files are first brought to the last version of
 * the tool before.
 *
 * @param before the migrations of the tool before, and where it kept its versions
 * @param now what the entry of the tool of now gives
 * @throws {MigrationPlanError} when the history of the tool before is empty, or `adopts` names no migration of the tool of now
 *
 * @example
 * ```js
 * import { defineConfig } from 'migration-proof'
 * import { afterTool } from 'migration-proof/after-tool'
 * import { dbmate } from 'migration-proof/dbmate'
 * import { ladder } from './src/old-migrations.js'
 *
 * const history = afterTool({ migrations: ladder }, dbmate('db/migrations'), { adopts: '20260131120000' })
 *
 * export default defineConfig({ name: 'shop', ...history, fixtures: 'fixtures' })
 * ```
 */
export function afterTool(before: PreviousHistory, now: History, options: AfterToolOptions): History {
  requireOptions(options)
  requireHistory('before', before)
  requireHistory('now', now)
  const old = planOfTool('before', { ...before, versions: before.versions ?? versionTable('schema_version') })
  const current = planOfTool('now', now)
  const { adopts, up = upOf([]), newFiles = 'now' } = options
  const adopted = current.migrations.slice(0, countAdopted(current, adopts))
  const last = old.migrations.length
  const baseline = adopted.at(-1)
  const step: Migration | undefined =
    baseline === undefined ? undefined : { ...named(baseline), version: last + 1, up, adopts: adopted }
  const later = current.migrations.slice(adopted.length)
  const start = last + (step === undefined ? 1 : 2)
  const numbered = [
    ...(step === undefined ? [] : [step]),
    ...later.map((migration, index) => ({ ...migration, version: start + index })),
  ]
  const taken = new Set(old.migrations.map(idOf))
  const tool = current.runner?.tool ?? 'the tool of now'
  const { run: _run, program: _program, version, ...rules } = current.runner ?? ofMigrator
  const runner: RunnerRules = {
    ...rules,
    ...(version === undefined ? {} : { version }),
    change: { before: old, now: current, newFiles },
  }
  return {
    migrations: [
      ...old.migrations,
      ...numbered.map((migration) =>
        migration.id !== undefined && taken.has(migration.id)
          ? { ...migration, id: `${tool} ${migration.id}` }
          : migration,
      ),
    ],
    versions: notesOfBoth(old, current, adopted.length),
    runner,
  }
}

/** The rules of the migrator of this package. */
const ofMigrator: RunnerRules = { tool: 'migration-proof', transaction: 'each', foreignKeys: 'on' }

/** What a person knows a migration by. */
function named({ id, name, file, sql, checksum }: Migration): Omit<Migration, 'version' | 'up'> {
  return {
    name,
    ...(id === undefined ? {} : { id }),
    ...(file === undefined ? {} : { file }),
    ...(sql === undefined ? {} : { sql }),
    ...(checksum === undefined ? {} : { checksum }),
  }
}

/** The notes of two tools as one store: those of the tool of now decide, where there are any. */
function notesOfBoth(before: MigrationPlan, now: MigrationPlan, adopted: number): VersionStore {
  const last = before.migrations.length
  const shift = last - Math.max(adopted - 1, 0)
  const [oldTable, newTable] = [whereNoted(before), whereNoted(now)]
  const nameOld = (version: number) => before.migrations[version - 1]?.id ?? `v${version}`
  const problem = (current: number, found: Omit<VersionProblem, 'consequence'>, consequence: string) => ({
    current,
    missing: null,
    problem: { ...found, consequence },
  })
  const read = (connection: Connection): AppliedVersions => {
    const old = before.versions.read(connection)
    const own = now.versions.read(connection)
    const { current } = own
    if (own.problem !== undefined) return { ...own, current: Math.max(current + shift, 0) }
    if (current === 0) {
      if (old.problem !== undefined) return { ...old, problem: { where: whereOf(before), ...old.problem } }
      if (old.current <= last) return old
      const ids = [`version ${old.exact ?? old.current}`]
      const found = { kind: 'unknown', ids, where: whereOf(before) } as const
      return problem(old.current, found, `the last version of the tool before is ${last}`)
    }
    const isOld = old.current > 0 && old.current !== last
    const isBegun = current < adopted
    if (isOld || (isBegun && old.current > 0)) {
      const noted = now.migrations[current - 1]?.id ?? `v${current}`
      const ids = [`${nameOld(old.current)} in ${oldTable}, and ${noted} in ${newTable}`]
      const consequence = isOld
        ? `files of the tool before are at ${nameOld(last)} when the tool of now takes them over`
        : `an adoption notes ${now.migrations[adopted - 1]?.id}, too`
      return problem(
        old.current,
        { kind: 'contradicting', ids, where: 'The versions of the database' },
        consequence,
      )
    }
    // A first start of the tool of now that was stopped: it goes on from there.
    if (isBegun) return { current: 0, missing: null }
    return { ...own, current: current + shift, missing: own.missing === null ? null : own.missing + shift }
  }
  const store: VersionStore = {
    tables: [...now.versions.tables, ...before.versions.tables],
    read,
    create: (connection) => {
      const known = readable(connection)
      if (now.versions.read(known).current > 0) now.versions.create(connection)
      else if (before.versions.read(known).current < last) before.versions.create(connection)
      // An adoption makes them when it has run what the project runs.
      else if (adopted === 0) now.versions.create(connection)
    },
    begin: (connection, version) => {
      if (version <= last) before.versions.begin?.(connection, version)
      else if (adopted === 0 || version > last + 1) now.versions.begin?.(connection, version - shift)
    },
    record: (connection, version) => {
      if (version <= last) before.versions.record(connection, version)
      else if (adopted === 0 || version > last + 1) {
        if (version === last + 1) now.versions.create(connection)
        now.versions.record(connection, version - shift)
      } else adopt(connection, now, adopted)
    },
  }
  return isOwnStore(before.versions) && isOwnStore(now.versions) ? asOwnStore(store) : store
}

/** Notes what a file has had: what is noted already stays. */
function adopt(connection: MigrationConnection, { versions }: MigrationPlan, count: number): void {
  versions.create(connection)
  for (let version = versions.read(readable(connection)).current + 1; version <= count; version++)
    note(versions, connection, version)
}

/** Stores read with the statements alone. */
function readable(connection: MigrationConnection): Connection {
  return {
    exec: (sql) => connection.exec(sql),
    all: (sql, parameters) => connection.all(sql, parameters),
    inTransaction: true,
    openMemory: () => {
      throw new TypeError('A store of versions opens no other database')
    },
    close: () => {},
  }
}

/** At the beginning of a sentence. */
function whereOf(plan: MigrationPlan): string {
  return whereNoted(plan).replace('table', 'Table')
}

function planOfTool(which: string, { migrations, versions, runner }: History): MigrationPlan {
  if (migrations.length > 0) return definePlan(migrations, versions, runner)
  throw wrong(
    `afterTool, ${which}`,
    'at least one migration',
    'none',
    which === 'before'
      ? 'add those of the tool before, or leave afterTool out: a project without files of another tool needs none'
      : 'add the first one of the tool of now',
  )
}

/** How many of the first migrations of the tool of now an adoption notes. */
function countAdopted({ migrations }: MigrationPlan, adopts: string | null): number {
  if (adopts === null) return 0
  const ids = migrations.map(idOf)
  const index = ids.indexOf(adopts)
  if (index >= 0) return index + 1
  const shown = ids.length > 5 ? `${ids.slice(0, 5).join(', ')}, …` : ids.join(', ')
  const nearest = suggest(adopts, ids)
  throw wrong(
    'afterTool, adopts',
    `the id of a migration of the tool of now: ${shown}`,
    `'${adopts}'`,
    nearest === null ? 'name the baseline' : `did you mean '${nearest}'?`,
  )
}

function requireHistory(which: string, history: unknown): void {
  const isObject = typeof history === 'object' && history !== null
  const migrations: unknown = isObject ? Reflect.get(history, 'migrations') : undefined
  if (Array.isArray(migrations)) {
    requireStore(which, Reflect.get(Object(history), 'versions'))
    requireOneTool(which, Reflect.get(Object(history), 'runner'))
    return
  }
  const fix = `give it a history, such as ${which === 'before' ? '{ migrations, versions: userVersion() }' : "dbmate('db/migrations')"}`
  throw wrong(
    `afterTool, ${which}`,
    'an object with the list `migrations`',
    isObject ? 'none' : `${history}`,
    fix,
  )
}

function requireStore(which: string, versions: unknown): void {
  const isGiven =
    typeof versions === 'object' && versions !== null && 'read' in versions && 'tables' in versions
  if (isGiven || (versions === undefined && which === 'before')) return
  const actual = versions === undefined ? 'nothing' : `a ${typeof versions}`
  const fix = "write where that tool keeps its versions, such as versionTable('schema_version')"
  throw wrong(`afterTool, ${which}.versions`, 'a version store', actual, fix)
}

function requireOneTool(which: string, runner: unknown): void {
  if (typeof runner !== 'object' || runner === null || !('change' in runner)) return
  const fix = 'leave out the tool that no file is left of'
  throw wrong(`afterTool, ${which}`, 'the history of one tool', 'that of two, made by afterTool', fix)
}

const optionNames = ['adopts', 'up', 'newFiles']

function requireOptions(options: unknown): void {
  const where = 'afterTool, options'
  const fix = "write { adopts: 'ID' } with the id of the baseline, or { adopts: null }"
  if (typeof options !== 'object' || options === null)
    throw wrong(
      where,
      'an object that says what is adopted',
      options === undefined ? 'nothing' : `${options}`,
      fix,
    )
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name))
  if (unknown !== undefined) {
    const nearest = suggest(unknown, optionNames)
    const advice = nearest === null ? 'remove it' : `did you mean \`${nearest}\`?`
    throw wrong(where, `only the keys ${optionNames.join(', ')}`, `unknown key \`${unknown}\``, advice)
  }
  const { adopts, up, newFiles } = options as Readonly<Record<string, unknown>>
  if (adopts !== null && typeof adopts !== 'string')
    throw wrong(
      'afterTool, adopts',
      'an id, or null',
      adopts === undefined ? 'nothing' : `a ${typeof adopts}`,
      fix,
    )
  if (up !== undefined && typeof up !== 'function')
    throw wrong('afterTool, up', 'a function, or nothing', `a ${typeof up}`, 'correct it')
  if (up !== undefined && adopts === null)
    throw wrong(
      'afterTool, up',
      'nothing, since `adopts` is null',
      'a function',
      'name what is adopted, or remove it',
    )
  if (newFiles !== undefined && newFiles !== 'now' && newFiles !== 'both')
    throw wrong('afterTool, newFiles', "'now' or 'both'", `${String(newFiles)}`, 'correct it')
}

function wrong(where: string, expected: string, actual: string, fix: string): MigrationPlanError {
  return new MigrationPlanError({ where, expected, actual, fix })
}
