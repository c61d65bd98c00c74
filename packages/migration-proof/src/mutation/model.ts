import type { TableModels } from '../behaviour/models.ts'
import type { Migrate } from '../checks/subject.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { Suite } from '../proof/suite.ts'

/** What is tried: a suite, and what of it the behaviour check goes by. */
export interface MutationSubject {
  readonly suite: Suite
  /** What every table of every version does with rows. */
  readonly models: TableModels
}

/** What a fault is planted in. */
export type Ground = 'schema' | 'data' | 'migrator'

/** A history with one planted fault. */
export interface Mutant {
  /** Stable: `v2/invoice/column-dropped/1`. */
  readonly id: string
  readonly operator: string
  readonly ground: Ground
  /** The version whose migration has the fault; of a faulty migrator, the latest. */
  readonly version: number
  /** What the fault is, as the end of the sentence "This mutant …". */
  readonly fault: string
  readonly plan: MigrationPlan
  readonly migrate: Migrate
}
