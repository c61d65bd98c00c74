import type { TableModels } from '../behaviour/models.ts'
import type { Migrate } from '../checks/subject.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { Suite } from '../proof/suite.ts'

/** What is mutated: a suite, and the models that the behaviour check uses. */
export interface MutationSubject {
  readonly suite: Suite
  /** How every table of every version handles rows. */
  readonly models: TableModels
}

/** Where a fault is injected. */
export type FaultSite = 'schema' | 'data' | 'migrator'

/** A statement that changes rows. */
export interface ChangedRows {
  readonly sql: string
  /** The table whose rows it changes, as it is called after the migration: a rebuild fills one of another name. */
  readonly table: string | null
}

/** The operator of a mutant that has no fault. */
export const noFault = 'none'

/** A history with one injected fault. */
export interface Mutant {
  /** Stable: `v2/invoice/column-dropped/1`. */
  readonly id: string
  readonly operator: string
  readonly site: FaultSite
  /** The version whose migration has the fault; of a faulty migrator, the latest. */
  readonly version: number
  /** The table, or another object, that has the fault; `migrator` where the migrator has it. */
  readonly object: string
  /** What the fault is, as the end of the sentence "This mutant …". */
  readonly fault: string
  /** The statement that is changed or left out, where it changes rows. */
  readonly changed?: ChangedRows
  readonly plan: MigrationPlan
  readonly migrate: Migrate
}
