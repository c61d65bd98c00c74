import type { EquivalentMutants } from 'migration-proof'

/** Mutants that nothing distinguishes from the original. Each was looked at by a person. */
export const equivalentMutants: readonly EquivalentMutants[] = [
  {
    reason:
      'The migrator creates schema_version itself before it runs version 1, so that CREATE TABLE IF NOT EXISTS ' +
      'finds the table there and does nothing, whatever it says',
    mutants: [
      'v1/schema_version/autoincrement-added/1',
      'v1/schema_version/collation-changed/1',
      'v1/schema_version/column-dropped/1',
      'v1/schema_version/column-dropped/2',
      'v1/schema_version/column-order-changed/1',
      'v1/schema_version/column-renamed/1',
      'v1/schema_version/column-renamed/2',
      'v1/schema_version/column-type-changed/1',
      'v1/schema_version/column-type-changed/2',
      'v1/schema_version/default-changed/1',
      'v1/schema_version/default-dropped/1',
      'v1/schema_version/not-null-added/1',
      'v1/schema_version/not-null-dropped/1',
      'v1/schema_version/primary-key-column-added/1',
      'v1/schema_version/primary-key-column-changed/1',
      'v1/schema_version/primary-key-dropped/1',
      'v1/schema_version/strict-added/1',
      'v1/schema_version/table-dropped/1',
      'v1/schema_version/unique-column-added/1',
      'v1/schema_version/without-rowid-added/1',
    ],
  },
]
