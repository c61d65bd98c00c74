import { refuseCancelled } from './cancellation.ts'
import { UpgradeNotProvenError } from './errors.ts'
import type { Observer, ProofFailure, ProofResult } from './model.ts'
import { type ProofSubject, proofs } from './proofs.ts'

/**
 * Makes every proof on the upgraded database, before it is committed.
 *
 * @throws {UpgradeNotProvenError} when one fails, after all were made
 * @throws {UpgradeCancelledError}
 */
export function proveUpgrade(path: string, subject: ProofSubject, observer: Observer): ProofResult[] {
  const failures: ProofFailure[] = []
  const results = proofs.map(({ name, run }): ProofResult => {
    refuseCancelled(path, observer)
    observer.tell({ step: 'proof', proof: name, detail: '' })
    const start = performance.now()
    const { detail, isNotApplicable, notCompared = [], failures: found } = run(subject)
    failures.push(...found.map((failure) => ({ proof: name, ...failure })))
    return {
      proof: name,
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
