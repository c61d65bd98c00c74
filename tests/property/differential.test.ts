// Goal: the same statements meet the same fate on a database that was made at the latest version and on every
// snapshot that was upgraded to it, and leave the same rows.

import { describeUpgrades } from 'migration-proof/vitest'
import suite from '../../src/suite/index.ts'
import { propertyTests } from '../support/property-budget.ts'

describeUpgrades(suite, propertyTests({ differential: 60 }))
