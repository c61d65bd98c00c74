import type { Check } from '../check.ts'

/** SQLite's own word on pages, b-trees, indexes, NOT NULL and CHECK; foreign keys are not part of it. */
export const integrity: Check = {
  name: 'integrity',
  proves: 'passes integrity_check',
  run: ({ upgraded }) =>
    upgraded
      .all('PRAGMA integrity_check')
      .map(({ integrity_check }) => String(integrity_check))
      .filter((line) => line !== 'ok')
      .map((line) => ({ object: 'database file', expected: 'ok', actual: line })),
}
