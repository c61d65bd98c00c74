// Goal: every snapshot, upgraded to every later version, proves all that an upgrade must prove.

import { describeUpgrades } from 'migration-proof/vitest'
import { describe, expect, it } from 'vitest'
import { latestVersion } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'

describeUpgrades(suite, { parts: ['upgrades', 'examples'], targets: 'every' })

describe('the paths', () => {
  it('begin at every version before the latest, and at each form of version 0', () => {
    const starts = suite.snapshots.map(({ version }) => version)
    expect(starts).toEqual([0, 0, 0, ...Array.from({ length: latestVersion - 1 }, (_, step) => 1 + step)])
  })
})
