import type { SnapshotDeclaration } from 'migration-proof'
import { describe, expect, it } from 'vitest'
import { latestVersion } from '../../../src/migrations/index.ts'
import suite from '../../../src/suite/index.ts'
import { runCommandLine } from '../../support/command-line.ts'

/** With CRASH_EXHAUSTIVE, as at night, the sweep draws more images and upgrades each of them again. */
const sweep = process.env.CRASH_EXHAUSTIVE ? ['--exhaustive'] : []

/** Everything that may go wrong with the files of one snapshot, and with the migrations that come next for them. */
export function describeCampaign(name: string): void {
  const snapshot = findSnapshot(name)

  describe(name, () => {
    it('loses nothing, wherever its upgrade breaks', () => {
      const { exitCode, stdout, stderr } = runCommandLine(['crash', '--snapshot', pathOf(snapshot), ...sweep])
      expect(exitCode, `${stdout}${stderr}`).toBe(0)
    })

    it.for(nextVersions(snapshot))('is followed by migration %s, whose every mutant is killed', (version) => {
      const { exitCode, stdout, stderr } = runCommandLine(['mutate', '--migration', `${version}`])
      expect(exitCode, `${stdout}${stderr}`).toBe(0)
    })
  })
}

function findSnapshot(name: string): SnapshotDeclaration {
  const snapshot = suite.snapshots.find((candidate) => candidate.name === name)
  if (snapshot === undefined)
    throw new Error(`Expected a snapshot '${name}', found none; delete its campaign`)
  return snapshot
}

/** The sweep calls the upgrade of an empty file a new install. */
function pathOf({ name, form }: SnapshotDeclaration): string {
  return form === 'empty' ? 'fresh' : name
}

/**
 * Each migration belongs to the first snapshot of the version before it. The faults in data are also injected into a
 * migration after the latest, which belongs to the last.
 */
function nextVersions({ name, version }: SnapshotDeclaration): number[] {
  const first = suite.snapshots.find((candidate) => candidate.version === version)
  if (first?.name !== name) return []
  return version + 1 === latestVersion ? [latestVersion, latestVersion + 1] : [version + 1]
}
