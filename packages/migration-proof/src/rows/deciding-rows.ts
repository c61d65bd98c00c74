import type { Column, Table } from '../schema/model.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { type Condition, type Leaf, leavesOf, parseCondition, type Term } from './expression.ts'
import { affinityOf, formsOf } from './values.ts'

/** How many rows are tried at most. */
const mostRows = 60_000

/**
 * Whether the CHECKs and the NOT NULL of two forms of a table accept the same rows, by trying a row of each kind that they can
 * tell apart. Comparisons with constants and between columns depend only on how the values are ordered among these constants:
 * the values that are tried lie on each constant, and as many as there are columns before, between and after them, of each
 * storage class; a column that a CHECK of both forms limits to a list has the values of that list. What else a condition
 * consists of may be true, false or unknown, whatever the values are, which can only let more rows through.
 *
 * @param empty a database, in which tables are created
 * @returns null where what differs cannot be decided so, or there are too many kinds of rows
 */
export function acceptSameRows(empty: Connection, before: Table, after: Table): boolean | null {
  const isPlain = before.columns.every(
    ({ generated, collation }) => generated === null && collation === 'BINARY',
  )
  if (!isPlain) return null
  const columnNames = before.columns.map(({ name }) => name)
  const parse = (expression: string) => parseCondition(expression, { columns: columnNames })
  const shared = checksOf(before).filter((expression) => checksOf(after).includes(expression))
  const lists = new Map(shared.flatMap((expression) => readList(before, expression)))
  const free: string[] = []
  const simplify = (expression: string) => {
    const condition = eachLeaf(parse(expression), inOneForm)
    const leaves = leavesOf(condition)
    const isDecided = (leaf: Leaf) =>
      isOrder(before, leaf) || leaf.columns.every((column) => lists.has(foldName(column)))
    const others = leaves.filter((leaf) => !isDecided(leaf))
    const nameOfFree = ({ sql }: Leaf) => {
      if (!free.includes(sql)) free.push(sql)
      return freeName(free.indexOf(sql))
    }
    return {
      sql: sqlOf(condition, (leaf) => (isDecided(leaf) ? leaf.sql : nameOfFree(leaf))),
      leaves: leaves.filter(isDecided),
      free: others.map(nameOfFree),
    }
  }
  const forms = [before, after].map((form) => checksOf(form).map(simplify))
  const conditions = forms.flat()
  const namesOf = ({ leaves, free: names }: (typeof conditions)[number]) => [
    ...leaves.flatMap((leaf) => leaf.columns),
    ...names,
  ]
  const [ofBefore = [], ofAfter = []] = forms.map((form) => form.map((condition) => condition.sql))
  const differing = conditions.filter(({ sql }) => !ofBefore.includes(sql) || !ofAfter.includes(sql))
  const nullable = before.columns.filter(
    ({ notNull }, position) => notNull !== after.columns[position]?.notNull,
  )
  if (differing.length === 0 && nullable.length === 0) return true
  const used = related(
    [...differing.flatMap(namesOf), ...nullable.map(({ name }) => name)],
    conditions.map(namesOf),
  )
  const columns = before.columns.filter(({ name }) => used.has(foldName(name)))
  const freeUsed = free.map((_, index) => freeName(index)).filter((name) => used.has(foldName(name)))
  const leaves = conditions
    .filter((condition) => namesOf(condition).some((name) => used.has(foldName(name))))
    .flatMap((condition) => condition.leaves)
  const sets = columns.map((column) => {
    const list = lists.get(foldName(column.name)) ?? null
    const ordered = related(
      [column.name],
      leaves.map((leaf) => leaf.columns),
    )
    const constants = leaves
      .filter((leaf) => leaf.columns.some((name) => ordered.has(foldName(name))))
      .flatMap(constantsOf)
    return valuesFor(empty, before, column, list, constants, ordered.size)
  })
  const known = sets.filter((set) => set !== null)
  const count = known.reduce((product, set) => product * set.length, 3 ** freeUsed.length)
  if (known.length < sets.length || count > mostRows) return null
  const accepts = (form: Table, ownChecks: readonly string[]) => {
    const checks = conditions.filter(
      (condition) =>
        ownChecks.includes(condition.sql) && namesOf(condition).some((name) => used.has(foldName(name))),
    )
    const parts = [
      ...checks.map(({ sql }) => `(${sql}) IS NOT FALSE`),
      ...form.columns
        .filter(({ name, notNull }) => notNull && used.has(foldName(name)))
        .map(({ name }) => `${quoteName(name)} IS NOT NULL`),
    ]
    return parts.length === 0 ? '1' : parts.join(' AND ')
  }
  columns.forEach(({ type }, position) => {
    empty.exec(`CREATE TABLE deciding${position} (v ${storedType(before, type)})`)
    for (const value of known[position] ?? [])
      empty.all(`INSERT INTO deciding${position} VALUES (?)`, [value])
  })
  empty.exec('CREATE TABLE deciding_truth (v); INSERT INTO deciding_truth VALUES (0), (1), (NULL)')
  const selected = [
    ...columns.map(({ name }, position) => `d${position}.v AS ${quoteName(name)}`),
    ...freeUsed.map((name) => `${name}.v AS ${name}`),
  ]
  const sources = [
    ...columns.map((_, position) => `deciding${position} AS d${position}`),
    ...freeUsed.map((name) => `deciding_truth AS ${name}`),
  ]
  const rows = `(SELECT ${selected.join(', ')} FROM ${sources.join(', ')}) AS ${quoteName(before.name)}`
  const difference = `(${accepts(before, ofBefore)}) IS NOT (${accepts(after, ofAfter)})`
  return empty.all(`SELECT 1 FROM ${rows} WHERE ${difference} LIMIT 1`).length === 0
}

/** In a STRICT table, ANY converts nothing; in another one, it is NUMERIC. */
function storedType({ strict }: Table, type: string): string {
  return strict && type === 'ANY' ? '' : type
}

function eachLeaf(condition: Condition, change: (leaf: Leaf) => Leaf): Condition {
  if (condition.kind === 'leaf') return change(condition)
  if (condition.kind === 'not') return { kind: 'not', part: eachLeaf(condition.part, change) }
  return { kind: condition.kind, parts: condition.parts.map((part) => eachLeaf(part, change)) }
}

/** A comparison with 0 of what is never below it in one form: `<> 0` says the same as `> 0`. */
function inOneForm(leaf: Leaf): Leaf {
  const { test, ifNull } = leaf
  if (test?.kind !== 'comparison' || ifNull !== undefined) return leaf
  const { left, right, operator } = test
  const isCounted = left.kind === 'call' && /^(length|instr|abs)$/.test(left.name)
  if (!isCounted || right.kind !== 'other' || right.constant !== 0n) return leaf
  const form = new Map([
    ['<>', '>'],
    ['!=', '>'],
    ['>', '>'],
    ['<=', '='],
    ['==', '='],
    ['=', '='],
  ]).get(operator)
  return form === undefined ? leaf : { ...leaf, sql: `(${left.sql}) ${form} (0)` }
}

/** A condition as SQL, with what each leaf is in it. */
function sqlOf(condition: Condition, sqlOfLeaf: (leaf: Leaf) => string): string {
  if (condition.kind === 'leaf') return `(${sqlOfLeaf(condition)})`
  if (condition.kind === 'not') return `(NOT ${sqlOf(condition.part, sqlOfLeaf)})`
  return `(${condition.parts.map((part) => sqlOf(part, sqlOfLeaf)).join(` ${condition.kind} `)})`
}

/** A part of a condition that may be true, false or unknown. */
function freeName(index: number): string {
  return `part_of_a_condition_${index}`
}

function checksOf({ checks, columns }: Table): string[] {
  const names = { columns: columns.map(({ name }) => name) }
  return checks.flatMap(({ expression }) =>
    isNeverFalse(parseCondition(expression, names)) ? [] : [expression],
  )
}

/** Whether a condition refuses nothing: what is not in a list with NULL may be in it. */
function isNeverFalse(condition: Condition): boolean {
  const test = condition.kind === 'leaf' ? condition.test : null
  return test?.kind === 'in' && test.items.some(({ sql }) => /^null$/i.test(sql))
}

/** The columns, and those that conditions relate to them. */
function related(
  columns: readonly string[],
  conditions: readonly (readonly string[])[],
): ReadonlySet<string> {
  const found = new Set(columns.map(foldName))
  for (let size = -1; size < found.size; ) {
    size = found.size
    for (const names of conditions) {
      if (names.some((name) => found.has(foldName(name)))) for (const name of names) found.add(foldName(name))
    }
  }
  return found
}

/** A column, and the only values beside NULL that a CHECK lets it have. */
function readList(table: Table, expression: string): [column: string, values: readonly SqlValue[]][] {
  const condition = parseCondition(expression, { columns: table.columns.map(({ name }) => name) })
  const leaves = condition.kind === 'or' ? condition.parts : [condition]
  const values: SqlValue[] = []
  const names = new Set<string>()
  for (const leaf of leaves) {
    const { test } = leaf.kind === 'leaf' ? leaf : { test: null }
    const isEqual = test?.kind === 'comparison' && /^(==?|IS)$/.test(test.operator)
    const operand = isEqual ? test.left : test?.kind === 'in' ? test.operand : null
    const items = isEqual ? [test.right] : test?.kind === 'in' ? test.items : []
    if (operand?.kind !== 'column' || !items.every(isConstant)) return []
    names.add(foldName(operand.column))
    values.push(...items.flatMap((item) => (item.kind === 'other' ? (item.constant ?? []) : [])))
  }
  const [name, ...others] = names
  return name === undefined || others.length > 0 ? [] : [[name, values]]
}

/** Whether what a leaf says depends on the order of its values alone. */
function isOrder(table: Table, { test }: Leaf): boolean {
  if (test === null) return false
  const isSimple = (term: Term) => term.kind === 'column' || isConstant(term)
  if (test.kind === 'null') return test.operand.kind === 'column'
  if (test.kind === 'in') return test.operand.kind === 'column' && test.items.every(isConstant)
  if (test.kind !== 'comparison' || !/^(==?|<>|!=|<=?|>=?|IS|IS NOT)$/.test(test.operator)) return false
  if (!isSimple(test.left) || !isSimple(test.right)) return false
  const classes = [test.left, test.right].flatMap((term) =>
    term.kind === 'column'
      ? [isNumeric(columnNamed(table, term.column)) ? 'number' : affinityNamed(table, term.column)]
      : [],
  )
  return new Set(classes).size === 1
}

function columnNamed({ columns }: Table, name: string): Column | undefined {
  return columns.find((column) => foldName(column.name) === foldName(name))
}

function affinityNamed(table: Table, name: string): string {
  return affinityOf(columnNamed(table, name)?.type ?? '')
}

function isNumeric(column: Column | undefined): boolean {
  return /^(INTEGER|REAL|NUMERIC)$/.test(affinityOf(column?.type ?? ''))
}

function isConstant(term: Term): boolean {
  return term.kind === 'other' && term.columns.length === 0 && term.constant !== undefined
}

function constantsOf({ test }: Leaf): SqlValue[] {
  const terms = test?.kind === 'comparison' ? [test.left, test.right] : test?.kind === 'in' ? test.items : []
  return terms.flatMap((term) =>
    term.kind === 'other' && term.constant !== undefined ? [term.constant] : [],
  )
}

/**
 * The values of a column that conditions can tell apart.
 *
 * @param list the only values that it may have; null for any
 * @param count how many values lie in each gap between constants
 * @returns null where a gap cannot be filled
 */
function valuesFor(
  empty: Connection,
  table: Table,
  column: Column,
  list: readonly SqlValue[] | null,
  constants: readonly SqlValue[],
  count: number,
): readonly SqlValue[] | null {
  const type = storedType(table, column.type)
  if (list !== null) return [null, ...store(empty, type, list.flatMap(formsOf))]
  const stored = store(empty, type, constants)
  if (stored.some((value) => value instanceof Uint8Array)) return null
  const numbers = numbersAround(
    stored.filter(isNumber),
    count,
    table.strict && /^INT(EGER)?$/.test(column.type),
  )
  const texts = textsAround(
    stored.filter((value) => typeof value === 'string'),
    count,
  )
  if (texts === null) return null
  const blobs = Array.from({ length: count }, (_, position) => new Uint8Array([position]))
  const all = [null, ...numbers, ...texts, new Uint8Array(), ...blobs]
  const kept = isNumeric(column)
    ? all.filter((value) => typeof value !== 'string' || !isNumberText(value))
    : all
  return table.strict ? kept.filter((value) => fitsStrict(column.type, value)) : kept
}

function isNumber(value: SqlValue): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number'
}

function isNumberText(text: string): boolean {
  return text.trim() !== '' && !Number.isNaN(Number(text))
}

function fitsStrict(type: string, value: SqlValue): boolean {
  if (value === null || type === 'ANY') return true
  if (value instanceof Uint8Array) return type === 'BLOB'
  return typeof value === 'string' ? type === 'TEXT' : type !== 'TEXT' && type !== 'BLOB'
}

/** Values as a column of a type stores them. */
function store(empty: Connection, type: string, values: readonly SqlValue[]): SqlValue[] {
  empty.exec(`CREATE TEMP TABLE stored (v ${type})`)
  try {
    return values.map((value) => {
      empty.exec('DELETE FROM stored')
      empty.all('INSERT INTO stored VALUES (?)', [value])
      return empty.all('SELECT v FROM stored')[0]?.v ?? null
    })
  } finally {
    empty.exec('DROP TABLE stored')
  }
}

/** The constants, and numbers before, between and after them. */
function numbersAround(constants: readonly (bigint | number)[], count: number, isWhole: boolean): SqlValue[] {
  const sorted = [...new Set(constants.map(Number))].toSorted((left, right) => left - right)
  const steps = Array.from({ length: count }, (_, step) => step + 1)
  const [first = 0] = sorted
  const last = sorted.at(-1) ?? 0
  const between = sorted.flatMap((low, position) => {
    const high = sorted[position + 1]
    if (high === undefined) return []
    const inside = steps.map((step) => low + ((high - low) * step) / (count + 1))
    // Whole numbers where there are some: a column may hold nothing else.
    const whole = steps.map((step) => Math.floor(low) + step).filter((value) => value < high)
    return isWhole ? whole : [...inside, ...whole]
  })
  const values = [
    ...steps.map((step) => first - step),
    ...sorted,
    ...between,
    ...steps.map((step) => last + step),
  ]
  return [...new Set(values)].map((value) => (Number.isSafeInteger(value) ? BigInt(value) : value))
}

/** The constants, and texts before, between and after them; null where there is none between two. */
function textsAround(constants: readonly string[], count: number): string[] | null {
  const sorted = [...new Set(constants)].toSorted((left, right) =>
    Buffer.compare(Buffer.from(left), Buffer.from(right)),
  )
  const found = new Set<string>(['', ...sorted])
  const after = (text: string) => Array.from({ length: count }, (_, step) => text + '\u0001'.repeat(step + 1))
  const starts = sorted[0] === '' ? sorted : ['', ...sorted]
  for (const [position, start] of starts.entries()) {
    const next = starts[position + 1]
    for (const text of after(start)) {
      if (next !== undefined && Buffer.compare(Buffer.from(text), Buffer.from(next)) >= 0) return null
      found.add(text)
    }
  }
  return [...found]
}
