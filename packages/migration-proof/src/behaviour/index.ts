/** The entry point of behaviour checks. It is separate from the main entry point because it needs fast-check. */

export { checkContracts } from '../checks/contracts.ts'
export { describeProblem, type Problem } from '../problem.ts'
export {
  type ArbitrariesOptions,
  arbitrariesOf,
  type RefusedTableRow,
  type SchemaArbitraries,
  type TableArbitraries,
  type TableRow,
} from './arbitraries.ts'
export {
  type Campaign,
  CounterexampleError,
  type FamilyName,
  familyNames,
  findProperty,
  openFamily,
  type PropertyFamily,
  startCampaign,
} from './campaign.ts'
export { type BehaviourSubject, checkBehaviour } from './checks/index.ts'
export {
  createRowCounter,
  lendInSavepoint,
  openFresh,
  openUpgraded,
  preparedConnection,
  type RowCounter,
} from './databases.ts'
export type { MachineDatabase, Step } from './machine/run.ts'
export { createMemoryDatabase, type MemoryDatabase, type StatementResult } from './memory/memory-database.ts'
export { modelsOf, type TableModels } from './models.ts'
export { inSavepoint } from './outcome.ts'
export { constraintsProperty } from './properties/constraints.ts'
export { expiryProperty } from './properties/expiry.ts'
export { type KeptCounterexample, keepCounterexample, readCounterexamples } from './properties/kept.ts'
export {
  type DatabaseLender,
  differentialProperty,
  modelProperty,
  surveySteps,
} from './properties/machines.ts'
export {
  type Counterexample,
  decodeValue,
  defineProperty,
  type EncodedValue,
  type Exploration,
  encodeValue,
  type Property,
} from './properties/property.ts'
export { type OldDataUpgrade, survivalProperty } from './properties/survival.ts'
export { emptyTables } from './statements.ts'
export type { TableModel } from './table-model.ts'
