import { findRebuilds, type Rebuild } from '../schema/lost-objects.ts'
import type { MigrationTrial } from './trial.ts'

/** The tables that a migration drops or renames, and that exist again afterwards. */
export function rebuildsOf({ statements, before, after }: MigrationTrial): Rebuild[] {
  return after === null ? [] : findRebuilds(before, after, statements)
}
