import { defineConfig } from 'migration-proof'
import { migrations } from '../migrations/index.ts'
import { contracts } from './contracts.ts'
import { deviations } from './deviations.ts'
import { equivalentMutants } from './mutation.ts'
import { snapshots } from './snapshots.ts'
import { tables } from './tables/index.ts'
import { waivers } from './waivers.ts'

/** The server's database, bound as any project binds its own. */
export default defineConfig({
  name: 'quickslice',
  migrations,
  fixtures: new URL('../../fixtures', import.meta.url),
  snapshots,
  tables,
  contracts,
  waivers,
  equivalentMutants,
  deviations,
  sources: new URL('../migrations', import.meta.url),
  engineResults: new URL('../../docs/engines.json', import.meta.url),
})
