import {
  forOther,
  type NamedFolder,
  type Recogniser,
  readLiteral,
  withoutComments,
  withoutHashComments,
} from './recogniser.ts'

export const prisma: Recogniser = {
  tool: 'prisma',
  call: 'prisma',
  packages: ['prisma', '@prisma/client'],
  tables: [{ name: '_prisma_migrations' }],
  configs: [
    {
      file: /(?:^|\/)schema\.prisma$/,
      read: (given) => {
        const [, source = ''] = /\bdatasource\s+\w+\s*\{([^}]*)\}/.exec(withoutComments(given)) ?? []
        const provider = readLiteral(source, 'provider')
        if (provider !== null && provider !== 'sqlite') return forOther(provider)
        return [{ folder: 'migrations' }]
      },
    },
    {
      file: /(?:^|\/)prisma\.config\.[cm]?[jt]s$/,
      read: (given): readonly NamedFolder[] => {
        const [, folder] =
          /\bmigrations\s*:\s*\{[^}]*\bpath\s*:\s*["'`]([^"'`$]+)/.exec(withoutComments(given)) ?? []
        return folder === undefined ? [] : [{ folder }]
      },
    },
  ],
  form: 'own',
  holds: ({ names, list, read }) => {
    const own = names.find(
      (name) => list(name).includes('migration.sql') && !list(name).includes('snapshot.json'),
    )
    if (own === undefined) return null
    const provider = readLiteral(withoutHashComments(read('migration_lock.toml')), 'provider')
    return provider === null || provider === 'sqlite' ? `${own}/migration.sql` : forOther(provider)
  },
}
