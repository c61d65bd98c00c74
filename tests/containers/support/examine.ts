import { checkBehaviour, modelsIn } from '../../../src/harness/behaviour/index.ts'
import {
  type Check,
  type Connection,
  checks,
  factsAt,
  runCheck,
  type Subject,
} from '../../../src/harness/index.ts'
import { tableModels } from '../../../src/suite/arbitraries/index.ts'

/** Something that a database does otherwise on an engine than it must. */
export interface Deviation {
  readonly check: string
  readonly object: string
  readonly expected: string
  readonly actual: string
}

/** `rows` attaches a file of this machine, and `interruption` looks at copies of its own: neither asks the engine. */
const askTheEngine = checks.filter(({ name }) => name !== 'rows' && name !== 'interruption')

/**
 * Runs the checks of every upgrade on an engine's own connection: its schema as the engine reads it, its rows
 * compared with those of better-sqlite3, integrity_check, foreign_key_check.
 */
export function examineUpgrade(connection: Connection, subject: Subject): Deviation[] {
  return runChecks(askTheEngine, { ...subject, upgraded: connection })
}

/** `interruption` says nothing of the file at hand. */
const askTheFile = checks.filter(({ name }) => name !== 'interruption')

/** Runs the checks of every upgrade on a file that another engine left, opened by better-sqlite3. */
export function examineFile(subject: Subject): Deviation[] {
  return runChecks(askTheFile, subject)
}

function runChecks(chosen: readonly Check[], subject: Subject): Deviation[] {
  return chosen.flatMap((check) =>
    runCheck(check, subject).failures.map((failure) => ({ check: check.name, ...failure })),
  )
}

/**
 * Writes to every table and asks for every plan: constraints and their codes, defaults, cascades, indexes,
 * and the statements of the server. What it writes it takes back.
 */
export function examineBehaviour(connection: Connection, { suite, target }: Subject): Deviation[] {
  const { contracts } = factsAt(suite.facts, target)
  return checkBehaviour({
    connection,
    models: modelsIn(target, tableModels),
    contracts,
    history: tableModels,
  })
}
