// Goal: what a simulated power loss leaves is recovered by the engine in use as well. Its files, on a real disk,
// are opened as the application opens them, and the upgrade goes on.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CrashImage,
  databaseName,
  journalModes,
  listPowerLosses,
  loadSimulator,
  type Simulator,
} from 'migration-proof/faults'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectUpgradeGoesOn, placeFile } from './support/native.ts'
import { optionsOf } from './support/paths.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await loadSimulator()
})

const upgrades = ['fresh', 'v4'].flatMap((path) => journalModes.map((journalMode) => ({ path, journalMode })))

describe.for(upgrades)(
  'what a power loss leaves from $path in journal mode $journalMode',
  ({ path, journalMode }) => {
    it('is a whole version to the engine in use, and the upgrade goes on from it', () => {
      const withRemains = new Set<string>()
      for (const image of chosenImages(optionsOf(path, journalMode))) {
        using native = placeFile('fresh')
        using original = placeFile(path)
        for (const [name, bytes] of image.makeFiles()) {
          writeFileSync(join(native.folder, name), bytes)
          if (name !== databaseName && bytes.length > 0) withRemains.add(name)
        }
        expectUpgradeGoesOn({ ...native, original: original.original }, path)
      }
      expect([...withRemains]).toContain(
        journalMode === 'wal' ? `${databaseName}-wal` : `${databaseName}-journal`,
      )
    })
  },
)

/** One image of each of some points: each time another combination. */
function* chosenImages(options: ReturnType<typeof optionsOf>): Generator<CrashImage> {
  for (const image of listPowerLosses(simulator, { ...options, every: 23 })) {
    if (image.choice === image.point % 7) yield image
  }
}
