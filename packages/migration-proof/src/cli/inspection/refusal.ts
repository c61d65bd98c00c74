import { DatabaseOpenError } from '../../engines/open-errors.ts'
import { UpgradeRefusedError } from '../../upgrade/errors.ts'

/** The sentence by which an upgrade refuses; null where it does not. */
export function refusalOf(check: () => unknown): string | null {
  try {
    check()
    return null
  } catch (error) {
    if (error instanceof UpgradeRefusedError || error instanceof DatabaseOpenError) return error.message
    throw error
  }
}
