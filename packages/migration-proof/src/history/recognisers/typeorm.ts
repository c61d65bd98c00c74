import { findCode, type Recogniser } from './recogniser.ts'

export const typeorm: Recogniser = {
  tool: 'typeorm',
  call: 'typeorm',
  packages: ['typeorm'],
  tables: [{ name: 'migrations', columns: ['id', 'name', 'timestamp'] }],
  configs: [],
  form: 'own',
  holds: (folder) => {
    const isOwn = (text: string) => /\bclass\s+\w*\d{13}\b/.test(text) && /\bup\b/.test(text)
    const found = findCode(folder, isOwn)
    return found === undefined ? null : `${found} with a class of TypeORM`
  },
}
