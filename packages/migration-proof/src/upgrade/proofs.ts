import { existsSync } from 'node:fs'
import { compareWithFacts } from '../proof/checks/facts.ts'
import { factsAt } from '../proof/facts-at.ts'
import { readGoldenSchema } from '../proof/golden.ts'
import type { Suite } from '../proof/suite.ts'
import { diffSchemas, isExtraObject } from '../schema/diff.ts'
import { readSchema } from '../schema/read.ts'
import { goldenPath } from '../snapshots/paths.ts'
import type { Connection } from '../sql/connection.ts'
import { examineIntegrity, type Soundness } from './integrity.ts'
import type { ProofOutcome, Survey } from './model.ts'
import { proveContracts } from './prove-contracts.ts'
import { countViolations, findNewViolations, type Violations } from './violations.ts'

export interface ProofSubject {
  readonly connection: Connection
  readonly suite: Suite
  readonly survey: Survey
  readonly target: number
  readonly violationsBefore: Violations
  /** Compares the rows. */
  readonly proveRows: () => ProofOutcome
}

interface Proof {
  readonly name: string
  readonly run: (subject: ProofSubject) => ProofOutcome
}

/**
 * What is proven before COMMIT, the quick ones first. The rows come late: to compare them, the database from
 * before is attached, and names that the upgraded database lacks would be found in it.
 */
export const proofs: readonly Proof[] = [
  { name: 'golden schema', run: proveGoldenSchema },
  { name: 'facts', run: proveFacts },
  { name: 'contracts', run: proveStatements },
  { name: 'foreign keys', run: proveForeignKeys },
  { name: 'rows', run: ({ proveRows }) => proveRows() },
  { name: 'integrity', run: proveIntegrity },
]

function proveGoldenSchema({ connection, suite, target }: ProofSubject): ProofOutcome {
  const name = `v${target}`
  if (!existsSync(goldenPath(suite.fixtures, name))) return notApplicable(`no golden schema ${name}`)
  const differences = diffSchemas(readGoldenSchema(suite.fixtures, name), readSchema(connection))
  return {
    detail: `the schema is that of ${name}`,
    failures: differences
      .filter((difference) => !isExtraObject(difference))
      .map(({ object, aspect, expected, actual }) => ({
        object: `${object.type} ${object.name}, ${aspect}`,
        expected,
        actual,
      })),
  }
}

function proveFacts({ connection, suite, survey, target }: ProofSubject): ProofOutcome {
  if (suite.facts.tables.length === 0) return notApplicable('the suite declares no facts')
  const { tables } = factsAt(suite.facts, target)
  const nameOf = (wanted: string) =>
    survey.extras.filter(({ type }) => type === wanted).map(({ name }) => name)
  const failures = compareWithFacts(
    connection,
    suite.facts,
    target,
    [...suite.plan.versions.tables, ...nameOf('table')],
    nameOf('index'),
  )
  return { detail: `${tables.length} tables are as the facts say`, failures }
}

function proveStatements({ connection, suite, survey, target }: ProofSubject): ProofOutcome {
  const { contracts } = factsAt(suite.facts, target)
  if (contracts.length === 0) return notApplicable('the suite declares no contracts')
  return proveContracts(connection, contracts, survey.extras)
}

/** Files in the field hold old orphans: only what is new counts. */
function proveForeignKeys({ connection, violationsBefore }: ProofSubject): ProofOutcome {
  const failures = findNewViolations(violationsBefore, countViolations(connection))
  return { detail: 'no new row without its parent', failures }
}

function proveIntegrity({ connection }: ProofSubject): ProofOutcome {
  const { failures, unchecked } = examineIntegrity(connection)
  return {
    detail: ['pages, trees and indexes are sound', ...unchecked.map(describeUnchecked)].join('; '),
    failures: failures.map((actual) => ({ object: 'the database', expected: 'ok', actual })),
  }
}

function describeUnchecked({ table, reason }: Soundness['unchecked'][number]): string {
  return `table ${table} could not be checked (${reason})`
}

function notApplicable(detail: string): ProofOutcome {
  return { detail, isNotApplicable: true, failures: [] }
}
