/** The entry of the behaviour layer. It is not part of the harness's own entry: it needs fast-check. */

export { checkContracts } from '../checks/contracts.ts'
export { type Campaign, findProperty, startCampaign } from './campaign.ts'
export { type BehaviourSubject, checkBehaviour } from './checks/index.ts'
export { createRowCounter, type RowCounter } from './counting.ts'
export { lendInSavepoint, openFresh, openUpgraded } from './databases.ts'
export { type BehaviourFailure, renderFailure } from './failure.ts'
export { type FamilyName, familyNames, openFamily, type PropertyFamily } from './families.ts'
export type { MachineDatabase } from './machine/run.ts'
export type { Step } from './machine/step.ts'
export { surveySteps } from './machine/survey.ts'
export { createMemoryDatabase, type Fate, type MemoryDatabase } from './memory/memory-database.ts'
export { modelsOf, type TableModels } from './models.ts'
export { inSavepoint } from './outcome.ts'
export { preparedConnection } from './prepared.ts'
export { constraintsProperty } from './properties/constraints.ts'
export { decodeValue, type EncodedValue, encodeValue } from './properties/encoding.ts'
export { expiryProperty } from './properties/expiry.ts'
export { type KeptCounterexample, keepCounterexample, readCounterexamples } from './properties/kept.ts'
export { type DatabaseLender, differentialProperty, modelProperty } from './properties/machines.ts'
export {
  type Counterexample,
  defineProperty,
  type Exploration,
  type Property,
} from './properties/property.ts'
export { survivalProperty, type Upgrade } from './properties/survival.ts'
export { emptyTables } from './statements.ts'
export type { TableModel } from './table-model.ts'
