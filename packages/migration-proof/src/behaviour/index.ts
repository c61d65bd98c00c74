/** The entry of the behaviour layer. It is not part of the harness's own entry: it needs fast-check. */

export { checkContracts } from '../checks/contracts.ts'
export { describeProblem, type Problem } from '../problem.ts'
export {
  type Campaign,
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
export { createMemoryDatabase, type Fate, type MemoryDatabase } from './memory/memory-database.ts'
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
export { survivalProperty, type Upgrade } from './properties/survival.ts'
export { emptyTables } from './statements.ts'
export type { TableModel } from './table-model.ts'
