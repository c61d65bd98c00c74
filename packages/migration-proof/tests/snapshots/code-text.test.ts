// Goal: how code is written is no edit of it, and whatever it does is.
import { describe, expect, it } from 'vitest'
import { normaliseCode } from '../../src/snapshots/code-text.ts'

const code = `import type { Migration } from '../migration.ts'

// Adds tags.
export const v2: Migration = {
  version: 2,
  up: (database) => {
    for (const { id, text } of database.all("SELECT * FROM note")) {
      const words = text.split(/[\\s'"/]+/g).filter((word) => word !== '')
      database.exec(\`INSERT INTO tag VALUES (\${id / 2}, '// \${words[0]}')\`)
    }
  },
  dataChanges: [{ table: 'tag', rowsAdded: true, reason: 'tags, and more' }],
}
`

describe('code', () => {
  it.for([
    ['comments', (text: string) => text.replace('// Adds tags.', '/* Some tags. */')],
    ['white space', (text: string) => text.replaceAll(/\n {2,}/g, '\n\t')],
    ['quotes', (text: string) => text.replace('"SELECT * FROM note"', "'SELECT * FROM note'")],
    ['semicolons', (text: string) => text.replaceAll(')\n', ');\n')],
    ['a last comma', (text: string) => text.replace("more' }]", "more', },]")],
    ['imports of types', (text: string) => text.replace('../migration.ts', 'a-package')],
    ['changes of data', (text: string) => text.replace('tags, and more', 'others')],
  ] as const)('with other %s is the same', ([, rewrite]) => {
    expect(rewrite(code)).not.toBe(code)
    expect(normaliseCode(rewrite(code))).toBe(normaliseCode(code))
  })

  it.for([
    ['id / 2', 'id / 3'],
    ['[0]', '[1]'],
    ["'// ${words", "'//  ${words"],
    [`'"/]+/g`, `'"/]+/`],
    ["!== ''", "!== ' '"],
    ['(word) => word', '(word) => !word'],
    ['SELECT * FROM note', 'SELECT *  FROM note'],
  ] as const)('that does something else is another one: %s', ([before, after]) => {
    expect(code).toContain(before)
    expect(normaliseCode(code.replace(before, after))).not.toBe(normaliseCode(code))
  })
})
