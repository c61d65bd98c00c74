import { type CheckOutcome, type FileCheck, isFileCheck } from '../checks/check.ts'
import { checks } from '../checks/index.ts'
import type { FileSubject } from '../checks/subject.ts'
import { refuseCancelled } from './cancellation.ts'
import { UpgradeNotProvenError } from './errors.ts'
import type { Observer, ProofFailure, ProofResult } from './model.ts'

/** What is proven of a file before COMMIT: every check that needs no other upgrade. */
const provenBeforeCommit: readonly FileCheck[] = checks.filter(isFileCheck)

/**
 * Runs every check on the upgraded database that it allows, before it is committed.
 *
 * @throws {UpgradeNotProvenError} when one fails, after all were run
 * @throws {UpgradeCancelledError}
 */
export function proveUpgrade(path: string, subject: FileSubject, observer: Observer): ProofResult[] {
  const failures: ProofFailure[] = []
  const results = provenBeforeCommit.map((check): ProofResult => {
    refuseCancelled(path, observer)
    observer.tell({ step: 'proof', proof: check.name, detail: '' })
    const start = performance.now()
    const lacking = check.lacks?.(subject) ?? null
    const outcome = lacking === null ? check.run(subject) : notApplicable(lacking)
    const { detail = '', isNotApplicable, notCompared = [], failures: found } = outcome
    failures.push(...found.map((failure) => ({ proof: check.name, ...failure })))
    return {
      proof: check.name,
      outcome: isNotApplicable ? 'not-applicable' : 'passed',
      detail,
      notCompared,
      durationMilliseconds: performance.now() - start,
    }
  })
  const [first, ...others] = failures
  if (first !== undefined) throw new UpgradeNotProvenError(path, [first, ...others])
  return results
}

function notApplicable(detail: string): CheckOutcome {
  return { detail, isNotApplicable: true, failures: [] }
}
