import { findCode, forOther, optionsOf, type Recogniser, readLiteral, withoutComments } from './recogniser.ts'

export const sequelizeCli: Recogniser = {
  tool: 'sequelize-cli',
  entry: 'umzug',
  call: 'sequelizeCli',
  packages: ['sequelize-cli'],
  tables: [{ name: 'SequelizeMeta' }],
  configs: [
    {
      file: /(?:^|\/)\.sequelizerc$/,
      read: (given) => {
        const [, folder] =
          /['"]?migrations-path['"]?\s*:\s*(?:[\w.]+\([^'")]*)?['"]([^'"]+)['"]/.exec(
            withoutComments(given),
          ) ?? []
        return [{ folder: folder ?? 'migrations' }]
      },
    },
    {
      file: /(?:^|\/)config\/config\.(?:json|c?js)$/,
      read: (given) => {
        const text = withoutComments(given)
        // One for each environment.
        const named = [...text.matchAll(/["']?\bdialect["']?\s*:\s*["'`](\w+)["'`]/g)].map(
          ([, name = '']) => name,
        )
        if (named.length === 0) return []
        if (!named.includes('sqlite')) return forOther(named[0] ?? '')
        return [
          { folder: 'migrations', ...optionsOf({ table: readLiteral(text, 'migrationStorageTableName') }) },
        ]
      },
    },
  ],
  form: 'own',
  holds: (folder) => {
    const isOwn = (text: string) => /\bqueryInterface\b/.test(text) && /\bup\b/.test(text)
    const found = findCode(folder, isOwn)
    return found === undefined ? null : `${found} with an up of Sequelize`
  },
}
