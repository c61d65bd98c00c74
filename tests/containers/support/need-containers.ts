import { inject, type TestContext } from 'vitest'
import type { Containers } from '../setup.ts'

/** The containers, or why there are none. */
export const containers: Containers = inject('containers')

/**
 * Skips a test that needs containers where there are none, and says why.
 *
 * @throws {Error} where they must be there
 */
export function needContainers(skip: TestContext['skip']): void {
  if (containers.isReady) return
  if (containers.isRequired)
    throw new Error(`Expected containers, as CI must have them, found none: ${containers.reason}.`)
  skip(containers.reason)
}

/** The image with Node; the tests that ask for it run only where there are containers. */
export function nodeImage(): string {
  if (!containers.isReady) throw new Error(containers.reason)
  return containers.nodeImage
}
