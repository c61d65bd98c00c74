// Goal: whatever valid rows a file of an old version holds, and whatever hazards among them, they are all there
// after the upgrade. The old files are made of golden schemas, not by the migrations.

import { describeUpgrades } from 'migration-proof/vitest'
import suite from '../../src/suite/index.ts'
import { propertyTests } from '../support/property-budget.ts'

describeUpgrades(suite, propertyTests({ 'old data': 12 }))
