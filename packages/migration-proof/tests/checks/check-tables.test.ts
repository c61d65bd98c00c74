// Goal: a table that cannot be as it is declared is named, with the field, before anything is tried with it.
import { describe, expect, it } from 'vitest'
import { type ColumnDeclaration, TableDeclarationError } from '../../src/index.ts'
import { checkTables } from '../../src/proof/check-tables.ts'

const columns: Readonly<Record<string, ColumnDeclaration>> = {
  id: { type: 'INTEGER' },
  owner: { type: 'INTEGER' },
  until: { type: 'INTEGER' },
}
const note = { name: 'note', since: 1, columns, key: ['id'] }

/** Each row: what is declared beside or in place of the fields of a table that is right, and what is said of it. */
const mistakes: readonly (readonly [fields: object, says: RegExp])[] = [
  [{ name: undefined }, /^tables\[0\]\.name: expected a string, found nothing;/],
  [{ since: '1' }, /^tables\[0\]\.since \(note\): expected a number, found a string;/],
  [
    { foreignKey: [] },
    /^tables\[0\] \(note\): .+ found unknown key `foreignKey`; did you mean `foreignKeys`\?$/,
  ],
  [{ columns: ['id'] }, /^tables\[0\]\.columns \(note\): expected an object, found an array;/],
  [{ columns: { id: 'INTEGER' } }, /^tables\[0\]\.columns\.id \(note\): expected an object, found a string;/],
  [
    { columns: { id: { type: 'TEXT', nullable: false } } },
    /^tables\[0\]\.columns\.id \(note\): .+ found unknown key `nullable`;/,
  ],
  [
    { columns: { id: { type: 'TEXT', values: 'second' } } },
    /^tables\[0\]\.columns\.id\.values \(note\): expected an array, 'seconds',/,
  ],
  [
    { changes: [{ since: 2, colums: {} }] },
    /^tables\[0\]\.changes\[0\] \(note\): .+ did you mean `columns`\?$/,
  ],
  [
    { changes: [{ since: 2, columns: { id: {} } }] },
    /^tables\[0\]\.changes\[0\]\.columns\.id\.type \(note\): expected a string, found nothing;/,
  ],
  [{ key: [1] }, /^tables\[0\]\.key \(note\): expected an array of strings, found an array;/],
  [
    { unique: ['id'] },
    /^tables\[0\]\.unique \(note\): expected an array of arrays of strings, found an array;/,
  ],
  [
    { indexes: { by_id: [1] } },
    /^tables\[0\]\.indexes\.by_id \(note\): expected an array of strings, found an array;/,
  ],
  [
    { indexes: { by_id: 'id' } },
    /^tables\[0\]\.indexes\.by_id \(note\): expected an object, found a string;/,
  ],
  [
    { indexes: { by_id: { columns: [1] } } },
    /^tables\[0\]\.indexes\.by_id\.columns \(note\): expected an array of strings,/,
  ],
  [
    { expiry: { column: 'until' } },
    /^tables\[0\]\.expiry\.index \(note\): expected a string, found nothing;/,
  ],
  [
    { expiry: { column: 'until', index: 'a', indx: 1 } },
    /^tables\[0\]\.expiry \(note\): .+ found unknown key `indx`; did you mean `index`\?$/,
  ],
  [
    { foreignKeys: [{ columns: ['id'], parent: 'note', onDelete: 'cascade' }] },
    /^tables\[0\]\.foreignKeys\[0\]\.onDelete \(note\): expected 'NO ACTION', 'RESTRICT', .+ found a string;/,
  ],
  [
    { references: [{ columns: [1], parent: 'note' }] },
    /^tables\[0\]\.references\[0\]\.columns \(note\): expected an array of strings, found an array;/,
  ],
  [
    { checks: [{ sql: 'id > 1', holds: () => true, refuses: [1] }] },
    /^tables\[0\]\.checks\[0\]\.refuses \(note\): expected an array of rows, found an array;/,
  ],
  [
    { columns: { id: { type: 'TEXT', examples: [1] } } },
    /^tables\[0\]\.columns\.id\.examples \(note\): expected an array of strings, found an array;/,
  ],
  [
    { columns: { id: { type: 'TEXT', default: { sql: 'a()', vale: 1 } } } },
    /^tables\[0\]\.columns\.id\.default \(note\): .+ found unknown key `vale`; did you mean `value`\?$/,
  ],
  [
    { columns: { id: { type: 'TEXT', default: { sql: 'a()' } } } },
    /^tables\[0\]\.columns\.id\.default \(note\): expected either value or at, found neither;/,
  ],
  [
    { since: 4 },
    /^tables\[0\] \(note\): expected versions up to 3, .+, found version 4; add the line of v4 to `migrations`/,
  ],
  [
    { since: 2, until: 2 },
    /^tables\[0\] \(note\): expected since, changes and until in the order .+ found 2, 2;/,
  ],
  [{ changes: [{ since: 3 }, { since: 2 }] }, /found 1, 3, 2;/],
  [{ key: ['ID'] }, /^tables, note of v1: expected a column ID, found none;/],
  [
    { foreignKeys: [{ columns: ['id'] }] },
    /^tables\[0\]\.foreignKeys\[0\]\.parent \(note\): expected a string, found nothing;/,
  ],
  [{ foreignKeys: [{ columns: ['id'], parent: 'note', ondelete: 'CASCADE' }] }, /did you mean `onDelete`\?$/],
  [
    { checks: [{ sql: 'id > 1', refuses: [] }] },
    /^tables\[0\]\.checks\[0\]\.holds \(note\): expected a function, found nothing;/,
  ],
  [
    { indexes: { by_id: { column: 'id' } } },
    /^tables\[0\]\.indexes\.by_id \(note\): .+ did you mean `columns`\?$/,
  ],
  [
    { indexes: { one: { columns: ['owner'], unique: true, where: 'id > 1' } } },
    /^tables, note of v1, one: expected an identity/,
  ],
  [{ unique: [['id', 'no']] }, /expected a column no, found none;/],
  [{ indexes: { by_no: ['no DESC'] } }, /expected a column no, found none;/],
  [
    { columns: { ...columns, owner: { type: 'INTEGER', until: 3 } }, unique: [['owner']] },
    /^tables, note of v3:/,
  ],
  [
    { foreignKeys: [{ columns: ['owner'], parent: 'person' }] },
    /^tables, note of v1: expected the table person, to which it refers, found none;/,
  ],
  [
    {
      references: [{ columns: ['owner'], parent: 'note' }],
      changes: [{ since: 2, references: [{ columns: ['owner'], parent: 'note', parentColumns: ['no'] }] }],
    },
    /^tables, note of v2: expected a column no of note, to which it refers, found none;/,
  ],
  [
    { expiry: { column: 'until', index: 'note_until' } },
    /expected the index note_until, which serves its expiry/,
  ],
  [
    { checks: [{ sql: 'no = 1', holds: () => true, refuses: [{ no: 2n }] }] },
    /expected a column no, found none;/,
  ],
]

describe('the declaration of a table', () => {
  it.for(mistakes)('%o is refused, by the name of the field', ([fields, says]) => {
    const check = () => checkTables([Object.assign({}, note, fields)], 3)
    expect(check).toThrow(TableDeclarationError)
    expect(check).toThrow(says)
  })

  it('stands once for each version', () => {
    expect(() => checkTables([note, { ...note, since: 2 }], 3)).toThrow(
      /^tables, note of v2: expected one declaration of a version, found more than one;/,
    )
    expect(() =>
      checkTables(
        [
          { ...note, until: 2 },
          { ...note, since: 3 },
        ],
        3,
      ),
    ).not.toThrow()
  })

  it('may hold all that a table can have', () => {
    const full = {
      ...note,
      indexes: { note_until: ['until'], by_word: { columns: ['expression', 'id DESC'], where: 'id > 1' } },
      foreignKeys: [{ columns: ['owner'], parent: 'note', parentColumns: ['id'] }],
      expiry: { column: 'until', index: 'note_until' },
      changes: [{ since: 3, columns: { more: { type: 'TEXT', secret: true } }, unique: [['more']] }],
    }
    expect(() => checkTables([full], 3)).not.toThrow()
  })
})
