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
    const whole = names.find((name) =>
      ['snapshot.json', 'migration.sql'].every((file) => list(name).includes(file)),
    )
    if (whole !== undefined) {
      const dialect = readLiteral(read(`${whole}/snapshot.json`), 'dialect')
      return dialect === null || dialects.includes(dialect) ? `${whole}/snapshot.json` : forOther(dialect)
    }
    if (!names.includes('meta')) return null
    const journal = read('meta/_journal.json')
    if (journal === '') return null
    const dialect = readLiteral(journal, 'dialect')
    return dialect === null || dialects.includes(dialect) ? 'meta/_journal.json' : forOther(dialect)
  },
}
