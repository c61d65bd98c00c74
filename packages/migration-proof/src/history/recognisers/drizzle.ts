import {
  forOther,
  optionsOf,
  type Recogniser,
  readLiteral,
  readObject,
  withoutComments,
} from './recogniser.ts'

const dialects = ['sqlite', 'turso']

export const drizzle: Recogniser = {
  tool: 'drizzle',
  call: 'drizzle',
  packages: ['drizzle-kit', 'drizzle-orm'],
  tables: [{ name: '__drizzle_migrations' }],
  configs: [
    {
      file: /(?:^|\/)drizzle[\w.-]*\.config\.(?:[cm]?[jt]s|json)$/,
      read: (given) => {
        const text = withoutComments(given)
        const dialect = readLiteral(text, 'dialect')
        if (dialect !== null && !dialects.includes(dialect)) return forOther(dialect)
        const table = readLiteral(readObject(text, 'migrations'), 'table')
        return [{ folder: readLiteral(text, 'out') ?? 'drizzle', ...optionsOf({ table }) }]
      },
    },
  ],
  form: 'own',
  holds: ({ names, list, read }) => {
    if (names.some((name) => list(name).includes('snapshot.json') && list(name).includes('migration.sql')))
      return { unusable: 'is a folder of drizzle-kit 1.0, which is not read yet' }
    if (!names.includes('meta')) return null
    const journal = read('meta/_journal.json')
    if (journal === '') return null
    const dialect = readLiteral(journal, 'dialect')
    return dialect === null || dialects.includes(dialect) ? 'meta/_journal.json' : forOther(dialect)
  },
}
