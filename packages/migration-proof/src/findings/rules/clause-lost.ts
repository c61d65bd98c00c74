import { findLostClauses, type LostClause } from '../../schema/clauses.ts'
import { readSchema } from '../../schema/read.ts'
import { foldName } from '../../sql/names.ts'
import { openCopy } from '../attempt.ts'
import { ofMigration, type Rule } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'
import type { MigrationTrial } from '../trial.ts'

export const clauseLost: Rule = {
  code: 'clause-lost',
  severity: 'warning',
  reason:
    'A rebuilt table has only what its new CREATE TABLE and CREATE INDEX repeat: what they omit is lost silently.',
  fix: 'Repeat the clause in the rebuild, or say in a waiver why it shall go.',
  source: 'https://www.sqlite.org/lang_altertable.html#otheralter',
  isOfEachMigration: true,
  find: (subject) =>
    subject.trials.flatMap((trial) =>
      lostIn(trial, subject).map((clause) => ({
        ...ofMigration(trial.migration.version, `${clause.table}: ${clause.text}`, clause.table),
        evidence: [
          {
            ran: `the schema of ${clause.table}, before and after migration v${trial.migration.version}`,
            happened: `${clause.text} before, ${clause.replacement ?? 'nothing of it'} after`,
          },
        ] as const,
      })),
    ),
}

function lostIn(
  { before, emptyImage, statements }: MigrationTrial,
  { suite }: FindingsSubject,
): LostClause[] {
  if (emptyImage === null) return []
  using copy = openCopy(emptyImage)
  const versionTables = suite.plan.versions.tables.map(foldName)
  return findLostClauses(before, readSchema(copy.connection), statements).filter(
    ({ table }) => !versionTables.includes(foldName(table)),
  )
}
