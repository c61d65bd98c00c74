import type { Migrate } from '../checks/subject.ts'
import { inlineParameters } from '../engines/statement-connection.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { splitStatements } from '../sql/split.ts'
import { significantTokens } from '../sql/tokens.ts'

/** A statement of an upgrade, and the version that it belongs to; null where that is not known. */
export interface BatchStatement {
  readonly sql: string
  readonly version: number | null
}

/** What an upgrade runs as one: a transaction, or a statement outside of any. */
export interface Batch {
  readonly statements: readonly BatchStatement[]
  readonly isTransaction: boolean
}

/**
 * What an upgrade runs, for an engine that takes a transaction only as a whole. A database is upgraded on the engine of the
 * harness, and what writes to it is recorded, with the values of its parameters. What only reads is left out: a migration that
 * decides by what it reads has decided.
 *
 * @param connection a database with the same rows
 * @param keepsForeignKeysOff whether foreign keys stay off, whatever is said: so that what they refuse is recorded, too
 */
export function recordBatches(
  connection: Connection,
  plan: MigrationPlan,
  target: number,
  upgrade: Migrate,
  keepsForeignKeysOff = false,
): Batch[] {
  const batches: Batch[] = []
  let open: BatchStatement[] | null = null
  let version: number | null = null
  const record = (sql: string, parameters: readonly SqlValue[]) => {
    const verb = verbOf(sql)
    if (verb === 'begin') open = []
    else if (verb === 'commit' || verb === 'end') {
      if (open !== null && open.length > 0) batches.push({ statements: open, isTransaction: true })
      open = null
    } else if (verb === 'rollback' && !connection.inTransaction) open = null
    else if (!onlyReads(sql)) {
      const statement = { sql: parameters.length === 0 ? sql : inlineParameters(sql, parameters), version }
      if (open === null) batches.push({ statements: [statement], isTransaction: false })
      else open.push(statement)
    }
  }
  const recording: Connection = {
    exec: (sql) => {
      for (const statement of splitStatements(sql)) {
        if (!keepsForeignKeysOff || !switchesForeignKeys(statement)) connection.exec(statement)
        record(statement, [])
      }
    },
    all: (sql, parameters = []) => {
      const rows = connection.all(sql, parameters)
      record(sql, parameters)
      return rows
    },
    get inTransaction() {
      return connection.inTransaction
    },
    openMemory: () => connection.openMemory(),
    close: () => connection.close(),
  }
  if (keepsForeignKeysOff) connection.exec('PRAGMA foreign_keys = OFF')
  upgrade(recording, plan, {
    target,
    beforeStatement: (event) => {
      version = event.version
    },
  })
  return batches
}

function verbOf(sql: string): string {
  return foldName(significantTokens(sql)[0]?.text ?? '')
}

function switchesForeignKeys(sql: string): boolean {
  const [verb, name, is] = significantTokens(sql).map(({ text }) => foldName(text))
  return verb === 'pragma' && name === 'foreign_keys' && is !== undefined
}

const writes = ['insert', 'replace', 'update', 'delete']

function onlyReads(sql: string): boolean {
  const tokens = significantTokens(sql).map(({ text }) => foldName(text))
  const [verb] = tokens
  if (verb === 'pragma') return !tokens.includes('=')
  if (verb === 'with') return !tokens.some((token) => writes.includes(token))
  return verb === undefined || ['select', 'values', 'explain'].includes(verb)
}
