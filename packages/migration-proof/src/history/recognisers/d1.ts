import {
  type NamedFolder,
  optionsOf,
  type Recogniser,
  readLiteral,
  withoutComments,
  withoutHashComments,
} from './recogniser.ts'

export const d1: Recogniser = {
  tool: 'd1',
  call: 'd1',
  packages: ['wrangler'],
  tables: [{ name: 'd1_migrations' }],
  configs: [
    { file: /(?:^|\/)wrangler\.jsonc?$/, read: (text) => readDatabases(withoutComments(text)) },
    { file: /(?:^|\/)wrangler\.toml$/, read: (text) => readDatabases(withoutHashComments(text)) },
  ],
  form: 'shared',
  holds: ({ names }) => names.find((name) => name.endsWith('.sql')) ?? null,
}

/** Each database is an object of JSON, or a part of TOML under its own heading. */
function readDatabases(text: string): NamedFolder[] {
  const databases = text.split(/[{}]|^\s*\[/m).filter((part) => /\bdatabase_(?:id|name)\b/.test(part))
  return databases.map((part) => ({
    folder: readLiteral(part, 'migrations_dir') ?? 'migrations',
    ...optionsOf({ table: readLiteral(part, 'migrations_table') }),
  }))
}
