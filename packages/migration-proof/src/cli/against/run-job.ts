import { checks } from '../../checks/index.ts'
import type { ComparedTable } from '../../checks/rows/model.ts'
import type { RealFile } from '../../checks/subject.ts'
import { type UpgradeProof, verifyUpgrade } from '../../checks/verify.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { makePrivateFoldersAt } from '../../snapshots/private-folder.ts'
import { readPrivateCopy } from '../../upgrade/private-copy.ts'
import { loadConfig } from '../load-config.ts'
import type { JobRunner } from '../process/pool.ts'

/** A copy of a file whose upgrade is to be proven. */
export interface FileJob extends RealFile {
  readonly copy: string
  readonly pathBeginning: string
  readonly version: number
}

/** What the upgrade of a file proved. */
export interface FileProof {
  readonly proof: UpgradeProof
  /** What each check compared, where it says so. */
  readonly details: Readonly<Record<string, string>>
  /** The tables whose rows were compared. */
  readonly compared: readonly ComparedTable[]
  /** The checks that were left out, as there was nothing to upgrade. */
  readonly leftOut: readonly string[]
}

/** What the thread of `verify --against` does; it reports the check that has ended. */
export async function prepare(configFile: string): Promise<JobRunner<FileJob, FileProof, string>> {
  const suite = await loadConfig(configFile)
  const run = (
    { copy, pathBeginning, version, ...file }: FileJob,
    report: (check: string) => void,
  ): FileProof => {
    makePrivateFoldersAt(pathBeginning)
    const name = file.shown
    // What stands in the ledger of a snapshot is not needed of a file.
    const unpinned = { fileHash: '', engine: '', contentHash: '', schemaHash: '', tables: [] }
    const declared = { name, version, form: 'versioned', origin: '', releases: [] }
    const image = { entry: { ...declared, ...unpinned }, bytes: readPrivateCopy(copy) }
    const isCurrent = version === latestVersionOf(suite.plan)
    const own = checks.filter(({ needs }) => !isCurrent || needs === 'database' || needs === 'install')
    const details: Record<string, string> = {}
    let compared: readonly ComparedTable[] = []
    const proof = verifyUpgrade({ ...suite, snapshots: [declared] }, name, {
      checks: own,
      images: new Map([[name, image]]),
      file,
      onCheck: (_name, { check, outcome }, found) => {
        report(check)
        if (outcome === 'passed' && found.detail !== undefined) details[check] = found.detail
        if (found.compared !== undefined) compared = found.compared
      },
    })
    const leftOut = checks.filter((check) => !own.includes(check)).map((check) => check.name)
    return { proof, details, compared, leftOut }
  }
  return { run }
}
