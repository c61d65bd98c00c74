import type { Node } from 'sql-parser-cst'
import type { Column, ForeignKey, Index, Schema, Table, Trigger } from '../schema/model.ts'
import { findTable } from '../schema/model.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { splitStatements } from '../sql/split.ts'
import {
  type Condition,
  columnIn,
  columnsOf,
  isNullOf,
  type Leaf,
  type Move,
  type MoveContext,
  type Names,
  nameOf,
  parseCondition,
  parseSql,
  parseTerm,
  type Term,
} from './expression.ts'
import { assign, readClass } from './moves.ts'
import { affinityOf } from './values.ts'

/** What a table demands of a row, and the extended result code with which it refuses one. */
export interface Constraint {
  readonly kind: 'not-null' | 'check' | 'unique' | 'foreign-key' | 'type' | 'trigger'
  /** The constraint as the schema spells it, for people. */
  readonly label: string
  /** https://www.sqlite.org/rescode.html */
  readonly code: string
  /** The columns that decide it. */
  readonly columns: readonly string[]
  /** Met where it is not false, as a CHECK is. */
  readonly condition: Condition
  /** The same as SQLite evaluates it, undivided; not there where the condition is so. */
  readonly whole?: Leaf
  /** The other table of a foreign key. */
  readonly parent: string | null
  /** The labels of those that break whenever this one does. */
  readonly implies: readonly string[]
  /** The predicate of a partial index. */
  readonly where: Condition | null
  /** Why no row can break it alone, where that is known from the schema. */
  readonly unbreakable: string | null
  /** The queries through which alone a trigger reads the new row; not there where it reads it otherwise. */
  readonly lookups?: readonly Lookup[]
}

/** The temporary table that holds the row that is looked for: the columns of its table, without constraints. */
export function scratchOf({ name }: Table): string {
  return `temp.${quoteName(`one row of ${name}`)}`
}

/** Every constraint that a row of a table can break. */
export function readConstraints(connection: Connection, schema: Schema, table: Table): Constraint[] {
  const keys = readKeys(table)
  return [
    ...table.columns.flatMap((column) => readNotNull(table, column)),
    ...table.columns.flatMap((column) => readType(table, column)),
    ...table.checks.map(({ name, expression }) => readCheck(table, name, expression)),
    ...keys.map((key) => readKey(connection, table, key, keys)),
    ...readForeignKeys(connection, schema, table),
    ...[...schema.triggers.values()].flatMap((trigger) => readTrigger(connection, schema, table, trigger)),
  ]
}

/** That what a stored column, an index or a trigger reads as JSON is JSON: every INSERT of other text fails. */
export function readJsonColumns(schema: Schema, table: Table): Condition[] {
  const stored = table.columns.flatMap(({ generated }) => generated?.expression ?? [])
  const indexed = table.indexes.flatMap(({ columns, where }) => [
    ...columns.flatMap(({ expression }) => expression ?? []),
    ...(where ?? []),
  ])
  const fired = [...schema.triggers.values()]
    .filter(({ event, table: own }) => event === 'INSERT' && foldName(own) === foldName(table.name))
    .flatMap(({ body }) => readAsJson(body).filter((operand) => /^new\./i.test(operand)))
  return [
    ...[...stored, ...indexed]
      .flatMap(readAsJson)
      .map((operand) => conditionOf(table, `json_valid(${operand})`)),
    ...fired.map((operand) => conditionOfNew(table, `json_valid(${operand})`)),
  ]
}

/** The columns that SQL reads as JSON, by a function or an operator that fails where they hold other text. */
export function readAsJson(sql: string): string[] {
  return [...new Set([...sql.matchAll(jsonReader)].map(([, argument, operand]) => argument ?? operand ?? ''))]
}

/** https://www.sqlite.org/json1.html */
const jsonReader =
  /\bjsonb?(?:_(?:array_length|each|extract|insert|patch|pretty|remove|replace|set|tree|type))?\s*\(\s*((?:new\.)?(?:\w+|"[^"]+"))\s*[,)]|((?:new\.)?(?:\w+|"[^"]+"))\s*->/gi

/** The name of each column that a program may write. */
export function writableColumns({ columns }: Table): readonly Column[] {
  return columns.filter(({ generated, hidden }) => generated === null && !hidden)
}

/** Creates the table for the row that is looked for. */
export function createScratch(connection: Connection, table: Table): void {
  try {
    createColumns(connection, table)
  } catch {
    // A function of a generated column is missing here, which SQLite then says of each INSERT.
    const columns = table.columns.map((column) => ({ ...column, generated: null }))
    createColumns(connection, { ...table, columns })
  }
  connection.exec(`INSERT INTO ${scratchOf(table)} DEFAULT VALUES`)
}

function createColumns(connection: Connection, table: Table): void {
  const { columns, strict } = table
  const definitions = columns.map(({ name, type, collation, generated }) => {
    // In a STRICT table, ANY converts nothing; in another one, it is NUMERIC.
    const declared = strict && type === 'ANY' ? '' : type
    const order = collation === null || collation === 'BINARY' ? '' : ` COLLATE ${quoteName(collation)}`
    const value =
      generated === null ? '' : ` AS (${overJson(generated.expression ?? 'NULL')}) ${generated.storage}`
    return `${quoteName(name)} ${declared}${order}${value}`
  })
  connection.exec(`CREATE TABLE ${scratchOf(table)} (${definitions.join(', ')})`)
}

/** NULL in place of an error: a row that is looked for need not hold JSON yet. */
function overJson(expression: string): string {
  const operands = readAsJson(expression)
  if (operands.length === 0) return expression
  return `CASE WHEN ${operands.map((operand) => `json_valid(${operand})`).join(' AND ')} THEN ${expression} END`
}

export function dropScratch(connection: Connection, table: Table): void {
  connection.exec(`DROP TABLE IF EXISTS ${scratchOf(table)}`)
}

/** An expression over the row that is looked for; `name` is what the expression calls its table. */
export function overScratch(expression: string, table: Table, name = table.name): string {
  return `(SELECT ${expression} FROM ${scratchOf(table)} AS ${quoteName(name)})`
}

function readNotNull(table: Table, column: Column): Constraint[] {
  if (!column.notNull) return []
  const isRowid = table.primaryKey?.isRowid === true && column.keyPosition > 0
  const term = termOf(table, column.name)
  const unbreakable = isRowid
    ? 'SQLite gives a NULL in an INTEGER PRIMARY KEY the next number'
    : conflictReason(column.notNullConflict)
  return [
    {
      kind: 'not-null',
      label: `NOT NULL of ${column.name}`,
      code: 'SQLITE_CONSTRAINT_NOTNULL',
      columns: term.columns,
      condition: within({ kind: 'not', part: isNullOf(term) }, table),
      parent: null,
      implies: [],
      where: null,
      unbreakable,
    },
  ]
}

function conflictReason(conflict: string | null): string | null {
  if (conflict === 'ROLLBACK') return 'ON CONFLICT ROLLBACK takes back every row before it'
  if (conflict !== 'IGNORE' && conflict !== 'REPLACE') return null
  return `ON CONFLICT ${conflict} refuses no row`
}

/** The storage classes of a STRICT table, and of the rowid: https://www.sqlite.org/stricttables.html */
function readType(table: Table, { name, type, keyPosition, generated }: Column): Constraint[] {
  const isRowid = table.primaryKey?.isRowid === true && keyPosition > 0
  const allowed = isRowid || /^INT(EGER)?$/.test(type) ? 'integer' : type.toLowerCase()
  if (generated !== null || (!isRowid && (!table.strict || type === 'ANY'))) return []
  const sql = `typeof(${quoteName(name)}) IN ('null', '${allowed}')`
  const others: readonly SqlValue[] = ['text', new Uint8Array([7]), 1.5, 7n]
  const moves = function* (wanted: boolean, context: MoveContext): Generator<Move> {
    if (wanted) yield new Map([[name, context.fresh(name)]])
    const value = context.current(name)
    // The bytes of a text are a BLOB that many conditions take for it.
    if (typeof value === 'string') yield new Map([[name, new Uint8Array(Buffer.from(value))]])
    // Conditions over the number may still hold.
    if (typeof value === 'bigint') yield new Map([[name, Number(value) + 0.5]])
    for (const other of others) yield new Map([[name, other]])
  }
  return [
    {
      kind: 'type',
      label: `the type ${type} of ${name}`,
      code: isRowid ? 'SQLITE_MISMATCH' : 'SQLITE_CONSTRAINT_DATATYPE',
      columns: [name],
      condition: { kind: 'leaf', sql: overScratch(sql, table), columns: [name], test: null, moves },
      parent: null,
      implies: [],
      where: null,
      unbreakable: null,
    },
  ]
}

/** A CHECK as the schema spells it. */
export function labelOfCheck(name: string | null, expression: string): string {
  return `CHECK (${expression})${name === null ? '' : ` of the name ${name}`}`
}

function readCheck(table: Table, name: string | null, expression: string): Constraint {
  const condition = conditionOf(table, expression)
  const columns = columnsOf(condition)
  return {
    kind: 'check',
    label: labelOfCheck(name, expression),
    code: 'SQLITE_CONSTRAINT_CHECK',
    columns,
    condition,
    whole: { kind: 'leaf', sql: overScratch(expression, table), columns, test: null },
    parent: null,
    implies: [],
    where: null,
    unbreakable: columns.length === 0 ? 'it reads no column' : null,
  }
}

/** Columns, or expressions over them, whose values no two rows share. */
export interface Key {
  readonly label: string
  readonly code: string
  readonly parts: readonly {
    readonly sql: string
    readonly columns: readonly string[]
    readonly collation: string
  }[]
  readonly where: string | null
  readonly conflict: string | null
}

/** The keys of a table, its primary key included. */
export function readKeys(table: Table): Key[] {
  const keys = table.indexes.filter(({ unique }) => unique).map((index) => keyOf(table, index))
  const { primaryKey } = table
  if (primaryKey === null || keys.some(({ code }) => code === 'SQLITE_CONSTRAINT_PRIMARYKEY')) return keys
  // A rowid has no index.
  const parts = primaryKey.columns.map(({ column, collation }) => partOf(table, column, null, collation))
  const code = 'SQLITE_CONSTRAINT_PRIMARYKEY'
  const label = `PRIMARY KEY (${primaryKey.columns.map(({ column }) => column).join(', ')})`
  return [{ label, code, parts, where: null, conflict: primaryKey.conflict }, ...keys]
}

function keyOf(table: Table, { origin, name, columns, where, conflict }: Index): Key {
  const parts = columns.map(({ column, expression, collation }) =>
    partOf(table, column, expression, collation),
  )
  const list = columns.map(({ column, expression }) => column ?? expression ?? '?').join(', ')
  return {
    label: origin === 'CREATE INDEX' ? `UNIQUE INDEX ${name} (${list})` : `${origin} (${list})`,
    code: origin === 'PRIMARY KEY' ? 'SQLITE_CONSTRAINT_PRIMARYKEY' : 'SQLITE_CONSTRAINT_UNIQUE',
    parts,
    where,
    conflict,
  }
}

function partOf(
  table: Table,
  column: string | null,
  expression: string | null,
  collation: string,
): Key['parts'][number] {
  if (column !== null) return { sql: quoteName(column), columns: termOf(table, column).columns, collation }
  const term = parseTerm(expression ?? 'NULL', namesOf(table))
  return { sql: `(${term.sql})`, columns: term.columns, collation }
}

function readKey(connection: Connection, table: Table, key: Key, keys: readonly Key[]): Constraint {
  const whereColumns = key.where === null ? [] : columnsOf(parseCondition(key.where, namesOf(table)))
  const columns = [...new Set([...key.parts.flatMap((part) => part.columns), ...whereColumns])]
  const select = key.parts.map(({ sql }, position) => `${sql} AS k${position}`).join(', ')
  const where = key.where === null ? '' : ` WHERE ${key.where}`
  const shared = key.parts.map(
    ({ collation }, position) => `o.k${position} = n.k${position} COLLATE ${quoteName(collation)}`,
  )
  const sql = `NOT EXISTS (SELECT 1 FROM
    (SELECT ${select} FROM main.${quoteName(table.name)}${where}) AS o,
    (SELECT ${select} FROM ${scratchOf(table)} AS ${quoteName(table.name)}${where}) AS n
    WHERE ${shared.join(' AND ')})`
  const moves = function* (wanted: boolean, context: MoveContext): Generator<Move> {
    if (wanted) {
      for (const column of columns) yield new Map([[column, context.fresh(column)]])
      return
    }
    const list = columns.map((column, position) => `${quoteName(column)} AS v${position}`).join(', ')
    const rows = connection.all(`SELECT ${list} FROM main.${quoteName(table.name)}${where} LIMIT 20`)
    for (const row of rows)
      yield new Map(columns.map((column, position) => [column, row[`v${position}`] ?? null]))
  }
  const inner = keys.find(
    (other) =>
      other !== key &&
      isWithin(table, other, key) &&
      (!isWithin(table, key, other) || keys.indexOf(other) < keys.indexOf(key)),
  )
  return {
    kind: 'unique',
    label: key.label,
    code: key.code,
    columns,
    condition: { kind: 'leaf', sql: `(${sql})`, columns, test: null, moves },
    parent: null,
    implies: keys.filter((other) => other !== key && isWithin(table, other, key)).map(({ label }) => label),
    where: key.where === null ? null : conditionOf(table, key.where),
    unbreakable:
      inner === undefined ? conflictReason(key.conflict) : `rows that share it share ${inner.label} as well`,
  }
}

/** Whether two rows that share one key always share another one too. */
export function isWithin(table: Table, inner: Key, outer: Key): boolean {
  if (inner.where !== null && inner.where !== outer.where) return false
  const rest = inner.parts.filter(
    (part) =>
      !outer.parts.some(
        ({ sql, collation }) => foldName(sql) === foldName(part.sql) && collation === part.collation,
      ),
  )
  // Only these may need the parser, which takes longer to load than all else that most commands do.
  if (rest.length === 0) return true
  const same = outer.parts.flatMap((part) => sameColumnOf(table, part) ?? [])
  return rest.every(({ columns }) => columns.length > 0 && columns.every((column) => same.includes(column)))
}

/** The column that holds the very same text in rows that share a part of a key; null where it may differ. */
function sameColumnOf(table: Table, { sql, columns, collation }: Key['parts'][number]): string | null {
  const [name = ''] = columns
  const column = table.columns.find((one) => one.name === name)
  // Other types may hold 1 and 1.0.
  if (columns.length !== 1 || column === undefined || affinityOf(column.type) !== 'TEXT') return null
  const term = parseTerm(sql, namesOf(table))
  const letters = term.kind === 'call' && collation === 'BINARY' ? term.name : 'lower'
  const isColumn = term.kind === 'column' || (term.kind === 'call' && term.operands[0]?.kind === 'column')
  if (!isColumn || !/^(lower|upper)$/.test(letters)) return null
  if (term.kind === 'column' && collation === 'BINARY') return name
  return /^(BINARY|NOCASE)$/i.test(collation) && isInLetters(table, name, letters) ? name : null
}

/** Whether a CHECK leaves a column letters of one case alone. */
function isInLetters(table: Table, column: string, letters: string): boolean {
  const isSame = (left: Term, right: Term) =>
    left.kind === 'column' &&
    left.column === column &&
    right.kind === 'call' &&
    right.name === letters &&
    right.operands[0]?.sql === left.sql
  return table.checks
    .flatMap(({ expression }) => conjunctsOf(parseCondition(expression, namesOf(table))))
    .some((condition) => {
      const test = condition.kind === 'leaf' ? condition.test : null
      if (test?.kind === 'comparison')
        return (
          /^(==?|IS)$/.test(test.operator) && (isSame(test.left, test.right) || isSame(test.right, test.left))
        )
      const refused = condition.kind === 'not' && condition.part.kind === 'leaf' ? condition.part.test : null
      if (refused?.kind !== 'pattern' || refused.operator !== 'GLOB') return false
      const { operand, pattern } = refused
      const text = pattern.kind === 'other' && typeof pattern.constant === 'string' ? pattern.constant : ''
      const allowed = /^\*\[\^([^\]]+)\]\*$/.exec(text)?.[1]
      const other = letters === 'lower' ? /[A-Z]/ : /[a-z]/
      return (
        operand.kind === 'column' &&
        operand.column === column &&
        allowed !== undefined &&
        !other.test(readClass(allowed))
      )
    })
}

/** The conditions that are all not false where a condition is not. */
export function conjunctsOf(condition: Condition): readonly Condition[] {
  return condition.kind === 'and' ? condition.parts.flatMap(conjunctsOf) : [condition]
}

/** A foreign key as the schema spells it. */
export function labelOf({ columns, parent, parentColumns }: ForeignKey): string {
  return `FOREIGN KEY (${columns.join(', ')}) REFERENCES ${parent} (${parentColumns.join(', ')})`
}

/** The foreign keys of a table. Of one that is declared twice, the second refuses what the first does. */
function readForeignKeys(connection: Connection, schema: Schema, table: Table): Constraint[] {
  const labels = table.foreignKeys.map((key) => foldName(labelOf(key)))
  return table.foreignKeys.map((key, position) => {
    const constraint = readForeignKey(connection, schema, table, key)
    const first = labels.indexOf(foldName(constraint.label))
    if (first < position)
      return { ...constraint, unbreakable: `a row that breaks it breaks another ${constraint.label} as well` }
    const isTwice = labels.lastIndexOf(foldName(constraint.label)) > position
    return isTwice ? { ...constraint, implies: [constraint.label] } : constraint
  })
}

/** That a row has the parent that a foreign key names. */
export function readForeignKey(
  connection: Connection,
  schema: Schema,
  table: Table,
  key: ForeignKey,
): Constraint {
  const parent = findTable(schema, key.parent)
  const isOwn = foldName(key.parent) === foldName(table.name)
  const isNull = key.columns.map((column) => `${quoteName(column)} IS NULL`).join(' OR ')
  const pairs = key.columns.map((column, position) => ({
    child: `${quoteName(table.name)}.${quoteName(column)}`,
    parent: quoteName(key.parentColumns[position] ?? ''),
  }))
  const isThere = `EXISTS (SELECT 1 FROM main.${quoteName(key.parent)} AS p WHERE ${pairs
    .map((pair) => `p.${pair.parent} = ${pair.child}`)
    .join(' AND ')})`
  const isItself = pairs
    .map((pair) => `${quoteName(table.name)}.${pair.parent} = ${pair.child}`)
    .join(' AND ')
  const hasKey =
    parent !== undefined &&
    key.parentColumns.every((name) => parent.columns.some((column) => column.name === spelled(parent, name)))
  const met = !hasKey ? '0' : isOwn ? `${isThere} OR (${isItself}) IS TRUE` : isThere
  const terms = key.columns.map((column) => termOf(table, column))
  const columns = [...new Set(terms.flatMap((term) => term.columns))]
  const moves = function* (wanted: boolean, context: MoveContext): Generator<Move> {
    if (!wanted) {
      yield new Map(columns.map((column) => [column, context.fresh(column)]))
      for (const column of columns) yield new Map([[column, context.fresh(column)]])
      return
    }
    if (hasKey) {
      const selected = key.parentColumns
        .map((column, position) => `${quoteName(column)} AS v${position}`)
        .join(', ')
      const rows = connection.all(`SELECT ${selected} FROM main.${quoteName(key.parent)} LIMIT 20`)
      const first = rows.length === 0 ? 0 : context.number % rows.length
      for (const row of [...rows.slice(first), ...rows.slice(0, first)]) {
        yield* assign(
          terms.map((term, position) => [term, row[`v${position}`] ?? null]),
          context,
        )
      }
    }
    if (isOwn && hasKey) {
      const own = key.parentColumns.map((column) => context.current(spelled(table, column)))
      yield* assign(
        terms.map((term, position) => [term, own[position] ?? null]),
        context,
      )
    }
    for (const column of columns) yield new Map([[column, null]])
  }
  return {
    kind: 'foreign-key',
    label: labelOf(key),
    code: 'SQLITE_CONSTRAINT_FOREIGNKEY',
    columns,
    condition: {
      kind: 'leaf',
      sql: overScratch(`(${isNull} OR ${met})`, table),
      columns,
      test: null,
      moves,
    },
    parent: parent?.name ?? null,
    implies: [],
    where: null,
    unbreakable: null,
  }
}

/**
 * What the parent of a foreign key, and its parents in turn, demand of the columns of the key alone: of a row whose parent is
 * yet to be made, these demand it, too.
 *
 * @param own the columns of the row that is looked for, by those of `key.columns`; defaults to these
 */
export function readParentDemands(
  schema: Schema,
  table: Table,
  key: ForeignKey,
  own: ReadonlyMap<string, string> = new Map(
    key.columns.map((name) => [foldName(name), spelled(table, name)]),
  ),
  depth = 0,
): readonly Condition[] {
  const parent = findTable(schema, key.parent)
  if (parent === undefined || depth > deepestParent) return []
  const named = key.parentColumns.map(
    (name, position) =>
      [spelled(parent, name), own.get(foldName(key.columns[position] ?? '')) ?? ''] as const,
  )
  const columns = new Map(named)
  const list = named.map(([name, column]) => `${quoteName(column)} AS ${quoteName(name)}`).join(', ')
  const evaluate = (sql: string) =>
    `(SELECT ${sql} FROM (SELECT ${list} FROM ${scratchOf(table)}) AS ${quoteName(parent.name)})`
  const isNull = named.map(([, column]) => within(isNullOf(column), table))
  const demands = parent.checks
    .map(({ expression }) => parseCondition(expression, namesOf(parent)))
    .filter(
      (condition) =>
        columnsOf(condition).length > 0 && columnsOf(condition).every((name) => columns.has(name)),
    )
    .map(
      (condition): Condition => ({ kind: 'or', parts: [...isNull, inColumns(condition, columns, evaluate)] }),
    )
  const further = parent.foreignKeys
    .filter((one) => one !== key && one.columns.every((name) => columns.has(spelled(parent, name))))
    .flatMap((one) => {
      const names = one.columns.map(
        (name) => [foldName(name), columns.get(spelled(parent, name)) ?? ''] as const,
      )
      return readParentDemands(schema, table, one, new Map(names), depth + 1)
    })
  return [...demands, ...further]
}

/** How many parents of parents are asked. */
const deepestParent = 4

/** A condition over columns of one table as one over those of another, by their names. */
function inColumns(
  condition: Condition,
  columns: ReadonlyMap<string, string>,
  evaluate: (sql: string) => string,
): Condition {
  const rename = (name: string) => columns.get(name) ?? name
  const renamed = <Part>(part: Part): Part => {
    if (Array.isArray(part)) return part.map(renamed) as Part
    if (part === null || typeof part !== 'object' || part instanceof Uint8Array) return part
    const entries = Object.entries(part).map(([field, value]) => {
      if (field === 'columns') return [field, (value as string[]).map(rename)]
      return [field, field === 'column' ? rename(value as string) : renamed(value)]
    })
    return Object.fromEntries(entries) as Part
  }
  const evaluated = (one: Condition): Condition => {
    if (one.kind === 'leaf') return { ...one, sql: evaluate(one.sql), evaluate }
    if (one.kind === 'not') return { kind: 'not', part: evaluated(one.part) }
    return { kind: one.kind, parts: one.parts.map(evaluated) }
  }
  return evaluated(renamed(condition))
}

/** The name of a column as its table spells it. */
export function spelled({ columns }: Table, name: string): string {
  return columns.find((column) => foldName(column.name) === foldName(name))?.name ?? name
}

/** The conditions under which a trigger refuses a new row by RAISE, as far as its text says so. */
function readTrigger(connection: Connection, schema: Schema, table: Table, trigger: Trigger): Constraint[] {
  if (trigger.event !== 'INSERT' || foldName(trigger.table) !== foldName(table.name)) return []
  const texts = raiseConditions(trigger)
  if (texts.length === 0) return []
  const lookups = texts.flatMap((sql) => readLookups(schema, table, `SELECT ${sql}`))
  const parts = texts.map((sql) => withMoves(conditionOfNew(table, sql), () => rowsOf(connection, lookups)))
  const occurrences = (word: RegExp) => texts.join(' OR ').match(word)?.length ?? 0
  const isReadOtherwise =
    occurrences(/\bselect\b/gi) !== lookups.length ||
    occurrences(/\bnew\s*\./gi) !== lookups.reduce((sum, { pairs }) => sum + pairs.length, 0)
  const condition: Condition = { kind: 'not', part: { kind: 'or', parts } }
  return [
    {
      kind: 'trigger',
      label: `trigger ${trigger.name}, which raises where ${texts.join(' or ')}`,
      code: 'SQLITE_CONSTRAINT_TRIGGER',
      columns: columnsOf(condition),
      condition,
      parent: null,
      implies: [],
      where: null,
      unbreakable: /\braise\s*\(\s*rollback/i.test(trigger.body)
        ? 'RAISE(ROLLBACK) takes back every row before it'
        : null,
      ...(isReadOtherwise ? {} : { lookups }),
    },
  ]
}

/** A query for the rows of a table that hold the same as the new row: for none, where the new row holds NULL. */
export interface Lookup {
  readonly parent: string
  readonly pairs: readonly { readonly column: string; readonly parentColumn: string }[]
}

/** The queries of a statement that ask for the rows of one table that hold the same as a new row. */
export function readLookups(schema: Schema, table: Table, sql: string): readonly Lookup[] {
  try {
    return [...lookupsBelow(parseSql(sql).statements, schema, table)]
  } catch {
    // What the parser does not know is left to the search.
    return []
  }
}

function* lookupsBelow(node: unknown, schema: Schema, table: Table): Generator<Lookup> {
  if (typeof node !== 'object' || node === null) return
  if ('type' in node) {
    const typed = node as Node
    if (typed.type === 'select_stmt') {
      const from = typed.clauses.find((clause) => clause.type === 'from_clause')
      const source: Node | undefined = from?.expr.type === 'alias' ? from.expr.expr : from?.expr
      const parent = source?.type === 'identifier' ? findTable(schema, source.name) : undefined
      const where = typed.clauses.find((clause) => clause.type === 'where_clause')
      const pairs = parent === undefined ? [] : [...pairsBelow(where?.expr, parent, table)]
      if (parent !== undefined && pairs.length > 0) yield { parent: parent.name, pairs }
    }
  }
  for (const part of Object.values(node)) yield* lookupsBelow(part, schema, table)
}

function* pairsBelow(
  node: Node | undefined,
  parent: Table,
  table: Table,
): Generator<Lookup['pairs'][number]> {
  if (node?.type === 'paren_expr') yield* pairsBelow(node.expr, parent, table)
  if (node?.type !== 'binary_expr') return
  const operator = nameOf(node.operator)
  const { left, right } = node
  if (operator === 'AND') for (const part of [left, right]) yield* pairsBelow(part, parent, table)
  if (!/^==?$/.test(operator)) return
  for (const [own, other] of [[left, right] as const, [right, left] as const]) {
    const column = columnNamed(own, table, true)
    const parentColumn = columnNamed(other, parent, false)
    if (column !== undefined && parentColumn !== undefined) yield { column, parentColumn }
  }
}

function columnNamed(node: Node, { columns }: Table, isOfNew: boolean): string | undefined {
  const owner = node.type === 'member_expr' && node.object.type === 'identifier' ? node.object.name : ''
  const property = node.type === 'member_expr' ? node.property : node
  if (property.type !== 'identifier' || (foldName(owner) === 'new') !== isOfNew) return undefined
  return columns.find(({ name }) => foldName(name) === foldName(property.name))?.name
}

/** What a new row may hold so that queries find rows for it. */
function* rowsOf(connection: Connection, lookups: readonly Lookup[]): Generator<Move> {
  for (const { parent, pairs } of lookups) {
    const list = pairs.map(({ parentColumn }, position) => `${quoteName(parentColumn)} AS v${position}`)
    for (const row of connection.all(`SELECT ${list.join(', ')} FROM main.${quoteName(parent)} LIMIT 20`))
      yield new Map(pairs.map(({ column }, position) => [column, row[`v${position}`] ?? null]))
  }
}

/** A condition of which each leaf that queries other rows brings moves. */
function withMoves(condition: Condition, moves: () => Iterable<Move>): Condition {
  if (condition.kind === 'leaf')
    return /\bselect\b.*\bselect\b/is.test(condition.sql) ? { ...condition, moves } : condition
  if (condition.kind === 'not') return { kind: 'not', part: withMoves(condition.part, moves) }
  return { kind: condition.kind, parts: condition.parts.map((part) => withMoves(part, moves)) }
}

function raiseConditions({ when, body }: Trigger): readonly string[] {
  const found: string[] = []
  for (const statement of splitStatements(body.replace(/^begin\b|\bend$/gi, ''))) {
    if (!/\braise\b/i.test(statement)) continue
    try {
      const [select] = parseSql(statement).statements
      if (select?.type !== 'select_stmt') continue
      const textOf = (node: Node) => statement.slice(...(node.range ?? [0, 0]))
      const where = select.clauses.find((clause) => clause.type === 'where_clause')
      const guards = [...(when === null ? [] : [when]), ...(where === undefined ? [] : [textOf(where.expr)])]
      for (const item of itemsOf(select)) {
        if (item.type === 'raise_expr' && !/^raise\s*\(\s*ignore/i.test(textOf(item)))
          found.push(allOf(guards))
        if (item.type !== 'case_expr' || item.expr !== undefined) continue
        for (const clause of item.clauses) {
          if (clause.type === 'case_when' && clause.result.type === 'raise_expr') {
            found.push(allOf([...guards, textOf(clause.condition)]))
          }
        }
      }
    } catch {
      // What the parser does not know is found by trying the INSERT.
    }
  }
  return found
}

function itemsOf(select: Extract<Node, { type: 'select_stmt' }>): readonly Node[] {
  const clause = select.clauses.find(({ type }) => type === 'select_clause')
  const items: readonly Node[] =
    clause?.type === 'select_clause' ? ((clause.columns?.items ?? []) as Node[]) : []
  return items
}

function allOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? '1' : conditions.map((condition) => `(${condition})`).join(' AND ')
}

function namesOf({ columns }: Table): Names {
  const generated = columns.flatMap((column) => {
    const expression = column.generated?.expression
    return expression == null ? [] : [[column.name, expression] as const]
  })
  return { columns: columns.map(({ name }) => name), generated: new Map(generated) }
}

/** A column, or what it is made from where it is generated. */
function termOf(table: Table, column: string): Term {
  return columnIn(namesOf(table), column)
}

/** The condition with each leaf as an expression over the row that is looked for. */
export function within(condition: Leaf, table: Table, name?: string): Leaf
export function within(condition: Condition, table: Table, name?: string): Condition
export function within(condition: Condition, table: Table, name = table.name): Condition {
  if (condition.kind === 'leaf') {
    const evaluate = (sql: string) => overScratch(sql, table, name)
    return { ...condition, sql: evaluate(condition.sql), evaluate }
  }
  if (condition.kind === 'not') return { kind: 'not', part: within(condition.part, table, name) }
  return { kind: condition.kind, parts: condition.parts.map((part) => within(part, table, name)) }
}

/** A condition over the rows of a table, which it may call by another name. */
export function conditionOf(table: Table, sql: string, name = table.name): Condition {
  return within(parseCondition(sql, namesOf(table)), table, name)
}

/** A condition of a trigger over the new row, in which other words name the columns of other tables. */
function conditionOfNew(table: Table, sql: string): Condition {
  return within(parseCondition(sql, { ...namesOf(table), qualifier: 'new' }), table, 'new')
}
