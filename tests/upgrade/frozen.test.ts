// Goal: what was released stays as it was: the migrations to the statement, the golden schemas and the snapshots.

import { describeUpgrades } from 'migration-proof/vitest'
import suite from '../../src/suite/index.ts'

describeUpgrades(suite, { parts: ['fixtures'] })
