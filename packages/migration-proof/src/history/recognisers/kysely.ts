import {
  findCode,
  optionsOf,
  type Recogniser,
  readFlag,
  readLiteral,
  readObject,
  withoutComments,
} from './recogniser.ts'

export const kysely: Recogniser = {
  tool: 'kysely',
  call: 'kysely',
  packages: ['kysely', 'kysely-ctl'],
  tables: [{ name: 'kysely_migration' }],
  configs: [
    {
      file: /(?:^|\/)kysely\.config\.[cm]?[jt]s$/,
      read: (given) => {
        const text = readObject(withoutComments(given), 'migrations')
        const folder = readLiteral(text, 'migrationFolder') ?? 'migrations'
        const options = {
          table: readLiteral(text, 'migrationTableName'),
          lockTable: readLiteral(text, 'migrationLockTableName'),
          allowUnorderedMigrations: readFlag(text, 'allowUnorderedMigrations') || null,
        }
        return [{ folder, ...optionsOf(options) }]
      },
    },
  ],
  form: 'own',
  holds: (folder) => {
    const isOwn = (text: string) =>
      /\bup\b/.test(text) &&
      /['"]kysely['"]|\.execute\(/.test(text) &&
      !/\bknex\b|\bextends\s+Migration\b/.test(text)
    const found = findCode(folder, isOwn)
    return found === undefined ? null : `${found} with an up of kysely`
  },
}
