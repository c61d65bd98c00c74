import { isCodeFile, type Recogniser } from './recogniser.ts'

export const umzug: Recogniser = {
  tool: 'umzug',
  call: 'umzug',
  packages: ['umzug'],
  tables: [],
  configs: [],
  form: 'own',
  holds: ({ names, read }) => {
    const isOwn = (text: string) =>
      /['"]umzug['"]/.test(text) && /\bnew\s+Umzug\b/.test(text) && /\bexports?\b/.test(text)
    const file = names.filter(isCodeFile).find((name) => isOwn(read(name)))
    return file === undefined ? null : { file, what: 'exports an Umzug' }
  },
}
