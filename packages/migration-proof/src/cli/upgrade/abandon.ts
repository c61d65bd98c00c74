import { UpgradeCancelledError } from '../../upgrade/errors.ts'
import type { UpgradeEvent } from '../../upgrade/model.ts'
import { removeRunFiles } from '../../upgrade/run-files.ts'
import { removeOrNote } from '../../upgrade/run-folder.ts'
import { tryToCleanUp } from '../../upgrade/with-clean-up.ts'
import { say } from '../output/print.ts'
import { watchForDeath } from './tidy-after-death.ts'

/** How long a statement of the preview may run on after the first signal. */
const patienceMilliseconds = 400

/** Ends this process where a statement of the preview keeps the worker from stopping. */
export interface AbandonablePreview {
  /** Notes the folders that the preview makes. */
  tell(event: UpgradeEvent): void
  /** From now on the file may be changed, and nothing is abandoned any more. */
  end(): void
  /** Gives the worker some time to stop by itself, and then calls what ends the process. */
  stop(die: () => void): void
  [Symbol.dispose](): void
}

/** The preview changes nothing, so that it can be abandoned at any moment: only its own folders must go. */
export function watchPreview(path: string): AbandonablePreview {
  const folders = new Set<string>()
  const tidyAfterDeath = watchForDeath(path)
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  const end = () => {
    isOver = true
    clearTimeout(timer)
  }
  const abandon = (die: () => void) => {
    // The worker may be writing into it, and Windows removes no open file: then the next run knows it by its lock.
    for (const folder of folders) removeOrNote(folder, () => removeRunFiles(folder))
    tryToCleanUp(tidyAfterDeath)
    say(new UpgradeCancelledError(path).message)
    die()
  }
  return {
    tell: (event) => {
      if (event.step === 'preview') folders.add(event.folder)
    },
    end,
    stop: (die) => {
      if (!isOver) timer = setTimeout(abandon, patienceMilliseconds, die)
    },
    [Symbol.dispose]: end,
  }
}
