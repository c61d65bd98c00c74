import {
  findCode,
  forOther,
  optionsOf,
  type Recogniser,
  readLiteral,
  readObject,
  withoutComments,
} from './recogniser.ts'

export const knex: Recogniser = {
  tool: 'knex',
  call: 'knex',
  packages: ['knex'],
  tables: [{ name: 'knex_migrations' }],
  configs: [
    {
      file: /(?:^|\/)knexfile\.[cm]?[jt]s$/,
      read: (given) => {
        const text = withoutComments(given)
        // One for each environment.
        const named = [...text.matchAll(/\bclient\s*:\s*["'`]([\w-]+)["'`]/g)].map(([, name = '']) => name)
        const client = named.find((name) => name.endsWith('sqlite3'))
        if (client === undefined && named[0] !== undefined) return forOther(named[0])
        const migrations = readObject(text, 'migrations')
        const folder = readLiteral(migrations, 'directory') ?? 'migrations'
        // The other client is the one that the entry takes by itself.
        const options = {
          table: readLiteral(migrations, 'tableName'),
          client: client === 'sqlite3' ? client : null,
        }
        return [{ folder, ...optionsOf(options) }]
      },
    },
  ],
  form: 'own',
  holds: (folder) => {
    const isOwn = (text: string) =>
      /\bup\b/.test(text) && /\bknex\b/i.test(text) && !/['"]kysely['"]/.test(text)
    const found = findCode(folder, isOwn)
    return found === undefined ? null : `${found} with an up of knex`
  },
}
