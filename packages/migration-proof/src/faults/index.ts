/**
 * The fault model: what may go wrong during an upgrade, and what is left of the database.
 *
 * Modelled, on a simulated disk under SQLite's WASM build, which logs every operation:
 * - The power fails after any operation (`crash-points.ts`). Synced data stays. Of everything else, each unit of 512 or
 *   4096 bytes, each truncation and each file name is kept or lost independently; a write may leave noise or, where the
 *   file grew, zeros (`pending.ts`). Up to five pending effects: all subsets; above that, selected and random ones.
 * - The power fails a second time, during the recovery or the upgrade that follows (`nested.ts`).
 * - A disk call fails (`fault-list.ts`, `judge-fault.ts`): EIO, once or from then on; disk full during a write, once or
 *   from then on; any quota. Then the same connection retries, and after every fourth fault the power fails too.
 * `oracle.ts` judges what is left: exactly one whole version with every row, not older than the last acknowledged one,
 * from which the upgrade, run again, reaches the latest version.
 *
 * Not modelled: a second process at that moment; a failed sync that drops what it should have kept
 * (https://www.usenix.org/conference/atc20/presentation/rebello); a failed sync of the folder, which SQLite ignores; disks
 * that ignore syncs, or damage bytes near those written (https://www.sqlite.org/psow.html); memory-mapped files and `-shm`;
 * VFS other than that of Unix.
 *
 * Sources: https://www.sqlite.org/atomiccommit.html, https://www.sqlite.org/testing.html#crash_testing and
 * https://www.usenix.org/conference/osdi14/technical-sessions/presentation/pillai. What was found, and how the simulation
 * is compared with a real disk: docs/power-loss.md of this package.
 */
export type { CrashImage } from './crash-points.ts'
export { formatImageId, type ImageId, parseImageId } from './crash-points.ts'
export type { Acknowledgement, DiskFiles, DiskOperation } from './disk.ts'
export type { Fault } from './fault-list.ts'
export { type FaultMode, faultModes } from './fault-list.ts'
export { describeLog } from './io-call.ts'
export type { IoFaultOptions } from './judge-fault.ts'
export {
  type BadFault,
  type IoFaultResult,
  sweepIoFaults,
} from './judge-fault.ts'
export { type NestedOptions, sweepNestedPowerLoss } from './nested.ts'
export type { Defect, DiskVerdict, FoundDefect } from './oracle.ts'
export { defects } from './oracle.ts'
export { type Replay, replayFault, replayImage } from './replay.ts'
export { databaseName, type RunOptions, type RunResult, simulateUpgrade } from './run.ts'
export type { BadImage, PowerLossOptions, PowerLossProgress, PowerLossResult } from './session.ts'
export { listPowerLosses, sweepPowerLoss } from './session.ts'
export { loadSimulator, type Simulator } from './simulator.ts'
export {
  type JournalMode,
  journalModes,
  safeUpgrade,
  type UpgradeFunction,
  type UpgradeOptions,
} from './upgrade.ts'
export { WasmSqliteError } from './wasm-connection.ts'
