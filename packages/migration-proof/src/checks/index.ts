import type { Check } from './check.ts'
import { contracts } from './contracts.ts'
import { conversions } from './conversions.ts'
import { factsCheck } from './facts.ts'
import { foreignKeys } from './foreign-keys.ts'
import { fresh } from './fresh.ts'
import { golden } from './golden.ts'
import { inserts } from './inserts.ts'
import { integrity } from './integrity.ts'
import { interruption } from './interruption.ts'
import { references } from './references.ts'
import { rerun } from './rerun.ts'
import { rollback } from './rollback.ts'
import { rows } from './rows.ts'
import { stepwise } from './stepwise.ts'
import { versions } from './versions.ts'

/**
 * All that an upgrade must prove, in the order in which it is reported: the quick ones first. The rows come after what
 * asks for objects by their name: to compare them, the database from before is attached, and a name that the upgraded
 * database lacks would be found there.
 *
 * @example
 * ```js
 * import { checks } from 'migration-proof'
 *
 * console.log(checks.slice(0, 3).map(({ name }) => name)) // [ 'golden', 'facts', 'contracts' ]
 * ```
 */
export const checks: readonly Check[] = [
  golden,
  factsCheck,
  contracts,
  fresh,
  stepwise,
  versions,
  inserts,
  foreignKeys,
  rows,
  references,
  conversions,
  integrity,
  rerun,
  interruption,
  rollback,
]
