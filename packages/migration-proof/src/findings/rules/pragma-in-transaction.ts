import { betterSqliteConnection, openFile } from '../../engines/better-sqlite3.ts'
import type { Migration } from '../../migrator/migration.ts'
import { readText } from '../../snapshots/paths.ts'
import { makePrivateFolder } from '../../snapshots/private-folder.ts'
import { normaliseSql } from '../../sql/normalise.ts'
import { attempt } from '../attempt.ts'
import { ofMigration, type Rule } from '../finding.ts'

export const pragmaInTransaction: Rule = {
  code: 'pragma-in-transaction',
  severity: 'warning',
  reason: 'A migration runs in a transaction, in which this statement does nothing.',
  fix: "Take it out of the migration. For foreign keys, declare foreignKeys: 'off'; set the rest where the file is opened.",
  source: 'https://www.sqlite.org/pragma.html#pragma_foreign_keys',
  isOfEachMigration: true,
  find: ({ trials, suite: { plan } }) =>
    trials.flatMap(({ migration, statements }) => {
      if (plan.runner?.transaction === 'none' || migration.transaction === 'none') return []
      const found = statements.flatMap((sql) => pragmaOf(sql) ?? [])
      const names = found.filter((name) => !isOfTool(migration, name))
      return [...new Set(names)].map((name) => ({
        ...ofMigration(migration.version, `PRAGMA ${name}`),
        evidence: [tryInTransaction(name)] as const,
      }))
    }),
}

/** Settings that no transaction changes, each with a value that is not the usual one. */
const fixedInTransaction: Readonly<Record<string, string>> = {
  foreign_keys: 'OFF',
  journal_mode: 'DELETE',
}

/** Whether the tool of the project executes it around a migration that is a function: the file of that does not name it. */
function isOfTool({ file, sql }: Migration, name: string): boolean {
  if (file === undefined || sql !== undefined) return false
  return readText(file)?.toLowerCase().includes(name) === false
}

/** The name of such a setting that a statement sets. */
function pragmaOf(sql: string): string | null {
  const [, name] = /^pragma (?:main ?\. ?)?(\w+) ?[=(]/.exec(normaliseSql(sql)) ?? []
  return name !== undefined && name in fixedInTransaction ? name : null
}

/** Shows what becomes of the setting in a transaction on a file in WAL mode. */
function tryInTransaction(name: string) {
  const folder = makePrivateFolder()
  const database = openFile(`${folder.path}/tried.db`)
  try {
    const connection = betterSqliteConnection(database)
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; BEGIN IMMEDIATE')
    const read = () => String(connection.all(`PRAGMA ${name}`)[0]?.[name])
    const before = read()
    const ran = `PRAGMA ${name} = ${fixedInTransaction[name]}`
    const { answer } = attempt(connection, ran)
    return {
      ran: `${ran}, in a transaction on a file in WAL mode`,
      happened: `${answer}: ${before} before, ${read()} after`,
    }
  } finally {
    database.close()
    folder.remove()
  }
}
