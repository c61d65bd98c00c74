import {
  listCode,
  optionsOf,
  type Recogniser,
  readLiteral,
  readObject,
  withoutComments,
} from './recogniser.ts'

export const mikroOrm: Recogniser = {
  tool: 'mikro-orm',
  call: 'mikroOrm',
  packages: ['@mikro-orm/migrations', '@mikro-orm/core'],
  tables: [{ name: 'mikro_orm_migrations' }],
  configs: [
    {
      file: /(?:^|\/)mikro-orm\.config\.[cm]?[jt]s$/,
      read: (given) => {
        const text = readObject(withoutComments(given), 'migrations')
        const flag = (key: string) => {
          const [, value] = new RegExp(`\\b${key}\\s*:\\s*(true|false)\\b`).exec(text) ?? []
          return value === undefined ? null : value === 'true'
        }
        const options = {
          table: readLiteral(text, 'tableName'),
          transactional: flag('transactional'),
          allOrNothing: flag('allOrNothing'),
          disableForeignKeys: flag('disableForeignKeys'),
        }
        const folder = readLiteral(text, 'pathTs') ?? readLiteral(text, 'path') ?? 'migrations'
        return [{ folder, ...optionsOf(options) }]
      },
    },
  ],
  form: 'own',
  holds: (folder) => {
    const isOwn = (text: string) =>
      /['"]@mikro-orm\/migrations['"]/.test(text) && /\bextends\s+Migration\b/.test(text)
    const found = listCode(folder).find((name) => isOwn(folder.read(name)))
    return found === undefined ? null : `${found} with a class of MikroORM`
  },
}
