import type { RecallRollback } from '../../checks/rollback.ts'
import type { CheckResult } from '../../checks/verify.ts'
import { sha256 } from '../../snapshots/hash.ts'
import type { SnapshotEntry } from '../../snapshots/ledger.ts'
import type { SnapshotImage } from '../../snapshots/open.ts'
import type { ResultFolder } from './folder.ts'
import { canonical, type SuiteIdentity } from './identity.ts'

/** What an earlier run proved of the upgrade of a snapshot. */
export interface KnownResult {
  /** How far it came. */
  readonly version: number
  readonly checks: readonly CheckResult[]
  /** Whether all code of the project is what it was, where the checks hold the file against what that declares. */
  readonly isOfThisCode: boolean
}

/** The checks of the whole way, for which it is left out, or those of one step or two. */
export type Steps = 'one' | 'two' | undefined

/** What earlier runs proved of the same files with the same migrations, checks and engine. */
export interface KnownResults {
  readonly folder: ResultFolder
  /** The result that came the furthest on the way to a version; null where there is none. */
  find(entry: SnapshotEntry, steps: Steps, target: number): KnownResult | null
  /** The file that the upgrade to a version left behind; null where it is not kept. */
  upgradedTo(entry: SnapshotEntry, version: number): SnapshotImage | null
  keep(entry: SnapshotEntry, result: NewResult): void
  readonly recallRollback: RecallRollback
}

export interface NewResult extends Pick<KnownResult, 'version' | 'checks'> {
  readonly steps: Steps
  /** The upgraded file, of the whole way. */
  readonly bytes?: Uint8Array | undefined
}

/** Reads and keeps the results of a suite in a folder. */
export function openKnownResults(folder: ResultFolder, identity: SuiteIdentity): KnownResults {
  const keyOf = (entry: SnapshotEntry, steps: Steps, version: number) =>
    sha256(canonical([identity.ofUpgrade(entry, version), steps]))
  const codeOf = (steps: Steps) => (steps === undefined ? identity.code : '')
  return {
    folder,
    find: (entry, steps, target) => {
      for (let version = target; version >= entry.version; version--) {
        const content = folder.read(keyOf(entry, steps, version))
        if (content === null) continue
        const { code, checks } = unpack(content)
        return { version, checks, isOfThisCode: code === codeOf(steps) }
      }
      return null
    },
    upgradedTo: (entry, version) => {
      const content = folder.read(keyOf(entry, undefined, version))
      return content === null ? null : { entry: { ...entry, version }, bytes: unpack(content).bytes }
    },
    keep: (entry, { steps, version, checks, bytes = new Uint8Array() }) =>
      folder.write(keyOf(entry, steps, version), pack({ code: codeOf(steps), checks, bytes })),
    recallRollback: (entry, version, judgeNow) => {
      const key = identity.ofRollback(entry, version)
      const content = folder.read(key)
      if (content !== null) return JSON.parse(content.toString())
      const verdict = judgeNow()
      folder.write(key, Buffer.from(JSON.stringify(verdict)))
      return verdict
    },
  }
}

interface Packed {
  readonly code: string
  readonly checks: readonly CheckResult[]
  /** The upgraded file. */
  readonly bytes: Uint8Array
}

/** A line of JSON, and the bytes of the file. */
function pack({ bytes, ...facts }: Packed): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(facts)}\n`), bytes])
}

function unpack(content: Buffer): Packed {
  const end = content.indexOf('\n')
  return { ...JSON.parse(content.toString('utf8', 0, end)), bytes: content.subarray(end + 1) }
}
