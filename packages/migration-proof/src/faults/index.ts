export type { CrashImage } from './crash-points.ts'
export { describeLog } from './describe-log.ts'
export type { Acknowledgement, DiskFiles, DiskOperation } from './disk.ts'
export type { Fault } from './fault-list.ts'
export { type FaultMode, faultModes } from './fault-plans.ts'
export { formatImageId, type ImageId, parseImageId } from './image-id.ts'
export {
  type BadFault,
  type IoFaultResult,
  sweepIoFaults,
} from './io-faults.ts'
export type { IoFaultOptions } from './judge-fault.ts'
export { type NestedOptions, sweepNestedPowerLoss } from './nested.ts'
export { type Replay, replayImage } from './replay.ts'
export { replayFault } from './replay-fault.ts'
export { databaseName, type RunOptions, type RunResult, runUpgrade } from './run.ts'
export type { BadImage, PowerLossOptions, PowerLossProgress, PowerLossResult } from './session.ts'
export { loadSimulator, type Simulator } from './simulator.ts'
export { listPowerLosses, sweepPowerLoss } from './sweep.ts'
export {
  type JournalMode,
  journalModes,
  safeUpgrade,
  type Upgrade,
  type UpgradeOptions,
} from './upgrade.ts'
export { type Defect, defects, type Finding, type Verdict } from './verdict.ts'
export { WasmSqliteError } from './wasm-connection.ts'
