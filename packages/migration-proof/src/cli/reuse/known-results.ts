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
  /** The upgraded file, of the whole way. */
  readonly bytes: Uint8Array
  /** Whether an upgrade may go on from that file in a new connection. */
  readonly canGoOn: boolean
}

/** The checks of the whole way, for which it is left out, or those of one step or two. */
export type Steps = 'one' | 'two' | undefined

/** What earlier runs proved of the same files with the same migrations, checks and engine. */
export interface KnownResults {
  readonly folder: ResultFolder
  readonly identity: SuiteIdentity
  /** The result of the way to a version; null where there is none. */
  find(entry: SnapshotEntry, steps: Steps, target: number): KnownResult | null
  /** The result of the way to the latest version before, from which it can go on, with the file of the whole way. */
  findBefore(entry: SnapshotEntry, steps: Steps, target: number): KnownResult | null
  keep(entry: SnapshotEntry, steps: Steps, result: KnownResult): void
  readonly recallRollback: RecallRollback
}

/** The file that an upgrade left behind, as one that is upgraded further. */
export function imageOf(entry: SnapshotEntry, { version, bytes }: KnownResult): SnapshotImage {
  return { entry: { ...entry, version }, bytes }
}

/** Reads and keeps the results of a suite in a folder. */
export function openKnownResults(folder: ResultFolder, identity: SuiteIdentity): KnownResults {
  const keyOf = (entry: SnapshotEntry, steps: Steps, version: number) =>
    sha256(canonical([identity.ofUpgrade(entry, version), steps]))
  const find: KnownResults['find'] = (entry, steps, version) => {
    const content = identity.isText(entry.version, version) ? folder.read(keyOf(entry, steps, version)) : null
    return content === null ? null : unpack(version, content)
  }
  return {
    folder,
    identity,
    find,
    findBefore: (entry, steps, target) => {
      if (!identity.goesOn(target)) return null
      for (let version = target - 1; version >= entry.version; version--) {
        const whole = find(entry, undefined, version)
        const found = whole?.canGoOn === true ? find(entry, steps, version) : null
        if (whole !== null && found !== null) return { ...whole, checks: found.checks }
      }
      return null
    },
    keep: (entry, steps, result) => {
      if (identity.isText(entry.version, result.version))
        folder.write(keyOf(entry, steps, result.version), pack(result))
    },
    recallRollback: (entry, version, judgeNow) => {
      if (!identity.hasPlainFacts || !identity.isText(entry.version, version)) return judgeNow()
      const key = identity.ofRollback(entry, version)
      const content = folder.read(key)
      if (content !== null) return JSON.parse(content.toString())
      const verdict = judgeNow()
      folder.write(key, Buffer.from(JSON.stringify(verdict)))
      return verdict
    },
  }
}

/** A line of JSON, and the bytes of the file. */
function pack({ bytes, checks, canGoOn }: KnownResult): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ checks, canGoOn })}\n`), bytes])
}

function unpack(version: number, content: Buffer): KnownResult {
  const end = content.indexOf('\n')
  const { checks, canGoOn } = JSON.parse(content.toString('utf8', 0, end))
  return { version, checks, canGoOn, bytes: content.subarray(end + 1) }
}
