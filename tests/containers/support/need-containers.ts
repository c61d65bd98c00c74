import { inject } from 'vitest'
import type { Containers } from '../setup.ts'

/** The containers, or why there are none. */
export const containers: Containers = inject('containers')

/** Why the tests that need containers are skipped. */
export function whyNot(): string {
  return containers.isReady ? 'there are containers' : containers.reason
}

/** The image with Node; the tests that ask for it run only where there are containers. */
export function nodeImage(): string {
  if (!containers.isReady) throw new Error(containers.reason)
  return containers.nodeImage
}
