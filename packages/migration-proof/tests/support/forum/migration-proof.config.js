// @ts-check
import { defineConfig } from 'migration-proof'
import { migrations } from './migrations/index.js'
import { contracts, tables } from './tables.js'

/**
 * The database of a forum, in five versions: a synthetic history of the shapes that histories have in the field. Tables
 * with every kind of key, a chain of references with their actions, a constraint with a name, an expiry, a secret, and
 * files from before the first version.
 */
export default defineConfig({
  name: 'forum',
  migrations,
  fixtures: new URL('fixtures', import.meta.url),
  snapshots: [
    { name: 'v0-empty', version: 0, form: 'empty', origin: 'a new file', releases: [] },
    {
      name: 'v0-unversioned',
      version: 0,
      form: 'unversioned',
      origin: 'the first release',
      releases: ['0.9'],
    },
    { name: 'v1', version: 1, form: 'versioned', origin: 'a release', releases: ['0.10'] },
    { name: 'v2', version: 2, form: 'versioned', origin: 'a release', releases: ['0.11'] },
    { name: 'v3', version: 3, form: 'versioned', origin: 'a release', releases: ['0.12'] },
    { name: 'v4', version: 4, form: 'versioned', origin: 'a release', releases: ['0.13', '0.14'] },
  ],
  tables,
  contracts,
  sources: new URL('migrations', import.meta.url),
  engineResults: new URL('engines.json', import.meta.url),
})
