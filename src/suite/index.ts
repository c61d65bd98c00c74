import { defineSuite } from '../harness/proof/suite.ts'
import { migrations } from '../migrations/index.ts'
import { contracts } from './contracts.ts'
import { tableFacts } from './facts/index.ts'
import { references, secrets } from './secrets.ts'
import { snapshots } from './snapshots.ts'
import { waivers } from './waivers.ts'

/** The server's database, bound as any project binds its own. */
export default defineSuite({
  name: 'quickslice',
  migrations,
  fixtures: new URL('../../fixtures', import.meta.url),
  snapshots,
  facts: { tables: tableFacts, contracts, secrets, references },
  waivers,
})
