import { forOther, type Recogniser, withoutHashComments } from './recogniser.ts'

export const sqlx: Recogniser = {
  tool: 'sqlx',
  call: 'sqlx',
  packages: [],
  tables: [{ name: '_sqlx_migrations' }],
  configs: [
    {
      file: /(?:^|\/)Cargo\.toml$/,
      read: (given) => {
        const text = withoutHashComments(given)
        if (!/^\s*(?:\[.*dependencies\.)?sqlx\b/m.test(text)) return []
        const [other] = /\b(?:postgres|mysql)\b/.exec(text) ?? []
        if (other !== undefined && !/\bsqlite\b/.test(text)) return forOther(other)
        return [{ folder: 'migrations' }]
      },
    },
  ],
  form: 'shared',
  holds: ({ names }) =>
    names.find((name) => /^\d+_.*\.sql$/.test(name) && !name.endsWith('.down.sql')) ?? null,
}
