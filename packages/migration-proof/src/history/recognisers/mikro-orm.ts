import {
  findCode,
  optionsOf,
  type Recogniser,
  readFlag,
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
        const options = {
          table: readLiteral(text, 'tableName'),
          transactional: readFlag(text, 'transactional'),
          allOrNothing: readFlag(text, 'allOrNothing'),
          disableForeignKeys: readFlag(text, 'disableForeignKeys'),
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
    const found = findCode(folder, isOwn)
    return found === undefined ? null : `${found} with a class of MikroORM`
  },
}
