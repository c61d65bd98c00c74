import type { Observer, UpgradeEvent } from './model.ts'

/** An observer that remembers how far the work has come. */
export interface StepFollower extends Observer {
  /** What the work did last, in words; null before it began. */
  readonly step: string | null
  /** The backup that was made; null while there is none. */
  readonly backup: string | null
  /** Whether the file may have been changed. */
  readonly hasBegunToChange: boolean
  /** Whether every proof has passed, so that COMMIT was begun. */
  readonly isProven: boolean
  /** Whether COMMIT has returned without an error. */
  readonly isCommitted: boolean
}

const harmlessSteps = ['copy', 'backup', 'backup-check']

/** Passes all on to an observer, and remembers it for the case that something fails. */
export function followSteps(observer: Observer): StepFollower {
  let last: UpgradeEvent | null = null
  let backup: string | null = null
  let hasBegunToChange = false
  let isProven = false
  let isCommitted = false
  return {
    tell: (event) => {
      last = event
      if (event.step === 'backup-made') backup = event.path
      if (!harmlessSteps.includes(event.step)) hasBegunToChange = true
      if (event.step === 'commit') isProven = true
      if (event.step === 'committed') isCommitted = true
      observer.tell(event)
    },
    isCancelled: observer.isCancelled,
    get step() {
      return last === null ? null : describeStep(last)
    },
    get backup() {
      return backup
    },
    get hasBegunToChange() {
      return hasBegunToChange
    },
    get isProven() {
      return isProven
    },
    get isCommitted() {
      return isCommitted
    },
  }
}

function describeStep(event: UpgradeEvent): string {
  if (event.step === 'copy') return 'copying the file'
  if (event.step === 'backup') return 'making the backup'
  if (event.step === 'backup-check') return 'checking that the file is sound'
  if (event.step === 'backup-made') return 'preparing the migrations'
  if (event.step === 'migration') return `running v${event.version} (${event.name})`
  if (event.step === 'proof') return `proving: ${event.proof}`
  return event.step === 'commit' ? 'committing' : 'after COMMIT'
}
