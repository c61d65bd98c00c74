import { defineConfig } from 'migration-proof'
import { migrations } from '../migrations/index.ts'
import { contracts } from './contracts.ts'
import { tableFacts } from './facts/index.ts'
import { equivalentMutants } from './mutation.ts'
import { references, secrets } from './secrets.ts'
import { snapshots } from './snapshots.ts'
import { waivers } from './waivers.ts'

/** The server's database, bound as any project binds its own. */
export default defineConfig({
  name: 'quickslice',
  migrations,
  fixtures: new URL('../../fixtures', import.meta.url),
  snapshots,
  facts: { tables: tableFacts, contracts, secrets, references },
  waivers,
  equivalentMutants,
  models: async () => (await import('./arbitraries/index.ts')).tableModels,
  sources: new URL('../migrations', import.meta.url),
  engineResults: new URL('../../docs/engines.json', import.meta.url),
})
