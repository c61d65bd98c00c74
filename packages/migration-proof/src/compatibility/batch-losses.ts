import { countOf } from '../count.ts'
import { locateInMigration, shownFile } from '../history/location.ts'
import { type MigrationPlan, rulesOf } from '../migrator/plan.ts'
import type { Problem } from '../problem.ts'
import { foldName } from '../sql/names.ts'
import type { LostRows } from './lost-rows.ts'
import type { BatchUpgrade } from './upgrade-in-batches.ts'

/** A form of a migration that keeps the rows which its own form loses, proven on the engine. */
export interface SafeRebuild {
  readonly version: number
  /** The file of the migration, where it is known. */
  readonly file: string | null
  /** The snapshots with whose rows it was proven. */
  readonly provenWith: readonly string[]
  /** In their order, without semicolons. */
  readonly statements: readonly string[]
  /** What the tool needs in the file after the semicolon of each but the last. */
  readonly separator: string
}

/** What the batches of all snapshots lost, and what keeps it. */
export class BatchLosses {
  readonly #lost: LostRows[] = []
  readonly #safer = new Map<number, Map<string, readonly string[] | null>>()

  add(snapshot: string, { lost, safer }: BatchUpgrade): void {
    this.#lost.push(...lost)
    for (const [version, statements] of safer) {
      const known = this.#safer.get(version) ?? new Map<string, readonly string[] | null>()
      this.#safer.set(version, known.set(snapshot, statements))
    }
  }

  /** Those that were proven with the rows of each snapshot in which the migration loses some. */
  rebuilds(plan: MigrationPlan): SafeRebuild[] {
    return [...this.#safer].flatMap(([version, bySnapshot]) => {
      const [first = null, ...others] = bySnapshot.values()
      if (first === null || others.some((other) => JSON.stringify(other) !== JSON.stringify(first))) return []
      const { file } = plan.migrations.find((migration) => migration.version === version) ?? {}
      const separator = rulesOf(plan.runner, { version })?.separator ?? ''
      const provenWith = [...bySnapshot.keys()].toReversed()
      return [
        {
          version,
          file: file === undefined ? null : shownFile(file),
          provenWith,
          statements: first,
          separator,
        },
      ]
    })
  }

  /** A problem with the statement that lost its rows, and what to do about it; any other as it is. */
  explain(problem: Problem, plan: MigrationPlan, engine: string): Problem {
    if (problem.code === 'upgrade' && problem.version !== null && this.#safer.has(problem.version))
      return { ...problem, fix: this.#advise(problem.version, plan, engine) }
    if (problem.code !== 'rows') return problem
    const table = foldName(problem.subject.table ?? problem.subject.name)
    const lost = this.#lost.find((each) => foldName(each.table) === table)
    const version = lost?.statement.version ?? null
    const migration = plan.migrations.find((each) => each.version === version)
    if (lost === undefined || version === null || migration === undefined) return problem
    const { sql } = lost.statement
    return {
      ...problem,
      version,
      location: locateInMigration(migration, sql),
      evidence: [{ ran: sql, happened: describeLoss(lost) }],
      why: `${engine} has foreign keys on in a migration, and a PRAGMA does not switch them off: DROP TABLE deletes the rows of the table first.`,
      fix: this.#advise(version, plan, engine),
    }
  }

  #advise(version: number, plan: MigrationPlan, engine: string): string {
    const rebuild = this.rebuilds(plan).find((each) => each.version === version)
    if (rebuild === undefined)
      return 'no form of it was proven to keep them: let the migration save the rows that refer to the table, and put them back'
    const where = rebuild.file ?? `v${version}`
    return `put the statements that follow the problems into ${where}: on ${engine}, they keep every row of ${rebuild.provenWith.join(', ')}`
  }
}

function describeLoss({ table, rowsBefore, rowsAfter, boundBefore, boundAfter }: LostRows): string {
  return rowsAfter < rowsBefore
    ? `${table} has ${countOf(rowsAfter, 'row')} instead of ${rowsBefore}`
    : `${table} has ${countOf(boundAfter, 'reference')} instead of ${boundBefore}`
}
