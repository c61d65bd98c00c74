import { findMarked, type Recogniser } from './recogniser.ts'

export const goose: Recogniser = {
  tool: 'goose',
  call: 'goose',
  packages: [],
  tables: [{ name: 'goose_db_version' }],
  configs: [],
  form: 'own',
  holds: (folder) => {
    const found = findMarked(folder, /^--\s*\+goose\s+Up\s*$/im)
    return found === undefined ? null : `${found} with \`-- +goose Up\``
  },
}
