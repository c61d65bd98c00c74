import { statSync } from 'node:fs'
import type { Estimate, Preview, UpgradeEvent } from '../../upgrade/model.ts'
import type { Progress } from '../output/progress.ts'
import { formatBytes } from '../output/text.ts'

const refreshMilliseconds = 200

/** Shows how far the upgrade is while it runs. */
export interface Follower {
  begin(preview: Preview): void
  report(event: UpgradeEvent): void
  /** Shows one line that stays. */
  note(line: string): void
  [Symbol.dispose](): void
}

/**
 * Follows the upgrade from the main thread. The worker reports its steps; while one statement builds an index,
 * only the growth of the file shows progress.
 *
 * @param say prints each step once, if the progress itself is not shown
 */
export function followUpgrade(progress: Progress, say: (line: string) => void): Follower {
  let preview: Preview | null = null
  let event: UpgradeEvent | null = null
  let said = ''
  let eventAt = performance.now()
  let noted = ''
  const show = () => {
    if (preview === null || event === null) return
    const left = estimateLeft(preview.estimate, event, performance.now() - eventAt)
    const line = `${describeStep(event)}${describeAmount(event, preview)}`
    progress.show(noted === '' ? line : `${noted} ${line}`, left)
  }
  const timer = setInterval(show, refreshMilliseconds)
  return {
    begin: (seen) => {
      preview = seen
    },
    report: (next) => {
      const step = describeStep(next)
      if (step !== said) {
        said = step
        eventAt = performance.now()
        say(step)
      }
      event = next
      show()
    },
    note: (line) => {
      noted = line
      say(line)
      show()
    },
    [Symbol.dispose]: () => {
      clearInterval(timer)
      progress.clear()
    },
  }
}

function describeStep(event: UpgradeEvent): string {
  if (event.step === 'preview') return 'Looking at the file'
  if (event.step === 'copy') return 'Copying the file'
  if (event.step === 'backup') return 'Making the backup'
  if (event.step === 'backup-check')
    return event.level === 'quick' ? 'Comparing the backup' : 'Checking that the file is sound'
  if (event.step === 'backup-made') return `Backup: ${event.path}`
  if (event.step === 'migration') return `Running v${event.version} (${event.name})`
  if (event.step === 'proof') return `Proving: ${event.proof}`
  return event.step === 'commit' ? 'Committing' : 'Committed'
}

function describeAmount(event: UpgradeEvent, { path, sizeBytes, estimate }: Preview): string {
  if (event.step === 'copy' || event.step === 'backup') {
    return `: ${event.copiedPages} of ${event.totalPages} pages`
  }
  if (event.step === 'proof' && event.detail !== '') return `, ${event.detail}`
  if (event.step !== 'migration') return ''
  const grown = (sizeIfKnown(path) ?? sizeBytes) - sizeBytes
  if (grown <= 0 || estimate === null) return ''
  return `: the file grew by ${formatBytes(grown)} of about ${formatBytes(estimate.growthBytes)}`
}

/** Null where the disk does not say: progress is no reason to end an upgrade. */
function sizeIfKnown(path: string): number | null {
  try {
    return statSync(path).size
  } catch {
    return null
  }
}

/** What is left of the step, by its estimate, and the steps after it. */
function estimateLeft(estimate: Estimate | null, event: UpgradeEvent, sinceMilliseconds: number): number {
  if (estimate === null) return 0
  const { backupMilliseconds, migrationMilliseconds, proofMilliseconds } = estimate
  const rest = (milliseconds: number) => Math.max(0, milliseconds - sinceMilliseconds)
  if (event.step === 'migration') return rest(migrationMilliseconds) + proofMilliseconds
  if (event.step === 'proof') return rest(proofMilliseconds)
  if (event.step === 'commit' || event.step === 'committed') return 0
  return rest(backupMilliseconds) + migrationMilliseconds + proofMilliseconds
}
