import * as fc from 'fast-check'
import type { SqlRow, SqlValue } from '../sql/connection.ts'
import type { ColumnModel, TableModel } from './table-model.ts'

/** Options of `validRows`. */
export interface RowOptions {
  /** Gives a value to each column whose default is the time, so that nothing depends on the clock. */
  readonly withoutClock?: boolean
}

/**
 * Rows that the table accepts. A nullable column is sometimes NULL; columns that may be omitted sometimes are, one at a
 * time or all at once, so that few different statements are needed. The key is always present.
 */
export function validRows(model: TableModel, options: RowOptions = {}): fc.Arbitrary<SqlRow> {
  const slots = Object.entries(model.columns).map(([name, column]) => ({
    name,
    values: column.values,
    nullable: column.nullable && !model.key.includes(name),
  }))
  return new RowArbitrary(slots, omissions(model, options))
}

/** Rows with a value in every column. */
export function completeRows(model: TableModel): fc.Arbitrary<SqlRow> {
  const slots = Object.entries(model.columns).map(([name, { values }]) => ({ name, values, nullable: false }))
  return new RowArbitrary(slots, [nothing])
}

/** A column, and the values that it may hold. */
interface Slot {
  readonly name: string
  readonly values: fc.Arbitrary<SqlValue>
  readonly nullable: boolean
}

/** The columns that a row omits. */
type Omission = ReadonlySet<string>

const nothing: Omission = new Set()

/** What a row may omit, weighted by how often it is listed: nothing, one column, or all optional ones. */
function omissions(model: TableModel, { withoutClock = false }: RowOptions): readonly Omission[] {
  const names = Object.entries(model.columns)
    .filter(([name, column]) => !model.key.includes(name) && mayBeAbsent(column, withoutClock))
    .map(([name]) => name)
  if (names.length === 0) return [nothing]
  const times = (count: number, omission: Omission) => Array.from({ length: count }, () => omission)
  return [
    ...times(5 * names.length, nothing),
    ...names.flatMap((name) => times(2, new Set([name]))),
    ...times(names.length, new Set(names)),
  ]
}

function mayBeAbsent({ absent }: ColumnModel, withoutClock: boolean): boolean {
  if (absent.is === 'clock') return !withoutClock
  return absent.is === 'null' || absent.is === 'value'
}

/** How a row was made, which is needed to shrink it. */
class Making {
  readonly omission: Omission
  /** The value of each slot; null for NULL, which cannot be shrunk. */
  readonly values: readonly (fc.Value<SqlValue> | null)[]

  constructor(omission: Omission, values: readonly (fc.Value<SqlValue> | null)[]) {
    this.omission = omission
    this.values = values
  }
}

/**
 * Rows of independent columns. A run makes hundreds of thousands, and fast-check's own `tuple`, `oneof` and `map` wrap
 * each value several times.
 */
class RowArbitrary extends fc.Arbitrary<SqlRow> {
  readonly #slots: readonly Slot[]
  readonly #omissions: readonly Omission[]

  constructor(slots: readonly Slot[], omissions: readonly Omission[]) {
    super()
    this.#slots = slots
    this.#omissions = omissions
  }

  override generate(random: fc.Random, bias: number | undefined): fc.Value<SqlRow> {
    const omission = this.#omissions[random.nextInt(0, this.#omissions.length - 1)] ?? nothing
    const values = this.#slots.map(({ values, nullable }) =>
      nullable && random.nextInt(0, 4) === 0 ? null : values.generate(random, bias),
    )
    return this.#make(omission, values)
  }

  /** A row alone does not show which values its columns may hold. */
  override canShrinkWithoutContext(_value: unknown): _value is SqlRow {
    return false
  }

  override shrink(_row: SqlRow, making: unknown): fc.Stream<fc.Value<SqlRow>> {
    return making instanceof Making ? fc.stream(this.#simplify(making)) : fc.Stream.nil()
  }

  *#simplify({ omission, values }: Making): IterableIterator<fc.Value<SqlRow>> {
    if (omission.size > 0) yield this.#make(nothing, values)
    for (const [position, value] of values.entries()) {
      if (value === null) continue
      for (const simpler of this.#slots[position]?.values.shrink(value.value_, value.context) ?? []) {
        yield this.#make(omission, values.with(position, simpler))
      }
    }
  }

  #make(omission: Omission, values: readonly (fc.Value<SqlValue> | null)[]): fc.Value<SqlRow> {
    const row: Record<string, SqlValue> = {}
    for (const [position, { name }] of this.#slots.entries()) {
      if (!omission.has(name)) row[name] = values[position]?.value_ ?? null
    }
    return new fc.Value(row, new Making(omission, values))
  }
}
