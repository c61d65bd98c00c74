import type { Check } from '../check.ts'
import { factsCheck } from './facts.ts'
import { foreignKeys } from './foreign-keys.ts'
import { fresh } from './fresh.ts'
import { golden } from './golden.ts'
import { integrity } from './integrity.ts'
import { interruption } from './interruption.ts'
import { rerun } from './rerun.ts'
import { rows } from './rows.ts'
import { stepwise } from './stepwise.ts'
import { versions } from './versions.ts'

/** All that an upgrade must prove, in the order in which it is reported. */
export const checks: readonly Check[] = [
  golden,
  factsCheck,
  fresh,
  stepwise,
  versions,
  rows,
  integrity,
  foreignKeys,
  rerun,
  interruption,
]
