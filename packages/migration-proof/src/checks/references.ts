import { countOf } from '../count.ts'
import type { DataChange } from '../migrator/migration.ts'
import { type Evidence, makeProblem, type Problem } from '../problem.ts'
import { tablesAt } from '../proof/facts-at.ts'
import type { Suite } from '../proof/suite.ts'
import { literalOf, shorten } from '../rows/requirements.ts'
import type { Connection, SqlRow, SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { type Check, type CheckOutcome, notApplicable } from './check.ts'
import { namedRowsLimit, quoteText } from './rows/model.ts'
import { withOriginal } from './rows/prove-rows-kept.ts'
import { followChanges, type Survivor } from './rows/survivors.ts'
import { listSchema, readTableShape, type SchemaList, type TableShape } from './rows/table-shape.ts'
import type { FileSubject } from './subject.ts'

/**
 * A migration that numbers parents again, and leaves what their children hold, gives every child another parent: no pragma
 * says so, and the comparison of rows leaves out what is declared to change. So each child and its parent are recognised by
 * what did not change of them.
 */
export const references: Check = {
  name: 'references',
  proves: 'has for each row the parent that it had, where a migration changes keys or foreign keys',
  needs: 'file',
  run: (subject) => {
    const { upgraded, target, way } = subject
    const found = compareAt(subject, upgraded, target)
    if (found.problems.length === 0 || way === undefined) return found
    // Another copy shows which migration did it, and values, where they are synthetic.
    for (let version = way.from + 1; version <= target; version += 1) {
      const { problems } = way.visit(version, (copy) => compareAt(subject, copy, version, true))
      if (problems.length > 0) return { ...found, problems: [...problems, ...withoutKnown(found, problems)] }
    }
    return found
  },
}

function withoutKnown({ problems }: CheckOutcome, known: readonly Problem[]): Problem[] {
  const children = new Set(known.map(({ subject }) => foldName(subject.table ?? '')))
  return problems.filter(({ subject }) => !children.has(foldName(subject.table ?? '')))
}

/** Columns of a table that name a row of another. */
export interface Reference {
  readonly child: string
  readonly columns: readonly string[]
  readonly parent: string
  readonly parentColumns: readonly string[]
}

/** The references of a version that its tables declare without a foreign key. */
export function declaredReferences({ facts }: Suite, version: number): Reference[] {
  return tablesAt(facts.tables, version).flatMap(({ name, references = [] }) =>
    references.map(({ columns, parent, parentColumns = columns }) => ({
      child: name,
      columns,
      parent,
      parentColumns,
    })),
  )
}

/** A reference, before and after. */
interface FollowedReference {
  readonly before: Reference
  readonly after: Reference
  readonly child: Survivor
  readonly parent: Survivor
}

/** Both sides of an upgrade. */
interface Sides {
  readonly connection: Connection
  readonly listBefore: SchemaList
  readonly listAfter: SchemaList
  readonly survivors: readonly Survivor[]
  readonly hidesValues: boolean
}

function compareAt(
  subject: FileSubject,
  connection: Connection,
  version: number,
  isOnWay = false,
): CheckOutcome {
  const { suite, from, original } = subject
  const changes = changesOf(suite, from, version)
  return withOriginal(connection, original(), (schema) => {
    const keysBefore = readForeignKeys(connection, schema)
    const keysAfter = readForeignKeys(connection, 'main')
    if (changes.length === 0 && JSON.stringify(keysBefore) === JSON.stringify(keysAfter)) return unchanged
    const sides = readSides(connection, schema, changes, subject.hidesValues)
    const known = {
      before: [...keysBefore, ...declaredReferences(suite, from)],
      after: [...keysAfter, ...declaredReferences(suite, version)],
    }
    const before = [...known.before, ...guessReferences(sides, known.before)]
    const changed = followReferences(sides, before, known.after).filter(isChanged)
    return changed.length === 0 ? unchanged : compare(sides, changed, isOnWay ? version : null)
  })
}

const unchanged = notApplicable('no migration changes a key or a foreign key')

function readSides(
  connection: Connection,
  schema: string,
  changes: readonly DataChange[],
  hidesValues = false,
): Sides {
  const listBefore = listSchema(connection, schema)
  const tables = [...listBefore.tables.values()].filter(({ isVirtual }) => !isVirtual)
  const names = tables.map(({ name }) => name)
  return {
    connection,
    listBefore,
    listAfter: listSchema(connection, 'main'),
    survivors: followChanges(names, changes),
    hidesValues,
  }
}

/** Those of all tables of an attached database, in the order of their names. */
function readForeignKeys(connection: Connection, schema: string): Reference[] {
  const rows = connection.all(
    `SELECT m.name AS child, f.id, f."table" AS parent, f."from" AS child_column, f."to" AS parent_column
     FROM ${quoteName(schema)}.sqlite_master AS m, pragma_foreign_key_list(m.name, ?) AS f
     WHERE m.type = 'table' ORDER BY m.name, f.id DESC, f.seq`,
    [schema],
  )
  return groupBy(rows, ({ child, id }) => JSON.stringify([child, String(id)])).map((group): Reference => {
    const [first] = group
    const parent = String(first.parent)
    const named = group.flatMap(({ parent_column: name }) => (name === null ? [] : [String(name)]))
    return {
      child: String(first.child),
      columns: group.map((row) => String(row.child_column)),
      parent,
      parentColumns: named.length === group.length ? named : readKey(connection, schema, parent),
    }
  })
}

type Group<Item> = readonly [Item, ...Item[]]

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Group<Item>[] {
  const groups = new Map<string, [Item, ...Item[]]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return [...groups.values()]
}

/** The columns of the primary key. */
function readKey(connection: Connection, schema: string, table: string): string[] {
  return connection
    .all('SELECT name FROM pragma_table_info(?, ?) WHERE pk > 0 ORDER BY pk', [table, schema])
    .map(({ name }) => String(name))
}

/**
 * Columns that nothing declares to be references, but which are called like one, as `owner_id` beside a table `owner` or
 * `owners`, and hold nothing but keys of that table.
 */
function guessReferences({ connection, listBefore }: Sides, known: readonly Reference[]): Reference[] {
  const { schema, tables } = listBefore
  return [...tables.values()]
    .filter(({ isVirtual }) => !isVirtual)
    .flatMap(({ name: child }) =>
      readTableShape(connection, listBefore, child).columns.flatMap(({ name: column }): Reference[] => {
        const [, stem = ''] = /^(.+?)_?id$/i.exec(column) ?? []
        const isKnown = known.some(
          (one) => foldName(one.child) === foldName(child) && hasName(one.columns, column),
        )
        if (stem === '' || isKnown) return []
        const names = [stem, `${stem}s`, `${stem}es`, stem.replace(/y$/i, 'ies')].map(foldName)
        const parent = names.flatMap((name) => tables.get(name) ?? []).find(({ isVirtual }) => !isVirtual)
        const key = parent === undefined ? [] : readKey(connection, schema, parent.name)
        if (parent === undefined || key.length !== 1) return []
        const reference = { child, columns: [column], parent: parent.name, parentColumns: key }
        return countOrphans(connection, schema, reference) === 0 ? [reference] : []
      }),
    )
}

/** How many rows of the child name a parent that is not there. */
export function countOrphans(connection: Connection, schema: string, reference: Reference): number {
  const [row] = connection.all(`SELECT count(*) AS n ${fromOrphans(schema, reference)}`)
  return Number(row?.n)
}

/** The references whose tables and columns are in the upgraded database. */
export function presentReferences(connection: Connection, given: readonly Reference[]): Reference[] {
  const list = listSchema(connection, 'main')
  return given.filter((reference) =>
    exists({ connection, listAfter: list, listBefore: list }, 'after', reference),
  )
}

/** The first of these rows in the upgraded database, by their rowids. */
export function orphansOf(connection: Connection, reference: Reference): string[] {
  const { rowid } = readTableShape(connection, listSchema(connection, 'main'), reference.child)
  if (rowid === null) return []
  const sql = `SELECT c.${quoteName(rowid)} AS number ${fromOrphans('main', reference)} LIMIT ${namedRowsLimit}`
  return connection.all(sql).map(({ number }) => `rowid ${number}`)
}

function fromOrphans(schema: string, { child, columns, parent, parentColumns }: Reference): string {
  const isGiven = columns.map((column) => `c.${quoteName(column)} IS NOT NULL`).join(' AND ')
  const table = (name: string) => `${quoteName(schema)}.${quoteName(name)}`
  return `FROM ${table(child)} AS c WHERE ${isGiven}
    AND NOT EXISTS (SELECT 1 FROM ${table(parent)} AS p WHERE ${joinOf('c', columns, 'p', parentColumns)})`
}

/** The collation is that of the parent's column, as in a foreign key: https://www.sqlite.org/foreignkeys.html */
function joinOf(
  child: string,
  columns: readonly string[],
  parent: string,
  parentColumns: readonly string[],
): string {
  return columns
    .map((column, index) => {
      return `${parent}.${quoteName(parentColumns[index] ?? column)} = ${child}.${quoteName(column)}`
    })
    .join(' AND ')
}

/** Each reference of either side that has a counterpart on the other. */
function followReferences(
  sides: Sides,
  before: readonly Reference[],
  after: readonly Reference[],
): FollowedReference[] {
  const left = new Set(after)
  const followed = before.flatMap((reference): FollowedReference[] => {
    const child = findSurvivor(sides, reference.child)
    const parent = findSurvivor(sides, reference.parent)
    if (child === null || parent === null || !exists(sides, 'before', reference)) return []
    const same: Reference = {
      child: child.nameAfter,
      columns: reference.columns.map((column) => child.nameOfColumn(column)),
      parent: parent.nameAfter,
      parentColumns: reference.parentColumns.map((column) => parent.nameOfColumn(column)),
    }
    const ofChild = [...left].filter((one) => foldName(one.child) === foldName(same.child))
    const toParent = ofChild.filter((one) => foldName(one.parent) === foldName(same.parent))
    const next =
      toParent.find((one) => isSameList(one.columns, same.columns)) ??
      ofChild.find((one) => isSameList(one.columns, same.columns)) ??
      (hasColumns(sides, 'after', same.child, same.columns) ? undefined : toParent[0]) ??
      same
    left.delete(next)
    return exists(sides, 'after', next) ? [{ before: reference, after: next, child, parent }] : []
  })
  const added = [...left].filter((reference) => exists(sides, 'after', reference))
  return [...followed, ...added.flatMap((reference) => followBack(sides, reference))]
}

/** What a reference was before an upgrade; null where its tables or columns were not there. */
export function referenceBefore(
  { suite, from, target, upgraded }: FileSubject,
  schema: string,
  reference: Reference,
): Reference | null {
  const sides = readSides(upgraded, schema, changesOf(suite, from, target))
  return followBack(sides, reference)[0]?.before ?? null
}

/** What migrations declare to change, in their order. */
export function changesOf({ plan }: Suite, from: number, target: number): readonly DataChange[] {
  return plan.migrations.slice(from, target).flatMap(({ dataChanges = [] }) => dataChanges)
}

/** A reference of the version after whose columns were there before. */
function followBack(sides: Sides, after: Reference): FollowedReference[] {
  const child = sides.survivors.find(({ nameAfter }) => foldName(nameAfter) === foldName(after.child))
  const parent = sides.survivors.find(({ nameAfter }) => foldName(nameAfter) === foldName(after.parent))
  if (child === undefined || parent === undefined) return []
  const before: Reference = {
    child: child.table,
    columns: namesBefore(sides, child, after.columns),
    parent: parent.table,
    parentColumns: namesBefore(sides, parent, after.parentColumns),
  }
  const isWhole =
    before.columns.length === after.columns.length &&
    before.parentColumns.length === after.parentColumns.length
  return isWhole ? [{ before, after, child, parent }] : []
}

function namesBefore(
  { connection, listBefore }: Sides,
  survivor: Survivor,
  columns: readonly string[],
): string[] {
  const shape = readTableShape(connection, listBefore, survivor.table)
  return columns.flatMap((column) => {
    const found = shape.columns.find(({ name }) => foldName(survivor.nameOfColumn(name)) === foldName(column))
    return found === undefined ? [] : [found.name]
  })
}

function findSurvivor({ survivors }: Sides, table: string): Survivor | null {
  return survivors.find((survivor) => foldName(survivor.table) === foldName(table)) ?? null
}

function exists(
  sides: Omit<Sides, 'survivors' | 'hidesValues'>,
  side: 'before' | 'after',
  reference: Reference,
): boolean {
  const { child, columns, parent, parentColumns } = reference
  return hasColumns(sides, side, child, columns) && hasColumns(sides, side, parent, parentColumns)
}

function hasColumns(
  sides: Omit<Sides, 'survivors' | 'hidesValues'>,
  side: 'before' | 'after',
  table: string,
  columns: readonly string[],
): boolean {
  const list = side === 'before' ? sides.listBefore : sides.listAfter
  const found = list.tables.get(foldName(table))
  if (found === undefined || found.isVirtual) return false
  const shape = readTableShape(sides.connection, list, found.name)
  return columns.every((column) => shape.columns.some(({ name }) => foldName(name) === foldName(column)))
}

function isSameList(left: readonly string[], right: readonly string[]): boolean {
  return (
    left.length === right.length &&
    left.every((name, index) => foldName(name) === foldName(right[index] ?? ''))
  )
}

function hasName(names: readonly string[], name: string): boolean {
  return names.some((other) => foldName(other) === foldName(name))
}

/**
 * Whether children may have got other parents: the key is another one, or its values may change, or those of the children
 * may, and no expression says how.
 */
function isChanged({ before, after, child, parent }: FollowedReference): boolean {
  return (
    isRedefined({ before, after, child, parent }) ||
    mayRenumber({ before, parent }) ||
    before.columns.some((column) => child.isUnsaid(column))
  )
}

function isRedefined({ before, after, child, parent }: FollowedReference): boolean {
  const isSameColumn = (survivor: Survivor, from: readonly string[], to: readonly string[]) =>
    isSameList(
      from.map((column) => survivor.nameOfColumn(column)),
      to,
    )
  return (
    foldName(parent.nameAfter) !== foldName(after.parent) ||
    !isSameColumn(child, before.columns, after.columns) ||
    !isSameColumn(parent, before.parentColumns, after.parentColumns)
  )
}

function mayRenumber({ before, parent }: Pick<FollowedReference, 'before' | 'parent'>): boolean {
  return (
    parent.freeBecause !== null || before.parentColumns.some((column) => parent.columnAfter(column) === null)
  )
}

/** A column by its names before and after. */
interface KeptColumn {
  readonly before: string
  readonly after: string
}

/** A reference that can be compared: how a child and its parent are recognised. */
interface ComparedReference extends FollowedReference {
  /** Columns of the parent. */
  readonly known: readonly KeptColumn[]
  /** Columns of the child. */
  readonly own: readonly KeptColumn[]
}

function compare(sides: Sides, changed: readonly FollowedReference[], version: number | null): CheckOutcome {
  const recognised = changed.map((reference) => ({
    reference,
    known: recogniseParent(sides, reference),
    own: recogniseChild(sides, reference),
  }))
  const comparable = recognised.flatMap(({ reference, known, own }): ComparedReference[] =>
    known === null ? [] : [{ ...reference, known, own }],
  )
  const unproven = recognised.flatMap(({ reference, known, own }) => {
    const reason =
      known === null
        ? `nothing of ${reference.parent.table} stays the same`
        : whyVacuous(sides, { ...reference, known, own })
    return reason === null ? [] : [`${nameReference(reference.before)}: ${reason}`]
  })
  const problems = groupBy(comparable, ({ before }) => foldName(before.child)).flatMap((ofChild) =>
    findProblems(sides, ofChild, version),
  )
  const count = countOf(changed.length - unproven.length, 'reference')
  if (unproven.length === changed.length && problems.length === 0) return notApplicable(unproven.join('; '))
  return {
    detail: [`the same parents by ${count}`, ...unproven].join('; '),
    problems,
    ...(unproven.length === 0 ? {} : { lacking: unproven.join('; ') }),
  }
}

export function nameReference({ child, columns, parent }: Reference): string {
  return `${child} (${columns.join(', ')}) → ${parent}`
}

/** A table takes 2000 columns at most in a result: https://www.sqlite.org/limits.html */
const mostColumns = 200

/** The columns of the parent that did not change, but for the key itself; null where there are none. */
function recogniseParent(sides: Sides, reference: FollowedReference): readonly KeptColumn[] | null {
  const { before, after, parent } = reference
  const isFree = parent.freeBecause !== null || foldName(parent.nameAfter) !== foldName(after.parent)
  const kept = keptColumns(sides, parent, after.parent, isFree)
  const others = kept.filter(
    (column) => !(hasName(before.parentColumns, column.before) && hasName(after.parentColumns, column.after)),
  )
  if (others.length > 0) return others
  const key = kept.filter((column) => hasName(before.parentColumns, column.before))
  return !mayRenumber(reference) && key.length === before.parentColumns.length ? key : null
}

/** The key of the child that stays, or else all of it that did not change. */
function recogniseChild(sides: Sides, { before, after, child }: FollowedReference): readonly KeptColumn[] {
  const isFree = child.freeBecause !== null
  const kept = keptColumns(sides, child, after.child, isFree).filter(
    (column) => !(hasName(before.columns, column.before) && hasName(after.columns, column.after)),
  )
  if (isFree) return kept
  const shape = readTableShape(sides.connection, sides.listBefore, child.table)
  const keys = [
    ...(shape.rowidColumn === null ? [] : [[shape.rowidColumn]]),
    ...shape.uniqueKeys.map(({ columns }) => columns.map(({ name }) => name)),
  ]
  const names = kept.map((column) => column.before)
  const key = keys.find((columns) => columns.every((column) => hasName(names, column)))
  return key === undefined ? kept : kept.filter((column) => hasName(key, column.before))
}

/**
 * The columns of a table that did not change. Of a table whose rows may come, go and change, these are the ones that hold no
 * new value.
 */
function keptColumns(
  { connection, listBefore, listAfter }: Sides,
  survivor: Survivor,
  nameAfter: string,
  isFree: boolean,
): KeptColumn[] {
  const shapeBefore = readTableShape(connection, listBefore, survivor.table)
  const shapeAfter = readTableShape(connection, listAfter, nameAfter)
  return shapeBefore.columns
    .flatMap(({ name }): KeptColumn[] => {
      const after = survivor.columnAfter(name)
      const found = shapeAfter.columns.find((column) => foldName(column.name) === foldName(after ?? ''))
      return after === null || found === undefined ? [] : [{ before: name, after: found.name }]
    })
    .filter((column) => !isFree || !holdsNewValues(connection, shapeBefore, shapeAfter, column))
    .slice(0, mostColumns)
}

function holdsNewValues(
  connection: Connection,
  before: TableShape,
  after: TableShape,
  column: KeptColumn,
): boolean {
  const select = ({ schema, name }: TableShape, read: string) =>
    `SELECT typeof(${quoteName(read)}), ifnull(${quoteName(read)}, '') FROM ${quoteName(schema)}.${quoteName(name)}`
  const sql = `SELECT 1 FROM (${select(after, column.after)} EXCEPT ${select(before, column.before)}) LIMIT 1`
  return connection.all(sql).length > 0
}

/** Why no exchange of parents would show in these rows; null where it would. */
function whyVacuous(sides: Sides, reference: ComparedReference): string | null {
  const { connection, listBefore } = sides
  const { before, known } = reference
  const table = (name: string) => `${quoteName(listBefore.schema)}.${quoteName(name)}`
  const values = known.map((column) => `p.${quoteName(column.before)}`).join(', ')
  const [counted] = connection.all(
    `SELECT (SELECT count(*) FROM (SELECT DISTINCT ${values} FROM ${table(before.parent)} AS p LIMIT 2)) AS parents,
      EXISTS (SELECT 1 FROM ${table(before.child)} AS c JOIN ${table(before.parent)} AS p
        ON ${joinOf('c', before.columns, 'p', before.parentColumns)}) AS has_children`,
  )
  if (counted?.has_children !== 1n) return `no row of ${before.child} has a parent`
  return Number(counted.parents) < 2 ? `${before.parent} has no two different rows` : null
}

/** Each reference by itself; those that show nothing alone, as both columns of a table of pairs, together. */
function findProblems(sides: Sides, ofChild: Group<ComparedReference>, version: number | null): Problem[] {
  const alone = ofChild.flatMap((reference) => findMoved(sides, [reference], version))
  return alone.length > 0 || ofChild.length < 2 ? alone : findMoved(sides, ofChild, version)
}

/** The rows that lost a parent which is still there, while they are there themselves, with another one or none. */
function findMoved(sides: Sides, group: Group<ComparedReference>, version: number | null): Problem[] {
  const [first] = group
  const query = pairQuery(sides, group)
  const [total] = sides.connection.all(`${query.lost} SELECT total(n) AS n FROM lost`)
  const count = Number(total?.n)
  if (count === 0) return []
  const lost = sides.connection.all(`${query.lost} SELECT * FROM lost LIMIT ${namedRowsLimit}`)
  const rows = lost.flatMap(({ position }) => (position === null ? [] : [`rowid ${position}`]))
  const names = group.map(({ before }) => nameReference(before)).join(', ')
  const child = first.before.child
  const parents = [...new Set(group.map(({ before }) => before.parent))].join(' and ')
  const actual = `${countOf(count, 'row')} with another one, or none`
  return [
    makeProblem('references', {
      subject: { type: 'foreign key', name: names, table: child },
      version,
      expected: `for each row of ${child} the row of ${parents} that it had`,
      actual: rows.length === 0 ? actual : `${actual}: ${rows.join('; ')}`,
      why: `These rows belong to other rows of ${parents} now, and no pragma says so.`,
      fix: adviseOn(first),
      evidence:
        version === null || sides.hidesValues ? [] : showPair(sides, group, query, lost[0] ?? {}, version),
    }),
  ]
}

function adviseOn(reference: ComparedReference): string {
  const { before, after } = reference
  const keys = before.parentColumns.map((column) => `${before.parent}.${column}`).join(', ')
  const columns = after.columns.map((column) => `${after.child}.${column}`).join(', ')
  if (isRedefined(reference) || mayRenumber(reference))
    return `keep ${keys}, or set ${columns} by what the rows of ${before.parent} keep; if something else of them changes, name it in \`columns\` of its dataChanges`
  const [column = ''] = before.columns
  return `keep ${columns}; if other parents are meant, say which: dataChanges: [{ table: ${quoteText(before.child)}, columns: { ${column}: 'an expression over the old row' }, reason: '…' }]`
}

/** Queries over the pairs of children and parents. */
interface PairQuery {
  /** `WITH` the pairs that are more or fewer than before, and those of them that were lost. */
  readonly lost: string
  readonly own: readonly Value[]
  /** For each reference. */
  readonly parents: readonly (readonly Value[])[]
}

/** A value in a result, and its storage class. */
interface Value {
  readonly column: KeptColumn
  readonly value: string
  readonly type: string
}

function pairQuery(sides: Sides, group: Group<ComparedReference>): PairQuery {
  const [{ own: ownColumns }] = group
  const own = nameValues(ownColumns, 'c')
  const parents = group.map(({ known }, index) => nameValues(known, `p${index}`))
  const flags = group.map((_, index) => `p${index}is`)
  const grouped = [...namesOf(own), ...parents.flatMap(namesOf), ...flags].join(', ')
  const isThere = group.map(({ after }, index) => {
    const values = parents[index] ?? []
    const parent = `main.${quoteName(after.parent)}`
    const found = `SELECT ${readValues('p', values, 'after').join(', ')} FROM ${parent} AS p`
    return `(p${index}is = 0 OR (${namesOf(values).join(', ')}) IN (${found}))`
  })
  const ownNames = namesOf(own).join(', ')
  const hasGained =
    own.length === 0
      ? 'EXISTS (SELECT 1 FROM pairs WHERE n < 0)'
      : `(${ownNames}) IN (SELECT ${ownNames} FROM pairs WHERE n < 0)`
  const selectSide = (side: 'before' | 'after') => selectPairs(sides, group, { own, parents }, side)
  return {
    own,
    parents,
    lost: `WITH pairs AS (
        SELECT ${grouped}, sum(side) AS n, min(position) FILTER (WHERE side = 1) AS position
        FROM (${selectSide('before')} UNION ALL ${selectSide('after')}) GROUP BY ${grouped} HAVING sum(side) <> 0),
      lost AS (
        SELECT * FROM pairs WHERE n > 0 AND (${flags.join(' OR ')}) AND ${isThere.join(' AND ')} AND ${hasGained})`,
  }
}

function nameValues(columns: readonly KeptColumn[], prefix: string): Value[] {
  return columns.map((column, index) => ({
    column,
    value: `${prefix}v${index}`,
    type: `${prefix}t${index}`,
  }))
}

function namesOf(values: readonly Value[]): string[] {
  return values.flatMap(({ value, type }) => [type, value])
}

/** Without a collation and without NULL, so that what is equal in value and type is the same. */
function readValues(alias: string, values: readonly Value[], side: 'before' | 'after'): string[] {
  return values.flatMap(({ column, value, type }) => {
    const read = `${alias}.${quoteName(column[side])}`
    return [`typeof(${read}) AS ${type}`, `ifnull(${read}, '') AS ${value}`]
  })
}

/** The children of one side, each with its parents: 1 before, and -1 after. */
function selectPairs(
  { connection, listBefore, listAfter }: Sides,
  group: Group<ComparedReference>,
  { own, parents }: Pick<PairQuery, 'own' | 'parents'>,
  side: 'before' | 'after',
): string {
  const list = side === 'before' ? listBefore : listAfter
  const table = (name: string) => `${quoteName(list.schema)}.${quoteName(name)}`
  const { child } = group[0][side]
  const { rowid } = readTableShape(connection, list, child)
  const joins = group.map((reference, index) => {
    const { columns, parent, parentColumns } = reference[side]
    return `LEFT JOIN ${table(parent)} AS p${index} ON ${joinOf('c', columns, `p${index}`, parentColumns)}`
  })
  const isThere = group.map((reference, index) => {
    const [key = ''] = reference[side].parentColumns
    return `p${index}.${quoteName(key)} IS NOT NULL AS p${index}is`
  })
  const read = [
    ...readValues('c', own, side),
    ...parents.flatMap((values, index) => readValues(`p${index}`, values, side)),
    ...isThere,
    `${side === 'before' ? 1 : -1} AS side`,
    `${rowid === null ? 'NULL' : `c.${quoteName(rowid)}`} AS position`,
  ]
  return `SELECT ${read.join(', ')} FROM ${table(child)} AS c ${joins.join(' ')}`
}

/** The first row that has another parent, in values: those of a snapshot are synthetic. */
function showPair(
  { connection }: Sides,
  group: Group<ComparedReference>,
  { lost, own, parents }: PairQuery,
  row: SqlRow,
  version: number,
): Evidence[] {
  const isSame = own.map(({ value, type }) => `${type} = ? AND ${value} = ?`)
  const given = own.flatMap(({ value, type }) => [row[type] ?? null, row[value] ?? null])
  const [gained] = connection.all(
    `${lost} SELECT * FROM pairs WHERE ${['n < 0', ...isSame].join(' AND ')} LIMIT 1`,
    given,
  )
  const { child } = group[0].before
  const shown = group.map(({ before: { parent } }, index) => {
    const values = parents[index] ?? []
    const was = describe(row, values, `p${index}is`)
    const is = describe(gained ?? {}, values, `p${index}is`)
    return `${parent} ${was} before, ${is} after`
  })
  return [
    {
      ran: `the row of ${child} with ${own.length === 0 ? 'that parent' : describe(row, own)}, after migration v${version}`,
      happened: shown.join('; '),
    },
  ]
}

/** How many columns a row is shown by. */
const shownColumns = 3

function describe(row: SqlRow, values: readonly Value[], flag?: string): string {
  if (flag !== undefined && row[flag] !== 1n) return 'none'
  return values
    .slice(0, shownColumns)
    .map(({ column, value, type }) => `${column.before} ${shorten(literalOf(valueIn(row, value, type)))}`)
    .join(', ')
}

function valueIn(row: SqlRow, value: string, type: string): SqlValue {
  return row[type] === 'null' ? null : (row[value] ?? null)
}
