// Goal: over any graph of clients and rows in the tables that are purged, a purge at any second removes exactly
// what a plain filter would, boundaries, NULL and text included, with the index of the expiry and without it.
// That the purge uses this index is part of behaviour.test.ts and contracts.test.ts.

import { describeUpgrades } from 'migration-proof/vitest'
import suite from '../../src/suite/index.ts'
import { propertyTests } from '../support/property-budget.ts'

describeUpgrades(suite, propertyTests({ expiry: 450 }))
