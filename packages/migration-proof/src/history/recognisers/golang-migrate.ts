import type { Recogniser } from './recogniser.ts'

export const golangMigrate: Recogniser = {
  tool: 'golang-migrate',
  call: 'golangMigrate',
  packages: [],
  tables: [{ name: 'schema_migrations', columns: ['dirty', 'version'] }],
  configs: [
    {
      file: /(?:^|\/)go\.mod$/,
      read: (text) => (/\bgolang-migrate\/migrate\b/.test(text) ? [{ folder: 'migrations' }] : []),
    },
  ],
  form: 'own',
  holds: ({ names }) => names.find((name) => /^\d+_.*\.up\.sql$/.test(name)) ?? null,
}
