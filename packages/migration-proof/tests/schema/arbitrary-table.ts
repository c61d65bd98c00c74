import fc from 'fast-check'
import { quoteName } from '../../src/sql/names.ts'

/** A part of a statement: a keyword and a name can be written in several ways, anything else in one. */
type Piece = { readonly keyword: string } | { readonly name: string } | { readonly text: string }

const keyword = (word: string): Piece => ({ keyword: word })
const name = (text: string): Piece => ({ name: text })
const text = (sql: string): Piece => ({ text: sql })

/** `NOT NULL` as pieces. */
function keywords(words: string): Piece[] {
  return words
    .split(' ')
    .filter((word) => word !== '')
    .map(keyword)
}

const columnNames = ['a', 'B_1', 'key', 'match', 'order', 'Größe', 'two words', 'quo"te', '日本']
const typeNames = ['', 'TEXT', 'INTEGER', 'VARCHAR(10)', 'BIG INT']
const literals = [`'A b'`, `'it''s'`, `'-- none'`, `x'00ff'`, '1', '1.5e3', '0x1F', `'/*'`]
const conflicts = ['ABORT', 'IGNORE', 'REPLACE', 'FAIL', 'ROLLBACK']

const anyLiteral = fc.constantFrom(...literals).map(text)
const anyName = fc.option(
  fc.constantFrom('one', 'Two', 'check').map((label) => [keyword('CONSTRAINT'), name(label)]),
  { nil: [] },
)

function anyExpression(columns: readonly string[]): fc.Arbitrary<Piece[]> {
  const column = fc.constantFrom(...columns)
  return fc.oneof(
    fc.tuple(column, anyLiteral).map(([of, literal]) => [name(of), text('>'), literal]),
    fc
      .tuple(column, anyLiteral)
      .map(([of, literal]) => [name(of), keyword('IN'), text('('), literal, text(')')]),
    fc
      .tuple(column, column)
      .map(([one, other]) => [text('length('), name(one), text(')'), text('<>'), name(other)]),
    column.map((of) => [
      name(of),
      ...keywords('IS NOT NULL AND NOT'),
      text('('),
      name(of),
      text('->>'),
      text(`'$.a'`),
      text(')'),
    ]),
  )
}

/** Clauses of one column, each at most once, in any order. */
function anyClauses(column: string, anyConflict: fc.Arbitrary<Piece[]>): fc.Arbitrary<Piece[]> {
  const clauses = [
    anyConflict.map((conflict) => [...keywords('NOT NULL'), ...conflict]),
    anyConflict.map((conflict) => [keyword('UNIQUE'), ...conflict]),
    anyLiteral.map((literal) => [keyword('DEFAULT'), literal]),
    anyLiteral.map((literal) => [keyword('DEFAULT'), text('('), literal, text(')')]),
    fc.constantFrom('NOCASE', 'RTRIM', 'BINARY').map((collation) => [keyword('COLLATE'), name(collation)]),
    anyExpression([column]).map((expression) => [keyword('CHECK'), text('('), ...expression, text(')')]),
    anyReference,
  ].map((clause) => fc.tuple(anyName, clause).map(([label, pieces]) => [...label, ...pieces]))
  return fc
    .tuple(...clauses)
    .chain((all) => fc.shuffledSubarray(all, { maxLength: 4 }))
    .map((chosen) => chosen.flat())
}

const anyReference = fc
  .tuple(
    fc.constantFrom('', 'ON DELETE CASCADE', 'ON DELETE SET NULL ON UPDATE RESTRICT', 'MATCH FULL'),
    fc.constantFrom('', 'NOT DEFERRABLE', 'DEFERRABLE', 'DEFERRABLE INITIALLY DEFERRED'),
  )
  .map(([actions, deferrable]) => [
    keyword('REFERENCES'),
    name('parent'),
    text('('),
    name('id'),
    text(')'),
    ...keywords(actions),
    ...keywords(deferrable),
  ])

function anyColumn(column: string, anyConflict: fc.Arbitrary<Piece[]>): fc.Arbitrary<Piece[]> {
  return fc
    .tuple(fc.constantFrom(...typeNames), anyClauses(column, anyConflict))
    .map(([type, clauses]) => [name(column), text(type), ...clauses])
}

function anyTableConstraint(
  columns: readonly string[],
  anyConflict: fc.Arbitrary<Piece[]>,
): fc.Arbitrary<Piece[]> {
  const list = fc.shuffledSubarray([...columns], { minLength: 1 }).map((chosen) => chosen.map(name))
  const listed = list.map((names) => [text('('), ...joined(names.map((piece) => [piece])), text(')')])
  const constraint = fc.oneof(
    fc.tuple(listed, anyConflict).map(([names, conflict]) => [keyword('UNIQUE'), ...names, ...conflict]),
    anyExpression(columns).map((expression) => [keyword('CHECK'), text('('), ...expression, text(')')]),
  )
  return fc.tuple(anyName, constraint).map(([label, pieces]) => [...label, ...pieces])
}

function joined(lists: readonly (readonly Piece[])[]): Piece[] {
  return lists.flatMap((list, place) => (place === 0 ? list : [text(','), ...list]))
}

/** SQLite refuses two conflict clauses for the same columns, so that a table has one kind, or none. */
const anyConflictOfTable = fc
  .constantFrom(...conflicts)
  .map((resolution) => fc.constantFrom('', `ON CONFLICT ${resolution}`).map(keywords))

/** A CREATE TABLE that SQLite takes, in pieces. */
export const anyTable: fc.Arbitrary<Piece[]> = fc
  .tuple(fc.shuffledSubarray(columnNames, { minLength: 1, maxLength: 4 }), anyConflictOfTable)
  .chain(([columns, anyConflict]) =>
    fc.tuple(
      fc.tuple(...columns.map((column) => anyColumn(column, anyConflict))),
      fc.array(anyTableConstraint(columns, anyConflict), { maxLength: 2 }),
    ),
  )
  .map(([columns, constraints]) => [
    ...keywords('CREATE TABLE'),
    name('child'),
    text('('),
    ...joined([...columns, ...constraints]),
    text(')'),
  ])

/** Numbers by which `writeSql` chooses among the ways to write a piece. */
export const anyChoices = fc.array(fc.nat(99), { minLength: 8, maxLength: 40 })

const spaces = [' ', '  ', '\n', '\t', ' -- a note\n', ' /* a note */ ', '\r\n']

/** Writes the pieces as SQL: plainly, or in a way that the choices pick. */
export function writeSql(pieces: readonly Piece[], choices: readonly number[] = [0]): string {
  const choose = <Item>(items: readonly [Item, ...Item[]] | readonly Item[], place: number) =>
    items[(choices[place % choices.length] ?? 0) % items.length]
  return pieces
    .map((piece, place) => {
      if ('text' in piece) return piece.text + choose(spaces, place)
      const ways = 'keyword' in piece ? waysOfKeyword(piece.keyword) : waysOfName(piece.name)
      return `${choose(ways, place)}${choose(spaces, place + 1)}`
    })
    .join('')
}

function waysOfKeyword(word: string): string[] {
  return [word, word.toLowerCase(), word.charAt(0) + word.slice(1).toLowerCase()]
}

function waysOfName(word: string): string[] {
  const quoted = [quoteName(word), `[${word}]`, `\`${word}\``]
  const other = word.replace(/[a-z]/g, (letter) => letter.toUpperCase())
  return /^[A-Za-z_]\w*$/.test(word) && word !== 'order' && word !== 'check'
    ? [word, ...quoted, other, quoteName(other)]
    : [...quoted, quoteName(other)]
}
