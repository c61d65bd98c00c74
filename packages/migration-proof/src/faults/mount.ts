import type { SimulatedDisk } from './disk.ts'
import type { FaultPlan } from './io-call.ts'
import type { Random } from './random.ts'

/** The disk that SQLite sees now, which of its calls fail, and what chance it is given. */
export interface Mount {
  readonly disk: SimulatedDisk
  readonly failure: FaultPlan
  readonly random: Random
}
