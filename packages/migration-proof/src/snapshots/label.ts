import type { MigrationEntry } from './ledger.ts'

/** How a migration is named for people: by its id where its tool has one, such as `0002_tags.sql`, and otherwise as `v2`. */
export function labelOf({ version, pins }: Pick<MigrationEntry, 'version' | 'pins'>): string {
  return labelOfMigration({ version, ...(pins === undefined ? {} : { id: pins.id }) })
}

/** The same of a migration of a plan. */
export function labelOfMigration({
  version,
  id,
}: {
  readonly version: number
  readonly id?: string
}): string {
  return id === undefined || id === `${version}` ? `v${version}` : id
}
