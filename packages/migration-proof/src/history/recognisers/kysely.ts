import {
  type FolderListing,
  findCode,
  isCodeFile,
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
    const all = folder.names.filter(isCodeFile).find((name) => exportsAll(folder, name))
    if (all !== undefined) return { file: all, what: 'exports all migrations of kysely' }
    const found = findCode(folder, isOwn)
    return found === undefined ? null : `${found} with an up of kysely`
  },
}

function isOwn(text: string): boolean {
  return (
    /\bup\b/.test(text) &&
    /['"]kysely['"]|\.execute\(/.test(text) &&
    !/\bknex\b|\bextends\s+Migration\b/.test(text)
  )
}

/** Whether a file exports an object of migrations, each by its name: written in it, or imported from files beside it. */
function exportsAll({ names, isLikely, read }: FolderListing, name: string): boolean {
  if (!isLikely && !/migrat/i.test(name)) return false
  const text = withoutComments(read(name))
  if (!/\b(?:export\s+default|exports?\b[^={}]*=|export\s+const\b[^={}]*=)\s*\{/.test(text)) return false
  if (/['"\w]\s*:\s*\{\s*(?:async\s+)?up\b/.test(text)) return isOwn(text)
  const imported = [...text.matchAll(/\b(?:from\s*|require\(\s*)['"]\.\/([^'"]+)['"]/g)].map(
    ([, path = '']) => path,
  )
  return names
    .filter((own) => own !== name && isCodeFile(own))
    .some((own) => imported.some((path) => stemOf(own) === stemOf(path)) && isOwn(read(own)))
}

function stemOf(name: string): string {
  return name.replace(/\.[cm]?[jt]s$/, '')
}
