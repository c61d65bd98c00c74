import { fileURLToPath } from 'node:url'
import { bundleProgram as bundle } from '../../../packages/migration-proof/tests/support/bundle-program.ts'

/** Bundles the program that upgrades files, of which many tests start a process each. */
export function bundleProgram(): Promise<string> {
  return bundle(fileURLToPath(new URL('../programs/upgrade.mjs', import.meta.url)))
}
