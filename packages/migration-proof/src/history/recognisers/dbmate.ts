import { findMarked, type Recogniser } from './recogniser.ts'

export const dbmate: Recogniser = {
  tool: 'dbmate',
  call: 'dbmate',
  packages: ['dbmate'],
  tables: [{ name: 'schema_migrations', columns: ['version'] }],
  configs: [],
  form: 'own',
  holds: (folder) => {
    const found = findMarked(folder, /^--\s*migrate:up/m)
    return found === undefined ? null : `${found} with \`-- migrate:up\``
  },
}
