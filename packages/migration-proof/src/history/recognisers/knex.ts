import {
  forOther,
  listCode,
  optionsOf,
  type Recogniser,
  readLiteral,
  readObject,
  withoutComments,
} from './recogniser.ts'

/** Clients, and whether the entry takes one as it is named. */
const clients: ReadonlyMap<string, 'named' | 'usual'> = new Map([
  ['sqlite3', 'named'],
  ['better-sqlite3', 'usual'],
])

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
        const client = named.find((name) => clients.has(name))
        if (client === undefined && named[0] !== undefined) return forOther(named[0])
        const migrations = readObject(text, 'migrations')
        const folder = readLiteral(migrations, 'directory') ?? 'migrations'
        const isNamed = client !== undefined && clients.get(client) === 'named'
        const options = { table: readLiteral(migrations, 'tableName'), client: isNamed ? client : null }
        return [{ folder, ...optionsOf(options) }]
      },
    },
  ],
  form: 'own',
  holds: (folder) => {
    const isOwn = (text: string) =>
      /\bup\b/.test(text) && /\bknex\b/i.test(text) && !/['"]kysely['"]/.test(text)
    const found = listCode(folder).find((name) => isOwn(folder.read(name)))
    return found === undefined ? null : `${found} with an up of knex`
  },
}
