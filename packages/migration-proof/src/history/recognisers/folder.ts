import type { Recogniser } from './recogniser.ts'

export const folder: Recogniser = {
  tool: 'folder',
  call: 'sqlFolder',
  packages: [],
  tables: [],
  configs: [],
  form: 'plain',
  holds: ({ names, isLikely }) => {
    const files = names.filter((name) => name.endsWith('.sql'))
    const [first] = files
    const isNumbered = files.every((name) => /^[vV]?\d/.test(name))
    return first === undefined || !(isNumbered || isLikely) ? null : first
  },
}
