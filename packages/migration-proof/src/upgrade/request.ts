import type { Suite } from '../proof/suite.ts'
import type { FileIdentity } from './file-identity.ts'
import type { RowsMethod, Survey } from './model.ts'

/** The upgrade of one file, as it was asked for. */
export interface UpgradeRequest {
  readonly suite: Suite
  /** The absolute path of the file. */
  readonly path: string
  /** Which file it was when the run began. */
  readonly identity: FileIdentity
  readonly survey: Survey
  /** The folder for the backup; null for none. */
  readonly backupFolder: string | null
  readonly rowsMethod: RowsMethod
  readonly madeAt: Date
  /** Takes another application's database for version 0. */
  readonly adopt?: boolean
  /** How long another connection may take to give its lock back; 2000 unless told otherwise. */
  readonly busyTimeoutMilliseconds?: number
}
