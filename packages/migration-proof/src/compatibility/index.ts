/** The entry point of the comparison of engines. It is separate from the main entry point because it needs fast-check. */

export { type EngineName, engineNames } from '../engines/engine-names.ts'
export { EngineEndedError } from '../engines/engine-process.ts'
export { type Judgement, judgeDeviations } from './deviations.ts'
export { examineBehaviour, examineFile, examineReceived, examineUpgrade } from './examine.ts'
export {
  type ComparedEngine,
  MissingEngineError,
  type OpenEngineOptions,
  type OpenedEngine,
  openEngine,
} from './open-engine.ts'
export {
  type Comparison,
  type EngineProof,
  type EngineProofOptions,
  type EngineSnapshot,
  proveOnEngine,
} from './prove-on-engine.ts'
