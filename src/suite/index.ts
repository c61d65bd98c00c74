import { defineSuite } from '../harness/proof/suite.ts'
import { migrations } from '../migrations/index.ts'
import { contracts } from './contracts.ts'
import { tableFacts } from './facts/index.ts'
import { snapshots } from './snapshots.ts'

/** The server's database, bound as any project binds its own. */
export default defineSuite({
  name: 'quickslice',
  migrations,
  fixtures: new URL('../../fixtures', import.meta.url),
  snapshots,
  facts: { tables: tableFacts, contracts },
})
